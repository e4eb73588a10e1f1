"""`python -m bench.waves`: what one `up` of each release is made of, as Markdown.

Objects per component, time per wave, API writes and size of the state. A wave is a level of the
dependencies: the resources whose longest way to one without dependencies is equally long.
"""

import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import yaml

from bench.speed import OURS, note, own_project, writes
from rehearsal import builtin
from rehearsal.cluster.cluster import start_cluster
from rehearsal.engine.events import Event, component_of
from rehearsal.engine.goal import Goal
from rehearsal.session import open_session
from upstream.pins import known_releases


class Clock:
    """Listens to a run: when each resource was begun and when it was ready."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.started: dict[str, float] = {}
        self.finished: dict[str, float] = {}
        self._lock = Lock()

    def __call__(self, event: Event) -> None:
        """Note the time of a start or an end."""
        times = {"started": self.started, "finished": self.finished}.get(event.phase)
        if times is not None:
            with self._lock:
                times[event.urn] = time.monotonic() - self.began

    def note(self, message: str) -> None:
        """What the program says goes beside the tables."""
        note(message)


@dataclass(frozen=True, kw_only=True)
class Wave:
    """One level: how many resources, when the first was begun and the last was ready."""

    resources: int
    first: float
    last: float


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One first `up` of a release on a new cluster."""

    release: str
    seconds: float
    writes: int
    state_kib: int
    objects: Mapping[str, int]
    waves: tuple[Wave, ...]


def main() -> int:
    """Bring every release up once and print its tables."""
    measured = [measure(name) for name in known_releases()]
    sys.stdout.write("\n".join((*summary(measured), "", *objects(measured))) + "\n")
    for one in measured:
        sys.stdout.write("\n".join(("", *waves(one))) + "\n")
    return 0


def measure(release: str) -> Measured:
    """A first `up` of everything a release has in the preset of the measured stack."""
    with own_project() as project:
        choose_release(project / "stacks" / f"Pulumi.{OURS}.yaml", release)
        session = open_session(project, OURS)
        access = start_cluster(OURS, session.plan.cluster, note, clean=True)
        before = writes(access)
        clock = Clock()
        result = builtin.up(session, access.kubeconfig, clock)
        return Measured(
            release=release,
            seconds=time.monotonic() - clock.began,
            writes=writes(access) - before,
            state_kib=(session.folder / "state.json").stat().st_size >> 10,
            objects=Counter(
                component_of(goal.parent)
                for goal in result.goals.values()
                if goal.type.startswith("kubernetes:")
            ),
            waves=waves_of(result.goals, clock),
        )


def choose_release(stack: Path, release: str) -> None:
    """The stack's settings with another release of Kubeflow."""
    content = yaml.safe_load(stack.read_text())
    content["config"]["kubeflow:settings"]["kubeflow"] = {"release": release}
    stack.write_text(yaml.safe_dump(content))


def waves_of(goals: Mapping[str, Goal], clock: Clock) -> tuple[Wave, ...]:
    """The levels, first to last. Components and providers write nothing and are in none."""
    level = levels(goals)
    found = []
    for number in range(max(level.values()) + 1):
        urns = [urn for urn, at in level.items() if at == number]
        found.append(
            Wave(
                resources=len(urns),
                first=min(clock.started[urn] for urn in urns),
                last=max(clock.finished[urn] for urn in urns),
            )
        )
    return tuple(found)


def levels(goals: Mapping[str, Goal]) -> dict[str, int]:
    """How many resources that write stand before each of them, on the longest way."""
    known: dict[str, int] = {}
    # A program declares what a resource depends on before the resource itself.
    for urn, goal in goals.items():
        if goal.is_custom and not goal.type.startswith("pulumi:providers:"):
            known[urn] = 1 + max((known[d] for d in goal.dependencies if d in known), default=-1)
    return known


def summary(measured: list[Measured]) -> list[str]:
    """One row per release."""
    return [
        "| release | objects | first `up` | waves | API writes | state |",
        "|---|---|---|---|---|---|",
        *(
            f"| {one.release} | {sum(one.objects.values())} | {one.seconds:.1f} s | "
            f"{len(one.waves)} | {one.writes} | {one.state_kib} KiB |"
            for one in measured
        ),
    ]


def objects(measured: list[Measured]) -> list[str]:
    """One row per component, one column per release."""
    names = dict.fromkeys(name for one in measured for name in sorted(one.objects))
    return [
        f"| objects of | {' | '.join(one.release for one in measured)} |",
        f"|---|{'---|' * len(measured)}",
        *(
            f"| {name} | {' | '.join(str(one.objects[name]) for one in measured)} |"
            for name in names
        ),
    ]


def waves(one: Measured) -> list[str]:
    """One row per wave, in seconds after the start."""
    return [
        f"| wave of {one.release} | resources | first begun | last ready | took |",
        "|---|---|---|---|---|",
        *(
            f"| {number} | {wave.resources} | {wave.first:.1f} s | {wave.last:.1f} s | "
            f"{wave.last - wave.first:.1f} s |"
            for number, wave in enumerate(one.waves, 1)
        ),
    ]


if __name__ == "__main__":
    sys.exit(main())
