"""What counts as a wave: the longest way decides, and what writes nothing is in none."""

from bench.waves import Clock, levels, waves_of
from rehearsal.engine.events import Event
from rehearsal.engine.goal import Goal


def goal(urn: str, *dependencies: str, is_custom: bool = True, type_: str = "kubernetes:x") -> Goal:
    return Goal(
        urn=urn,
        type=type_,
        name=urn,
        parent="",
        is_custom=is_custom,
        provider="",
        inputs={},
        secrets=frozenset(),
        unknown=frozenset(),
        dependencies=dependencies,
        retains_on_delete=False,
    )


GOALS = {
    one.urn: one
    for one in (
        goal("part", is_custom=False),
        goal("provider", type_="pulumi:providers:kubernetes"),
        goal("namespace", "provider"),
        goal("webhook", "namespace"),
        goal("pod", "namespace", "webhook"),
        goal("role", "provider"),
    )
}


def test_the_longest_way_decides() -> None:
    assert levels(GOALS) == {"namespace": 0, "role": 0, "webhook": 1, "pod": 2}


def test_a_wave_lasts_from_its_first_start_to_its_last_end() -> None:
    clock = Clock()
    for urn in ("namespace", "role", "webhook", "pod"):
        clock(Event(phase="started", op="create", urn=urn, component=""))
        clock(Event(phase="finished", op="create", urn=urn, component=""))
    clock.started["role"], clock.finished["role"] = 1.0, 5.0
    clock.started["namespace"], clock.finished["namespace"] = 0.5, 2.0
    first, *rest = waves_of(GOALS, clock)
    assert (first.resources, first.first, first.last) == (2, 0.5, 5.0)
    assert [wave.resources for wave in rest] == [1, 1]
