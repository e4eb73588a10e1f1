"""What checkov would say of the stacks on AWS, said of what they declare."""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.cluster.choice import build_cluster
from plan.build import make_plan
from plan.model import Plan
from policies.judge import judge
from policies.model import Resource, Rule
from policies.network import FLOW_LOG, VPC
from rehearsal.engine.aws_resources import answers
from rehearsal.session import open_session
from settings.keys import SETTINGS
from settings.load import read_settings
from tests.components.cluster.checks import ABSENT, CHECKS, checkov, page

Declared = Mapping[tuple[str, str], Mapping[str, Any]]
ANYBODY = {"cidrIpv4": "0.0.0.0/0", "ipProtocol": "tcp"}


STORES = {"objects": {"kind": "s3"}, "database": {"kind": "rds"}}
# By name: which of stacks/, and what is said otherwise there.
STACKS: dict[str, tuple[str, dict[str, Any]]] = {
    "aws-dev": ("aws-dev", {}),
    "aws-prod": ("aws-prod", {}),
    "README-aws": ("README-aws", {}),
    "aws-prod with stores": ("aws-prod", {"stores": STORES}),
}


@pytest.fixture(params=sorted(STACKS))
def plan(request: pytest.FixtureRequest, project_root: Path) -> Plan:
    stack, otherwise = STACKS[request.param]
    said = json.loads(open_session(project_root, stack).stack.config[SETTINGS])
    return make_plan(read_settings(stack, json.dumps(said | otherwise)), stack)


@pytest.fixture
def declared(deploy: Callable[..., Any], plan: Plan) -> Declared:
    graph = deploy(lambda: build_cluster("cluster", plan, None), None, answers(plan.cluster))
    return {key: goal.inputs for key, goal in graph.goals.items()}


def failures(check: Rule, declared: Declared) -> list[str]:
    """The resources for which a check does not hold, accepted or not."""
    resources = [Resource(type=t, name=n, inputs=inputs) for (t, n), inputs in declared.items()]
    return [one.name for one in judge(resources, "prod", [replace(check, accepted={})])]


def test_a_check_holds_everywhere_or_its_risk_is_accepted_and_real(
    declared: Declared, plan: Plan
) -> None:
    environment = plan.environment
    found = {check.name: failures(check, declared) for check in CHECKS}
    accepted = {check.name for check in CHECKS if environment in check.accepted}
    types = {type_ for type_, _ in declared}
    seen = {check.name for check in CHECKS if types & set(check.types)}
    assert {name: bad for name, bad in found.items() if bad and name not in accepted} == {}
    stale = {name for name in accepted & seen if not found[name]}
    assert stale == set(), "accepted, and yet it holds: say so"


def test_what_is_said_to_be_absent_is_absent(declared: Declared) -> None:
    types = {type_ for type_, _ in declared}
    assert {one.ids: types & set(one.types) for one in ABSENT if types & set(one.types)} == {}


def policy(*actions: str, resource: str = "*", **more: Any) -> dict[str, str]:
    said = {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}
    return {"policy": json.dumps({"Statement": [said]})}


def trusts(**principal: str) -> dict[str, str]:
    said = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    return {"assumeRolePolicy": json.dumps({"Statement": [said]})}


def bucket_policy(effect: str) -> dict[str, str]:
    said = {"Effect": effect, "Principal": "*", "Action": "s3:*", "Resource": "*"}
    return {"policy": json.dumps({"Statement": [said]})}


# For each check, inputs that it must refuse.
BAD: dict[str, dict[str, Any]] = {
    "CKV_AWS_37": {"enabledClusterLogTypes": ["api"]},
    "CKV_AWS_38": {"vpcConfig": {"endpointPublicAccess": True}},
    "CKV_AWS_39": {"vpcConfig": {"endpointPublicAccess": True}},
    "CKV_AWS_58": {"encryptionConfig": {"resources": []}},
    "CKV_AWS_339": {"version": "1.29"},
    "CKV_AWS_100": {"remoteAccess": {"ec2SshKey": "key"}},
    "CKV_AWS_79": {"metadataOptions": {"httpTokens": "optional"}},
    "CKV_AWS_341": {"metadataOptions": {"httpPutResponseHopLimit": 2}},
    "CKV_AWS_88": {"networkInterfaces": [{"associatePublicIpAddress": "true"}]},
    "CKV_AWS_46": {"userData": b64encode(b"export AWS=AKIAABCDEFGHIJKLMNOP").decode()},
    "CKV2_AWS_12": {"ingress": [{"protocol": "-1"}], "egress": []},
    "CKV_AWS_130": {"mapPublicIpOnLaunch": True},
    "CKV_AWS_23": {"description": ""},
    "CKV_AWS_24": {**ANYBODY, "fromPort": 1, "toPort": 1024},
    "CKV_AWS_25": {**ANYBODY, "fromPort": 3389, "toPort": 3389},
    "CKV_AWS_260": {"cidrIpv6": "::/0", "ipProtocol": "tcp", "fromPort": 80, "toPort": 80},
    "CKV_AWS_277": {**ANYBODY, "ipProtocol": "-1"},
    "CKV_AWS_382": {**ANYBODY, "ipProtocol": "-1"},
    "CKV_AWS_7": {"enableKeyRotation": False},
    "CKV_AWS_33": {"policy": '{"Principal": "*"}'},
    "CKV_AWS_227": {"isEnabled": False},
    "CKV2_AWS_64": {},
    "CKV_AWS_66": {},
    "CKV_AWS_338": {"retentionInDays": 90},
    "CKV_AWS_158": {},
    "CKV_AWS_60": trusts(AWS="*"),
    "CKV_AWS_61": trusts(Service="*"),
    "CKV_AWS_274": {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
    "CKV2_AWS_56": {"policyArn": "arn:aws:iam::aws:policy/IAMFullAccess"},
    "CKV_AWS_62, CKV_AWS_63, CKV2_AWS_40": policy("*", resource="arn:aws:s3:::one"),
    "CKV_AWS_286": policy("iam:PassRole"),
    "CKV_AWS_287": policy("iam:CreateAccessKey"),
    "CKV_AWS_288": policy("s3:GetObject"),
    "CKV_AWS_289, CKV_AWS_290, CKV_AWS_355": policy("ec2:DescribeVpcs", "ec2:DeleteVpc"),
    "CKV_AWS_2, CKV_AWS_103, CKV2_AWS_74": {"protocol": "HTTP"},
    "CKV_AWS_378": {"protocol": "HTTP"},
    "CKV_AWS_131, CKV2_AWS_20, CKV2_AWS_28": {"loadBalancerType": "application"},
    "CKV_AWS_3": {"blockDeviceMappings": [{"ebs": {"encrypted": "false"}}]},
    "CKV_AWS_150": {"enableDeletionProtection": False},
    "CKV_AWS_152": {},
    "CKV_AWS_91": {"accessLogs": {"enabled": False}},
    "CKV2_AWS_5": {},
    "CKV2_AWS_6": {},
    "CKV_AWS_53, CKV_AWS_54, CKV_AWS_55, CKV_AWS_56": {"blockPublicAcls": False},
    "CKV_AWS_18": {},
    "CKV_AWS_19": {},
    "CKV_AWS_145": {},
    "CKV_AWS_20, CKV_AWS_57": {},
    "CKV_AWS_21": {},
    "CKV2_AWS_61": {},
    "CKV_AWS_70": bucket_policy("Allow"),
    "CKV_AWS_93": bucket_policy("Deny"),
    "CKV_AWS_143": {},
    "CKV_AWS_144": {},
    "CKV2_AWS_62": {},
    "CKV_AWS_40, CKV_AWS_273": {},
    "CKV_AWS_17": {"publiclyAccessible": True},
    "CKV_AWS_16": {"storageEncrypted": False},
    "CKV_AWS_133": {"backupRetentionPeriod": 6},
    "CKV_AWS_226": {"autoMinorVersionUpgrade": False},
    "CKV_AWS_157": {"multiAz": False},
    "CKV_AWS_293": {"deletionProtection": False},
    "CKV_AWS_118": {"monitoringInterval": 0},
    "CKV_AWS_129": {},
    "CKV_AWS_161": {},
    "CKV_AWS_211": {"caCertIdentifier": "rds-ca-2019"},
    "CKV_AWS_353": {},
    "CKV_AWS_354": {"performanceInsightsEnabled": True},
    "CKV2_AWS_60": {},
    "CKV2_AWS_69": {"parameters": [{"name": "require_secure_transport", "value": "0"}]},
}


def refuses(check: Rule, inputs: Mapping[str, Any]) -> bool:
    return failures(check, {(check.types[0], "one"): inputs}) == ["one"]


def test_every_check_would_find_what_it_is_for() -> None:
    by_id = {", ".join(checkov(check)): check for check in CHECKS if check.types != (VPC,)}
    assert set(by_id) == set(BAD)
    assert [id_ for id_, bad in BAD.items() if not refuses(by_id[id_], bad)] == []


def test_a_network_whose_traffic_nobody_logs_would_be_found() -> None:
    (check,) = (one for one in CHECKS if one.types == (VPC,))
    vpc: Declared = {(VPC, "net"): {}}
    assert failures(check, vpc) == ["net"]
    assert failures(check, {**vpc, (FLOW_LOG, "net"): {}}) == []


def test_what_is_bound_by_a_condition_is_bound() -> None:
    (check,) = (one for one in CHECKS if "CKV_AWS_290" in one.ids)
    assert not refuses(check, policy("ec2:DeleteVpc", Condition={"StringEquals": {"a": "b"}}))
    assert not refuses(check, policy("ec2:DescribeVpcs"))


def test_the_page_says_what_the_table_says(project_root: Path) -> None:
    assert (project_root / "docs" / "aws-checks.md").read_text() == page(), (
        "`python -m tests.components.cluster.checks > docs/aws-checks.md` writes it"
    )
