"""Waiting on a condition: the one place that does it, always with a deadline and a name."""

import time
from collections.abc import Callable
from threading import Event

from rehearsal.errors import RehearsalError

EVERY_SECONDS = 0.05


def until(what: str, check: Callable[[], str | None], seconds: float) -> None:
    """Return once `check` finds nothing lacking; its last answer is in the error of a deadline.

    `check` says in words what is still lacking, or None. It may raise to give up early.
    """
    deadline = time.monotonic() + seconds
    clock = Event()
    while (lacking := check()) is not None:
        if time.monotonic() > deadline:
            raise RehearsalError(f"{what}: not so after {seconds:g} s; {lacking}")
        clock.wait(EVERY_SECONDS)
