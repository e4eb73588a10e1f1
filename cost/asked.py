"""A stack's bill as its preview would declare it: offline, and changing nothing."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cost.estimate import Bill
from cost.planned import bill_of
from cost.wishes import with_wishes
from plan.build import make_plan
from plan.model import Plan
from rehearsal import builtin
from rehearsal.engine.events import Event
from rehearsal.engine.goal import Goal
from rehearsal.engine.stackfile import read_strictly
from rehearsal.session import Session
from settings.keys import SETTINGS
from settings.load import read_settings

ENCRYPTED = '{"auths": {}}'  # reads as a registry's login, too


class _Quiet:
    """The answer owns standard output; what the program says on the way is not part of it."""

    def __call__(self, event: Event) -> None:
        """A resource is planned."""

    def note(self, message: str) -> None:
        """Something said in words."""


@dataclass(frozen=True)
class _Declared:
    """A resource of a preview, as extractors read it."""

    type: str
    name: str
    inputs: dict[str, Any]
    component: str


def stack_bill(session: Session, wishes: Sequence[str] = ()) -> tuple[Plan, Bill]:
    """The plan and the bill of a stack as a preview would declare it, with changed settings."""
    raw = with_wishes(_written(session, wishes), wishes, read_strictly)
    plan = make_plan(read_settings(session.stack.name, json.dumps(raw)), session.stack.name)
    return plan, bill_of(_declared(session, plan, raw), plan, date.today())


def pool_names(session: Session) -> tuple[str, ...]:
    """What a wish about each pool can name."""
    return tuple(pool.name for pool in session.plan.cluster.pools)


def _written(session: Session, wishes: Sequence[str]) -> dict[str, Any]:
    """The settings as written, with the usual pools where a wish is about one and none are."""
    text = session.stack.config[SETTINGS]
    raw: dict[str, Any] = json.loads(text)
    if "pools" not in raw and any(wish.startswith(("pools[", "pools.")) for wish in wishes):
        usual = read_settings(session.stack.name, text).pools
        raw["pools"] = [pool.model_dump(mode="json", by_alias=True) for pool in usual]
    return raw


def _declared(session: Session, plan: Plan, raw: dict[str, Any]) -> list[_Declared]:
    """Everything that the program declares. Without its budget, or an expensive one shows none."""
    free = json.dumps({key: value for key, value in raw.items() if key != "budget"})
    # No price depends on a secret, and whoever asks may not be able to read them.
    secrets = dict.fromkeys(session.stack.encrypted, ENCRYPTED)
    config = {**secrets, **session.stack.config, SETTINGS: free}
    stack = replace(session.stack, config=config, encrypted=())
    with TemporaryDirectory() as folder:  # as if nothing had ever been built
        fresh = replace(session, stack=stack, plan=plan, folder=Path(folder))
        result = builtin.preview(fresh, None, _Quiet())
    return [_plain(goal) for goal in result.goals.values()]


def _plain(goal: Goal) -> _Declared:
    return _Declared(goal.type, goal.name, goal.inputs, goal.parent.rpartition("::")[2])
