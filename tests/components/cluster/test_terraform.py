"""The provider that speaks to AWS is Terraform's: it takes every input, values and all.

Runs where `terraform` is and TERRAFORM_PROVIDERS names a folder that has the AWS provider, as
`terraform providers mirror` lays it out. Nothing is downloaded.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rehearsal.engine.goal import Goal
from tests.components.cluster.terraform import UnknownNameError, configuration, terraform_type
from tests.components.cluster.test_conformance import graph_of

PROVIDER = "/hashicorp/aws"  # after the host that it is from
PULUMIS = 6  # the provider's major version inside Pulumi's library
# What an older one does not know, and so cannot judge.
SINCE_PULUMIS = {("aws:eks/cluster:Cluster", "deletionProtection")}
MAIN = {"terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}}}
SCHEMAS = {
    "aws_route53_record": {
        "block": {
            "attributes": {
                "name": {"required": True},
                "tags": {},
                "timeouts": {
                    "nested_type": {"attributes": {"create": {}}, "nesting_mode": "single"}
                },
            },
            "block_types": {
                "alias": {"block": {"attributes": {"name": {}}}},
                "policy": {"block": {"attributes": {"text": {}}}},
            },
        }
    }
}


def record(**inputs: Any) -> Any:
    return SimpleNamespace(type="aws:route53/record:Record", name="*.ml.b.test", inputs=inputs)


@pytest.mark.parametrize(
    ("token", "name"),
    [
        ("aws:ec2/vpcEndpoint:VpcEndpoint", "aws_vpc_endpoint"),
        ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
         "aws_vpc_security_group_egress_rule"),
        ("aws:lb/loadBalancer:LoadBalancer", "aws_lb"),
        ("aws:lb/targetGroup:TargetGroup", "aws_lb_target_group"),
        ("aws:rds/instance:Instance", "aws_db_instance"),
        ("aws:rds/parameterGroup:ParameterGroup", "aws_db_parameter_group"),
        ("aws:rds/subnetGroup:SubnetGroup", "aws_db_subnet_group"),
        ("aws:route53/record:Record", "aws_route53_record"),
    ],
)  # fmt: skip
def test_a_type_has_the_providers_name(token: str, name: str) -> None:
    assert terraform_type(token) == name


def test_blocks_are_singular_lists_and_maps_stay_as_they_are() -> None:
    said = record(
        name="a${b}",
        tags={"costCentre": "x"},
        timeouts={"create": "5m"},
        aliases=[{"name": "n"}],
        policies={"text": "%{t"},
    )
    assert configuration([said], SCHEMAS)["resource"] == {
        "aws_route53_record": {
            "r___ml_b_test": {
                "name": "a$${b}",
                "tags": {"costCentre": "x"},
                "timeouts": {"create": "5m"},
                "alias": [{"name": "n"}],
                "policy": [{"text": "%%{t"}],
            }
        }
    }


def test_a_name_that_pulumi_makes_is_there_where_the_provider_needs_one() -> None:
    made = configuration([record(tags={})], SCHEMAS)["resource"]["aws_route53_record"]
    assert made["r___ml_b_test"]["name"] == "r___ml_b_test"


def test_every_name_that_the_provider_lacks_is_told() -> None:
    said = record(nmae="a", aliases=[{"nam": "n"}])
    with pytest.raises(UnknownNameError) as error:
        configuration([said], SCHEMAS)
    at = "aws_route53_record *.ml.b.test"
    assert str(error.value).splitlines() == [f"{at}.nmae", f"{at}.aliases.nam"]


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed")
@pytest.mark.skipif(
    "TERRAFORM_PROVIDERS" not in os.environ,
    reason="TERRAFORM_PROVIDERS names no folder with the AWS provider",
)
@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_terraform_finds_every_aws_resource_valid(
    deploy: Callable[..., Any], tmp_path: Path, environment: str
) -> None:
    main = tmp_path / "main.tf.json"
    main.write_text(json.dumps(MAIN), encoding="utf-8")
    folder = os.environ["TERRAFORM_PROVIDERS"]
    terraform(tmp_path, "init", "-backend=false", "-input=false", f"-plugin-dir={folder}")
    told = json.loads(terraform(tmp_path, "providers", "schema", "-json"))
    (provider,) = (one for name, one in told["provider_schemas"].items() if name.endswith(PROVIDER))
    schemas = provider["resource_schemas"]

    goals = graph_of(deploy, "aws", environment)
    known = goals if provider_major(tmp_path) >= PULUMIS else [older(goal) for goal in goals]
    # A rehearsal's ids tell what they are of; the provider looks at the form of these.
    said = json.dumps(configuration(known, schemas)).replace("LaunchTemplate-", "lt-")
    main.write_text(said, encoding="utf-8")
    found = json.loads(terraform(tmp_path, "validate", "-json"))
    assert found["diagnostics"] == []


def provider_major(folder: Path) -> int:
    """The major version of the provider that a folder was initialised with."""
    found = json.loads(terraform(folder, "version", "-json"))["provider_selections"]
    (version,) = (one for name, one in found.items() if name.endswith(PROVIDER))
    return int(version.partition(".")[0])


def older(goal: Goal) -> Goal:
    """The same without what came with Pulumi's version of the provider."""
    inputs = {
        name: value for name, value in goal.inputs.items() if (goal.type, name) not in SINCE_PULUMIS
    }
    return replace(goal, inputs=inputs)


def terraform(folder: Path, *words: str) -> str:
    """What it printed; `validate` says in there what is wrong."""
    ended = subprocess.run(
        ["terraform", *words], cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )
    assert ended.returncode == 0 or words[0] == "validate", ended.stderr
    return ended.stdout
