"""Deletion in reverse: nothing goes before everything that depends on it is gone."""

from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import TopologicalSorter

from rehearsal.engine.deployment import Operators
from rehearsal.engine.events import Event, Listener, Phase, component_of
from rehearsal.engine.state import Built, State

DELETERS = 64


def take_down(
    doomed: Iterable[Built], state: State, operators: Operators, tell: Listener
) -> list[Event]:
    """Delete each resource once its dependants are gone; gives the failures, empty if none.

    After a failure nothing new is begun; what is under way is waited for.
    """
    by_urn: dict[str, list[Built]] = {}
    for one in doomed:
        by_urn.setdefault(one.urn, []).append(one)
    order: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(by_urn, ()))
    for ones in by_urn.values():
        for one in ones:
            for dependency in one.dependencies:
                if dependency in by_urn:
                    order.add(dependency, one.urn)
    order.prepare()
    failures: list[Event] = []
    running: dict[Future[None], str] = {}
    with ThreadPoolExecutor(DELETERS) as deleters:
        while (order.is_active() and not failures) or running:
            if not failures:
                for urn in order.get_ready():
                    running[deleters.submit(_delete, by_urn[urn], state, operators, tell)] = urn
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                urn = running.pop(future)
                error = future.exception()
                if error is None:
                    order.done(urn)
                    continue
                failures.append(_event("failed", by_urn[urn][0], str(error)))
                tell(failures[-1])
    return failures


def _delete(ones: list[Built], state: State, operators: Operators, tell: Listener) -> None:
    for one in ones:
        tell(_event("started", one))
        if not one.retains_on_delete and not _stands_again(one, state):
            operators.of(one).delete(one)
        state.forget(one)
        tell(_event("finished", one))


def _stands_again(one: Built, state: State) -> bool:
    """Whether the old half of a replacement is what a later run built again, by the same id."""
    now = state.get(one.urn)
    return now is not None and now is not one and now.is_finished and now.id == one.id


def _event(phase: Phase, one: Built, error: str = "") -> Event:
    return Event(
        phase=phase,
        op="delete",
        urn=one.urn,
        component=component_of(one.parent),
        error=error,
    )
