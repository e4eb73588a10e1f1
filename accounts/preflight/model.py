"""What a check found. Pure, and the same for every provider."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["fine", "wrong", "doubtful", "unchecked"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One check: what was looked at, what is there, what the stack needs, and what to do.

    What is `wrong` ends `up`; what is `doubtful` lets it through, and may hurt later.
    """

    what: str
    verdict: Verdict
    value: str = ""
    needed: str = ""
    fix: str = ""


@dataclass(frozen=True)
class Unread:
    """A fact that could not be had, and why."""

    why: str


def unchecked(what: str, fact: Unread) -> Finding:
    """A check without its fact: neither fine nor wrong."""
    return Finding(what=what, verdict="unchecked", fix=fact.why)


def is_sound(findings: Sequence[Finding]) -> bool:
    """Whether nothing is wrong or doubtful; what could not be checked fails nobody."""
    return not any(one.verdict in ("wrong", "doubtful") for one in findings)
