"""Refresh: the state learns what stands, and nothing that stands is changed."""

from concurrent.futures import ThreadPoolExecutor

from rehearsal.engine.deployment import Operators
from rehearsal.engine.events import Event, Listener, component_of
from rehearsal.engine.operator import Op, changed_keys
from rehearsal.engine.state import Built, State

READERS = 8


def refresh(state: State, operators: Operators, tell: Listener) -> dict[str, Op]:
    """By URN, how each resource differs from what was last built: same, update, or delete (gone).

    What is only half built or half replaced is left to the next `up`.
    """
    whole = [one for one in state if one.is_finished and state.get(one.urn) is one]
    with ThreadPoolExecutor(READERS) as readers:
        found = readers.map(lambda one: operators.of(one).read(one), whole)
        return {
            one.urn: _noted(one, now, state, tell) for one, now in zip(whole, found, strict=True)
        }


def _noted(one: Built, now: Built | None, state: State, tell: Listener) -> Op:
    op, changed = _difference(one, now)
    if now is None:
        state.forget(one)
    elif now != one:
        state.put(now)
    tell(
        Event(
            phase="finished",
            op=op,
            urn=one.urn,
            component=component_of(one.parent),
            changed=changed,
        )
    )
    return op


def _difference(one: Built, now: Built | None) -> tuple[Op, tuple[str, ...]]:
    """Only what was asked for counts: status and what others own comes and goes."""
    if now is None:
        return "delete", ()
    changed = changed_keys(one.inputs, now.inputs)
    return ("update" if changed else "same"), changed
