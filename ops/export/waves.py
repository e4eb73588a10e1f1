"""In which wave everything goes, from what the stack registers. Pure."""

from collections.abc import Mapping
from graphlib import TopologicalSorter

from rehearsal.engine.goal import Goal

OBJECT = "kubernetes:"
CRDS = ":Crds"


def is_exported(goal: Goal) -> bool:
    """Whether it is something a cluster holds, rather than something that waits or watches."""
    return goal.type.startswith(OBJECT) or goal.type.endswith(CRDS)


def waves(goals: Mapping[str, Goal]) -> dict[str, int]:
    """The wave of every exported resource by URN, from 0: one after the last that it waits for.

    What is not exported passes on what it waits for: an object behind a probe of a webhook comes
    after that webhook.
    """
    needs = {
        urn: tuple(one for one in goal.dependencies if one in goals) for urn, goal in goals.items()
    }
    found: dict[str, int] = {}
    for urn in TopologicalSorter(needs).static_order():
        found[urn] = max((found[one] + is_exported(goals[one]) for one in needs[urn]), default=0)
    return {urn: wave for urn, wave in found.items() if is_exported(goals[urn])}
