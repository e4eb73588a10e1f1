"""What happens during a run, one event per step: all that any report is made from."""

from dataclasses import dataclass
from typing import Literal, Protocol

from rehearsal.engine.operator import Op

Phase = Literal["planned", "started", "finished", "failed"]


@dataclass(frozen=True, kw_only=True)
class Event:
    """One resource entering a phase. `component` is its parent's name."""

    phase: Phase
    op: Op
    urn: str
    component: str
    changed: tuple[str, ...] = ()
    error: str = ""

    @property
    def name(self) -> str:
        """The logical name."""
        return self.urn.rpartition("::")[2]

    @property
    def type(self) -> str:
        """The type token, without its parents'."""
        return self.urn.split("::")[2].rpartition("$")[2]


class Listener(Protocol):
    """Who hears what happens; called from many threads."""

    def __call__(self, event: Event) -> None:
        """A resource entered a phase."""

    def note(self, message: str) -> None:
        """Something said in words, e.g. by the program's log."""


def component_of(parent: str) -> str:
    """The component a resource belongs to, from its parent's URN."""
    return parent.rpartition("::")[2]
