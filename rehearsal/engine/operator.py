"""What the engine asks of whoever looks after a type of resource."""

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from rehearsal.engine.goal import Goal
from rehearsal.engine.state import Built

Json = dict[str, Any]
Op = Literal["create", "same", "update", "replace", "delete"]


@dataclass(frozen=True)
class Step:
    """What has to happen to a resource, and which of its inputs say so."""

    op: Op
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Made:
    """What came of it. `secrets` are top-level keys of `outputs`."""

    id: str
    outputs: Json
    secrets: frozenset[str] = field(default=frozenset())
    version: str = ""


class Operator(Protocol):
    """Create, update and delete of one family of types; each call returns when it is ready."""

    def diff(self, old: Built, goal: Goal) -> Step:
        """What has to happen to get from what was built to the goal. Changes nothing."""

    def create(self, goal: Goal) -> Made:
        """Build it."""

    def update(self, old: Built, goal: Goal) -> Made:
        """Change what is there."""

    def delete(self, old: Built) -> None:
        """Take it down; returns when it is gone."""

    def read(self, old: Built) -> Built | None:
        """The same as it stands now, its inputs other only where it drifted; None when gone."""


@runtime_checkable
class Judge(Protocol):
    """An operator that may refuse a goal before anything is planned, in a preview too."""

    def check(self, goal: Goal, old: Built | None) -> None:
        """Raises `RehearsalError` with the reasons; `old` is what was asked for last."""


def changed_keys(old: Json, new: Json) -> tuple[str, ...]:
    """Dotted paths at which two inputs differ, shallowest difference each, sorted."""
    return tuple(sorted(_paths(old, new, "")))


def _paths(old: Any, new: Any, at: str) -> list[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        return [
            path
            for key in {**old, **new}
            for path in _paths(old.get(key), new.get(key), f"{at}.{key}" if at else key)
        ]
    return [] if old == new else [at]
