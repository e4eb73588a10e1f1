"""A cloud stands in whole or not at all: what has no stand-in ends the run, and never quietly."""

from typing import Any

import pytest
from pulumi.runtime.proto import alias_pb2, resource_pb2

from rehearsal.engine.clouds import OUTPUTS, CloudResources, outputs_of
from rehearsal.engine.deployment import unforeseen
from rehearsal.engine.goal import as_built, goal_of
from rehearsal.engine.monitor import Answers, Monitor
from rehearsal.engine.operator import Made
from rehearsal.errors import RehearsalError
from tests.rehearsal.engine.shapes import resource
from tests.rehearsal.engine.test_deployment import goal

VPC = "aws:ec2/vpc:Vpc"
GROUP = {"scalingConfig": {"desiredSize": 3, "maxSize": 6}, "amiType": "A"}


def test_an_output_without_a_stand_in_ends_the_run_where_it_is_used() -> None:
    vpc = CloudResources().create(goal("v", type=VPC, inputs={"cidrBlock": "10.0.0.0/16"}))
    table = vpc.outputs["mainRouteTableId"]
    user = goal("s", type="aws:ec2/subnet:Subnet", inputs={"tags": {"table": [table]}})
    with pytest.raises(RehearsalError) as caught:
        CloudResources().create(user)
    assert str(caught.value) == (
        "s: its inputs need [no stand-in for aws:ec2/vpc:Vpc.mainRouteTableId]"
    )


VERSION = "aws:eks/getAddonVersion:getAddonVersion"


def ask(answers: Answers, provider: str) -> dict[str, Any]:
    monitor = Monitor(lambda _: Made(id="", outputs={}), answers)
    asked = resource_pb2.ResourceInvokeRequest(tok=VERSION, provider=provider)
    asked.args.update({"kubernetesVersion": "1.35"})
    return dict(getattr(monitor.Invoke(asked), "return"))


def test_a_question_is_answered_as_if_by_the_cloud() -> None:
    told = {VERSION: lambda asked: {"version": f"v{asked['kubernetesVersion']}.9"}}
    assert ask(told, "aws::x") == {"version": "v1.35.9"}


def test_a_question_without_an_answer_ends_the_run() -> None:
    with pytest.raises(RehearsalError, match="called aws:eks/getAddonVersion"):
        ask({}, "aws::x")


def test_a_question_to_an_ambient_account_ends_the_run() -> None:
    with pytest.raises(RehearsalError, match="without its cluster's provider"):
        ask({VERSION: lambda _: {"version": "v1"}}, "")


def test_a_preview_knows_only_what_is_said() -> None:
    assert {"arn", "cidrBlock", "mainRouteTableId"} <= set(unforeseen(VPC))
    assert list(unforeseen("kubernetes:core/v1:Service")) == []


@pytest.mark.parametrize("type_", OUTPUTS)
def test_stand_ins_have_names_that_the_provider_knows(type_: str) -> None:
    made = CloudResources().create(goal("a", type=type_, inputs={}))
    assert set(made.outputs) == set(outputs_of(type_))


def test_a_change_is_an_update_and_only_that() -> None:
    operator = CloudResources()
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


def test_a_former_type_that_the_library_names_is_no_reason_to_refuse() -> None:
    spec = alias_pb2.Alias.Spec
    former = alias_pb2.Alias(spec=spec(type="aws:elasticloadbalancingv2/listener:Listener"))
    request = resource_pb2.RegisterResourceRequest(type=VPC, name="a", custom=True)
    request.aliases.append(former)
    assert goal_of(request, "urn:a").name == "a"
    request.aliases.append(alias_pb2.Alias(spec=spec(name="other")))
    with pytest.raises(RehearsalError, match="does not know aliases"):
        goal_of(request, "urn:a")
