"""A cloud without the cloud: every resource is made at once, with outputs of the shape it gives.

It proves order and shape, never that a cloud would accept an input. An output that the program
reads and that has no stand-in here ends the run, instead of quietly being nothing.
"""

import json
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from plan.model import ClusterPlan
from rehearsal.engine import aws_resources, digitalocean_resources
from rehearsal.engine.declared import Declared
from rehearsal.engine.goal import Goal
from rehearsal.engine.operator import Made, Step, changed_keys
from rehearsal.engine.state import Built
from rehearsal.errors import RehearsalError

Json = dict[str, Any]

LACKING = "[no stand-in for "
# The library of each cloud, by the beginning of its types.
CLOUDS: Mapping[str, str] = {"aws:": "pulumi_aws", "digitalocean:": "pulumi_digitalocean"}
OUTPUTS: Mapping[str, Callable[[Goal], Json]] = {
    **aws_resources.OUTPUTS,
    **digitalocean_resources.OUTPUTS,
}


class CloudResources:
    """Looks after every type of a cloud."""

    def diff(self, old: Built, goal: Goal) -> Step:
        """Any change is an update: which ones a cloud can only replace is not known here."""
        changed = changed_keys(old.inputs, goal.inputs)
        return Step("update", changed) if changed else Step("same")

    def create(self, goal: Goal) -> Made:
        """Note it, with stand-ins for what the cloud would tell."""
        lacking = _lacking(goal.inputs)
        if lacking:
            raise RehearsalError(f"{goal.name}: its inputs need {lacking}")
        return Made(
            id=f"{goal.type.rpartition(':')[2]}-{goal.name}",
            outputs=simulated(goal),
            secrets=goal.secrets,
        )

    def update(self, old: Built, goal: Goal) -> Made:
        """The same again."""
        return self.create(goal)

    def delete(self, old: Built) -> None:
        """There is nothing outside the state."""

    def read(self, old: Built) -> Built:
        """There is nothing outside the state."""
        return old


class UnaskedAccount(Declared):
    """The preflight of an account that a rehearsal makes nothing in."""

    def diff(self, old: Built, goal: Goal) -> Step:
        """As the preflight itself: it is asked once."""
        return Step("same")


def is_of_a_cloud(type_: str) -> bool:
    """Whether a type is looked after here."""
    return type_.startswith(tuple(CLOUDS))


def simulated(goal: Goal) -> Json:
    """The inputs, the stand-ins, and a mark for every other output of the type."""
    own = OUTPUTS[goal.type](goal) if goal.type in OUTPUTS else {}
    marks = {name: f"{LACKING}{goal.type}.{name}]" for name in outputs_of(goal.type)}
    return {**marks, **goal.inputs, **own}


@cache
def outputs_of(type_: str) -> tuple[str, ...]:
    """Every output that the provider's library knows of a type."""
    cloud, place, name = type_.split(":")
    module = place.partition("/")[0]
    library = CLOUDS[f"{cloud}:"] + ("" if module == "index" else f".{module}")
    known = vars(getattr(import_module(library), name)).values()
    return tuple(
        str(wired)
        for one in known
        # The library's only record of the names on the wire.
        if (wired := getattr(getattr(one, "fget", None), "_pulumi_name", None))
    )


def answers(plan: ClusterPlan) -> dict[str, Callable[[Json], Json]]:
    """What a cloud is asked while declaring."""
    return {**aws_resources.answers(plan), **digitalocean_resources.ANSWERS}


def _lacking(inputs: Json) -> str:
    text = json.dumps(inputs)
    _, found, rest = text.partition(LACKING)
    return f"{found}{rest.partition(']')[0]}]" if found else ""
