"""A program that is refused as a whole registers nothing, though it has declared everything."""

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_random
import pytest

from records.gate import Gate


class Group(pulumi.ComponentResource):
    """A component with a child."""

    def __init__(self, name: str) -> None:
        super().__init__("kubeflow:test:Group", name)
        pulumi_random.RandomPassword(name, length=8, opts=pulumi.ResourceOptions(parent=self))
        self.register_outputs({})


def program(refusal: Exception | None) -> None:
    gate = Gate()
    pulumi.runtime.register_stack_transformation(gate.hold)
    first = Group("first")
    pulumi_random.RandomPassword(
        "second", length=8, opts=pulumi.ResourceOptions(depends_on=[first])
    )
    if refusal:
        gate.refuse(refusal)
        raise pulumi.RunError(str(refusal))


def test_what_is_not_refused_is_registered_with_its_dependencies(
    deploy: Callable[..., Any],
) -> None:
    graph = deploy(lambda: program(None))
    declared = {name for _, name in graph.goals}
    assert {"first", "second"} <= declared
    second = graph.goals["random:index/randomPassword:RandomPassword", "second"]
    assert [urn.rpartition("::")[2] for urn in second.dependencies if "first" in urn]


@pytest.mark.parametrize(
    ("refusal", "expected"), [(None, {"first", "second"}), (ValueError("too dear"), set())]
)
def test_nothing_of_a_refused_program_is_registered(
    deploy: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    refusal: Exception | None,
    expected: set[str],
) -> None:
    registered: list[str] = []
    graph_type = type(deploy(lambda: None))
    declare = graph_type.declare

    def noted(graph: Any, goal: Any) -> Any:
        registered.append(goal.name)
        return declare(graph, goal)

    monkeypatch.setattr(graph_type, "declare", noted)
    if refusal is None:
        deploy(lambda: program(refusal))
    else:
        with pytest.raises(pulumi.RunError, match="too dear"):
            deploy(lambda: program(refusal))
    assert set(registered) & {"first", "second"} == expected


def test_a_program_that_fails_for_another_reason_does_not_wait_for_ever(
    deploy: Callable[..., Any],
) -> None:
    def failing() -> None:
        program(None)
        raise ValueError("something else")

    with pytest.raises(ValueError, match="something else"):
        deploy(failing)
