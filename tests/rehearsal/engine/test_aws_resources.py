"""AWS stands in whole or not at all: what has no stand-in ends the run, and never quietly."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from pulumi_aws import ec2, eks

from rehearsal.engine.aws_resources import OUTPUTS, AwsResources, outputs_of
from rehearsal.engine.deployment import unforeseen
from rehearsal.engine.goal import as_built
from rehearsal.errors import RehearsalError
from tests.rehearsal.engine.shapes import resource
from tests.rehearsal.engine.test_deployment import goal

VPC = "aws:ec2/vpc:Vpc"
GROUP = {"scalingConfig": {"desiredSize": 3, "maxSize": 6}, "amiType": "A"}


def test_an_output_without_a_stand_in_ends_the_run_where_it_is_used(
    deploy: Callable[..., Any],
) -> None:
    def program() -> None:
        provider = pulumi.ProviderResource("aws", "x", {})
        own = pulumi.ResourceOptions(provider=provider)
        vpc = ec2.Vpc("v", cidr_block="10.0.0.0/16", opts=own)
        ec2.Subnet("s", vpc_id=vpc.main_route_table_id, opts=own)

    with pytest.raises(
        Exception, match=r"s: its inputs need \[no stand-in for aws:ec2/vpc:Vpc.mai"
    ):
        deploy(program)


def test_a_question_without_an_answer_ends_the_run(deploy: Callable[..., Any]) -> None:
    def program() -> None:
        provider = pulumi.ProviderResource("aws", "x", {})
        told = eks.get_addon_version_output(
            addon_name="a", kubernetes_version="1", opts=pulumi.InvokeOptions(provider=provider)
        )
        pulumi.export("told", told.version)

    with pytest.raises(RehearsalError, match="called aws:eks/getAddonVersion"):
        deploy(program)


def test_a_preview_knows_only_what_is_said() -> None:
    assert {"arn", "cidrBlock", "mainRouteTableId"} <= set(unforeseen(VPC))
    assert list(unforeseen("kubernetes:core/v1:Service")) == []


@pytest.mark.parametrize("type_", OUTPUTS)
def test_stand_ins_have_names_that_the_provider_knows(type_: str) -> None:
    made = AwsResources().create(goal("a", type=type_, inputs={}))
    assert set(made.outputs) == set(outputs_of(type_))


def test_a_change_is_an_update_and_only_that() -> None:
    operator = AwsResources()
    old = resource("a", type=VPC, inputs={"cidrBlock": "10.0.0.0/16"})
    same = goal("a", type=VPC, inputs={"cidrBlock": "10.0.0.0/16"})
    other = goal("a", type=VPC, inputs={"cidrBlock": "10.1.0.0/16"})
    assert operator.diff(old, same).op == "same"
    assert (operator.diff(old, other).op, operator.diff(old, other).changed) == (
        "update",
        ("cidrBlock",),
    )


def test_what_is_ignored_stays_as_built_and_nothing_else_does() -> None:
    wanted = {"scalingConfig": {"desiredSize": 1, "maxSize": 9}, "amiType": "B"}
    ignoring = goal("g", inputs=wanted, ignores=("scalingConfig.desiredSize",))
    assert as_built(ignoring, GROUP).inputs == {
        "scalingConfig": {"desiredSize": 3, "maxSize": 9},
        "amiType": "B",
    }
    assert as_built(goal("g", inputs=wanted), GROUP).inputs == wanted


def test_ignoring_what_is_not_there_changes_nothing() -> None:
    ignoring = goal("g", inputs={"amiType": "B"}, ignores=("scalingConfig.desiredSize", "tags"))
    assert as_built(ignoring, GROUP).inputs == {"amiType": "B"}
