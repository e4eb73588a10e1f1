"""checkov's checks of AWS, judged for the stacks aws-dev and aws-prod.

checkov cannot read Pulumi programs, so each check that applies is said here as a rule over declared
inputs. `python -m tests.components.cluster.checks > docs/aws-checks.md` writes the page.
"""

import base64
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from plan.versions import EKS_VERSIONS

Inputs = Mapping[str, Any]
Rule = Callable[[Inputs], bool]

CLUSTER = "aws:eks/cluster:Cluster"
GROUP = "aws:eks/nodeGroup:NodeGroup"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
VPC = "aws:ec2/vpc:Vpc"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
SUBNET = "aws:ec2/subnet:Subnet"
DOOR = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
KEY = "aws:kms/key:Key"
LOGS = "aws:cloudwatch/logGroup:LogGroup"
ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
LISTENER = "aws:lb/listener:Listener"
TARGETS = "aws:lb/targetGroup:TargetGroup"

ALL_LOGS = {"api", "audit", "authenticator", "controllerManager", "scheduler"}
ANYWHERE = ("0.0.0.0/0", "::/0")
READS = re.compile(r"[a-z0-9-]+:(Describe|Get|List)\w*")
SECRET = re.compile(r"AKIA[0-9A-Z]{16}|aws_secret_access_key|BEGIN [A-Z ]*PRIVATE KEY")
PLAIN_TCP = ("TCP", "TLS")  # a network load balancer that passes TLS through speaks TCP
ESCALATES = ("iam:Create", "iam:Put", "iam:Attach", "iam:PassRole", "sts:AssumeRole")
EXFILTRATES = ("s3:GetObject", "secretsmanager:GetSecretValue", "ssm:GetParameter")
EXPOSES = ("iam:CreateAccessKey", "sts:GetSessionToken", "sts:AssumeRole", "ecr:GetAuth")


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check: `holds` is asked of every resource of `type`.

    `accepted` has a reason for each stack in which it does not hold. `alone` names a type of which
    there has to be one at all.
    """

    id: str
    what: str
    type: str
    holds: Rule
    accepted: Mapping[str, str] = field(default_factory=dict)
    alone: str = ""


@dataclass(frozen=True, kw_only=True)
class Absent:
    """Checks of things that these stacks do not make."""

    ids: str
    what: str
    types: tuple[str, ...]


def statements(inputs: Inputs, key: str = "policy") -> list[dict[str, Any]]:
    """The allowing statements of a policy document."""
    found: Any = json.loads(inputs[key])["Statement"]
    return [one for one in found if one["Effect"] == "Allow"]


def listed(value: Any) -> list[str]:
    """One or many, as many."""
    return [value] if isinstance(value, str) else list(value)


def unbound(inputs: Inputs) -> Iterator[str]:
    """Every action that is allowed on everything and without a condition."""
    for one in statements(inputs):
        if "*" in listed(one["Resource"]) and "Condition" not in one:
            yield from listed(one["Action"])


def nowhere_allows(*prefixes: str) -> Rule:
    """No unbound action of a kind."""
    return lambda inputs: not any(one.startswith(prefixes) for one in unbound(inputs))


def shut_from_anywhere(port: int) -> Rule:
    """A port that an ingress rule does not open to everybody."""

    def holds(inputs: Inputs) -> bool:
        wide = inputs.get("cidrIpv4") in ANYWHERE or inputs.get("cidrIpv6") in ANYWHERE
        every = inputs["ipProtocol"] == "-1"
        return not (wide and (every or inputs["fromPort"] <= port <= inputs["toPort"]))

    return holds


def _vpc(inputs: Inputs) -> dict[str, Any]:
    return dict(inputs["vpcConfig"])


def _user_data(inputs: Inputs) -> str:
    return base64.b64decode(inputs["userData"]).decode()


OWN_KEY = "CloudWatch encrypts them with its own key; another is one more way to lose them"
BOTH_OWN_KEY = {"aws-dev": OWN_KEY, "aws-prod": OWN_KEY}
ACCOUNT_RULES = "AWS' usual one: the account's IAM decides, and nobody is locked out"

CHECKS = (
    Check(id="CKV_AWS_37", what="every log of the control plane is kept", type=CLUSTER,
          holds=lambda i: set(i["enabledClusterLogTypes"]) == ALL_LOGS),
    Check(id="CKV_AWS_38", what="the API server is not public to everybody", type=CLUSTER,
          holds=lambda i: not _vpc(i)["endpointPublicAccess"]
          or not set(_vpc(i).get("publicAccessCidrs") or ANYWHERE) & set(ANYWHERE)),
    Check(id="CKV_AWS_39", what="the API server is not public at all", type=CLUSTER,
          holds=lambda i: not _vpc(i)["endpointPublicAccess"],
          accepted={"aws-dev": "for trying out from an office, whose addresses it lists"}),
    Check(id="CKV_AWS_58", what="Secrets are encrypted with a key", type=CLUSTER,
          holds=lambda i: i["encryptionConfig"]["resources"] == ["secrets"]),
    Check(id="CKV_AWS_339", what="the version is supported", type=CLUSTER,
          holds=lambda i: i["version"] in {row.minor for row in EKS_VERSIONS}),
    Check(id="CKV_AWS_100", what="no node is reached by SSH", type=GROUP,
          holds=lambda i: "remoteAccess" not in i),
    Check(id="CKV_AWS_79", what="IMDSv1 is off", type=TEMPLATE,
          holds=lambda i: i["metadataOptions"]["httpTokens"] == "required"),
    Check(id="CKV_AWS_341", what="metadata is one hop away at most", type=TEMPLATE,
          holds=lambda i: i["metadataOptions"]["httpPutResponseHopLimit"] == 1),
    Check(id="CKV_AWS_88", what="no node has a public address", type=TEMPLATE,
          holds=lambda i: not any(one.get("associatePublicIpAddress") not in (None, "false")
                                  for one in i.get("networkInterfaces", ()))),
    Check(id="CKV_AWS_46", what="no secret in user data", type=TEMPLATE,
          holds=lambda i: SECRET.search(_user_data(i)) is None),
    Check(id="CKV2_AWS_11", what="the VPC's traffic is logged", type=VPC, alone=FLOW_LOG,
          holds=lambda _: True,
          accepted={"aws-dev": "it costs $0.50 a GB, and nobody would read it"}),
    Check(id="CKV2_AWS_12", what="the default security group admits nothing", type=DEFAULT_GROUP,
          holds=lambda i: not i["ingress"] and not i["egress"]),
    Check(id="CKV_AWS_130", what="no subnet hands out public addresses", type=SUBNET,
          holds=lambda i: not i["mapPublicIpOnLaunch"]),
    Check(id="CKV_AWS_23", what="security groups say what for", type=DOOR,
          holds=lambda i: bool(i.get("description"))),
    Check(id="CKV_AWS_24", what="SSH is not open to everybody", type=INGRESS,
          holds=shut_from_anywhere(22)),
    Check(id="CKV_AWS_25", what="RDP is not open to everybody", type=INGRESS,
          holds=shut_from_anywhere(3389)),
    Check(id="CKV_AWS_260", what="HTTP is not open to everybody", type=INGRESS,
          holds=shut_from_anywhere(80)),
    Check(id="CKV_AWS_277", what="not every port is open to everybody", type=INGRESS,
          holds=lambda i: i["ipProtocol"] != "-1" or i.get("cidrIpv4") not in ANYWHERE),
    Check(id="CKV_AWS_382", what="no way out to everybody on every port", type=EGRESS,
          holds=lambda i: i["ipProtocol"] != "-1" or i.get("cidrIpv4") not in ANYWHERE),
    Check(id="CKV_AWS_7", what="keys are rotated", type=KEY,
          holds=lambda i: i["enableKeyRotation"] is True),
    Check(id="CKV_AWS_33", what="no key is everybody's", type=KEY,
          holds=lambda i: '"*"' not in i.get("policy", "")),
    Check(id="CKV_AWS_227", what="keys are enabled", type=KEY,
          holds=lambda i: i.get("isEnabled", True) is True),
    Check(id="CKV2_AWS_64", what="keys have a policy of their own", type=KEY,
          holds=lambda i: bool(i.get("policy")),
          accepted={"aws-dev": ACCOUNT_RULES, "aws-prod": ACCOUNT_RULES}),
    Check(id="CKV_AWS_66", what="logs are not kept for ever", type=LOGS,
          holds=lambda i: i.get("retentionInDays", 0) > 0),
    Check(id="CKV_AWS_338", what="logs are kept for a year", type=LOGS,
          holds=lambda i: i.get("retentionInDays", 0) >= 365,
          accepted={"aws-dev": "90 days: long enough to find a mistake"}),
    Check(id="CKV_AWS_158", what="logs are encrypted with a key of the account", type=LOGS,
          holds=lambda i: "kmsKeyId" in i, accepted=BOTH_OWN_KEY),
    Check(id="CKV_AWS_60", what="only a service may take a role", type=ROLE,
          holds=lambda i: all(set(one["Principal"]) == {"Service"}
                              for one in statements(i, "assumeRolePolicy"))),
    Check(id="CKV_AWS_61", what="not every service may take a role", type=ROLE,
          holds=lambda i: all("*" not in listed(one["Principal"].get("Service", ""))
                              for one in statements(i, "assumeRolePolicy"))),
    Check(id="CKV_AWS_274", what="nobody gets AdministratorAccess", type=ATTACHMENT,
          holds=lambda i: not i["policyArn"].endswith("/AdministratorAccess")),
    Check(id="CKV2_AWS_56", what="nobody gets IAMFullAccess", type=ATTACHMENT,
          holds=lambda i: not i["policyArn"].endswith("/IAMFullAccess")),
    Check(id="CKV_AWS_62, CKV_AWS_63, CKV2_AWS_40", what="no policy allows every action",
          type=POLICY, holds=lambda i: not any(action in ("*", "iam:*") for one in statements(i)
                                               for action in listed(one["Action"]))),
    Check(id="CKV_AWS_286", what="no policy lets rights be raised", type=POLICY,
          holds=nowhere_allows(*ESCALATES, "*", "iam:*")),
    Check(id="CKV_AWS_287", what="no policy gives credentials away", type=POLICY,
          holds=nowhere_allows(*EXPOSES, "*")),
    Check(id="CKV_AWS_288", what="no policy lets everything be read", type=POLICY,
          holds=nowhere_allows(*EXFILTRATES, "s3:*", "*")),
    Check(id="CKV_AWS_289, CKV_AWS_290, CKV_AWS_355", what="what changes things is bound to some",
          type=POLICY, holds=lambda i: all(READS.fullmatch(one) for one in unbound(i))),
    Check(id="CKV_AWS_2, CKV_AWS_103", what="listeners speak TLS 1.2, or pass it through",
          type=LISTENER, holds=lambda i: i["protocol"] in PLAIN_TCP),
    Check(id="CKV_AWS_378", what="what is behind a load balancer is not spoken to in HTTP",
          type=TARGETS, holds=lambda i: i["protocol"] != "HTTP"),
    Check(id="CKV_AWS_131, CKV2_AWS_20, CKV2_AWS_28", what="of those that read HTTP: none does",
          type=BALANCER, holds=lambda i: i["loadBalancerType"] == "network"),
    Check(id="CKV_AWS_150", what="load balancers are protected", type=BALANCER,
          holds=lambda i: i.get("enableDeletionProtection") is True,
          accepted={"aws-dev": "nothing of a dev stack is kept on destroy"}),
    Check(id="CKV_AWS_152", what="load balancers reach every zone", type=BALANCER,
          holds=lambda i: i.get("enableCrossZoneLoadBalancing") is True),
)  # fmt: skip
ABSENT = (
    Absent(ids="CKV_AWS_148", what="a default VPC",
           types=("aws:ec2/defaultVpc:DefaultVpc",)),
    Absent(ids="CKV_AWS_229 to 232, CKV2_AWS_1", what="network ACLs: security groups decide",
           types=("aws:ec2/networkAcl:NetworkAcl", "aws:ec2/networkAclRule:NetworkAclRule")),
    Absent(ids="CKV_AWS_275", what="IAM policies that others attach",
           types=("aws:iam/policy:Policy",)),
    Absent(ids="CKV_AWS_18 to 21, 53 to 57, 70, 93, 143 to 145, CKV2_AWS_6, 61, 62",
           what="buckets: these stacks keep artefacts on the cluster",
           types=("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")),
    Absent(ids="CKV_AWS_16, 17, 118, 129, 133, 157, 161, 211, 226, 293, 353, 354, CKV2_AWS_30, 60, "
               "69; 96, 139, 162, 313, 324, 327, CKV2_AWS_8, 27",
           what="databases: these stacks keep records on the cluster",
           types=("aws:rds/instance:Instance", "aws:rds/cluster:Cluster")),
    Absent(ids="CKV_AWS_233, CKV2_AWS_71", what="certificates: the gateway has its own",
           types=("aws:acm/certificate:Certificate",)),
    Absent(ids="CKV2_AWS_38, 39", what="DNS zones: a zone is given, not made",
           types=("aws:route53/zone:Zone",)),
    Absent(ids="CKV_AWS_51, 136, 163; 42, 184; 27, 168; 149, CKV2_AWS_57",
           what="registries, file systems, queues and managed secrets",
           types=("aws:ecr/repository:Repository", "aws:efs/fileSystem:FileSystem",
                  "aws:sqs/queue:Queue", "aws:secretsmanager/secret:Secret")),
)  # fmt: skip


def page() -> str:
    """The table for people."""
    rows = [f"| {one.id} | {one.what} | {_verdict(one)} |" for one in CHECKS]
    absent = [f"| {one.ids} | {one.what} | not applicable: none is made |" for one in ABSENT]
    head = (
        "# checkov's checks of AWS\n"
        "[checkov](https://www.checkov.io) cannot read Pulumi programs. These of its checks are "
        "about what a stack on AWS makes; each\nis a rule over the inputs that "
        "[aws-dev](../stacks/Pulumi.aws-dev.yaml) and [aws-prod](../stacks/Pulumi.aws-prod.yaml) "
        "declare, tested in\n`tests/components/cluster/test_checks.py`. A stack that makes none of "
        "a kind passes its checks. This page is written by "
        "`python -m tests.components.cluster.checks > docs/aws-checks.md`.\n"
    )
    return "\n".join((head, "| check | what it wants | here |", "|--|--|--|", *rows, *absent, ""))


def _verdict(check: Check) -> str:
    reasons = dict.fromkeys(check.accepted.values())
    if not reasons:
        return "pass"
    stacks = " and ".join(one.removeprefix("aws-") for one in check.accepted)
    other = "" if len(check.accepted) > 1 else "; pass in prod"
    return f"accepted risk in {stacks}: {', '.join(reasons)}{other}"


if __name__ == "__main__":
    sys.stdout.write(page())
