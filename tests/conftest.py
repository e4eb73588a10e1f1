"""The one mock: declare something, get back what was declared as plain data."""

import asyncio
import contextvars
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime import config, mocks, settings
from pulumi.runtime.stack import run_in_stack

from records.last import READ_OUTPUTS
from rehearsal.engine.clouds import CloudResources, is_of_a_cloud
from rehearsal.engine.deployment import FORESEEN_UNKNOWN
from rehearsal.engine.goal import Goal
from rehearsal.engine.monitor import Answers, Monitor
from rehearsal.engine.operator import Made

ROOT = Path(__file__).parent.parent


SLOW_SEEDS = 2
PLAIN = {"hex": "0a1b2c3d"}  # of a RandomId: no secret, though only `up` tells it
NOTHING_STANDS: Answers = {READ_OUTPUTS: lambda _asked: {"outputs": {}}}


def pytest_addoption(parser: pytest.Parser) -> None:
    """How many slow clusters `make soak` tries."""
    parser.addoption("--slow-seeds", type=int, default=SLOW_SEEDS, metavar="N")


@dataclass
class Graph:
    """What a program declared, by (type, name)."""

    goals: dict[tuple[str, str], Goal] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, key: tuple[str, str]) -> dict[str, Any]:
        return self.goals[key].inputs

    def declare(self, goal: Goal) -> Made:
        key = goal.type, goal.name
        assert key not in self.goals, f"{key} is declared twice"
        self.goals[key] = goal
        if is_of_a_cloud(goal.type):
            return CloudResources().create(goal)
        unknown = FORESEEN_UNKNOWN.get(goal.type, ())
        known = {name: PLAIN.get(name, f"{goal.name}:{name}") for name in unknown}
        secrets = frozenset(known) - PLAIN.keys()
        return Made(id=goal.name, outputs={**goal.inputs, **known}, secrets=secrets)


@pytest.fixture
def deploy() -> Callable[[Callable[[], Any]], Graph]:
    """Run a declaring function to its end and give what it declared."""

    def run(
        program: Callable[[], Any],
        stack_config: dict[str, str] | None = None,
        answers: Answers | None = None,
        secret_keys: Collection[str] | None = None,
    ) -> Graph:
        graph = Graph()
        monitor = Monitor(graph.declare, {**NOTHING_STANDS, **(answers or {})})

        def configured() -> None:
            said = stack_config or {}
            config.set_all_config(said, list(said if secret_keys is None else secret_keys))
            settings.configure(
                mocks.MockSettings(  # type: ignore[no-untyped-call]  # the SDK's
                    monitor=monitor,
                    monitor_features=set(monitor.features()),
                    engine=mocks.MockEngine(None),
                    project="kubeflow",
                    stack="test",
                    dry_run=False,
                    organization="organization",
                    callbacks=None,
                )
            )

            def body() -> None:
                program()

            try:
                asyncio.run(run_in_stack(body))
            finally:
                # Of a program that failed; the next one would wait for them on a closed loop.
                settings.SETTINGS.outputs.clear()

        contextvars.Context().run(configured)
        graph.outputs = monitor.outputs
        return graph

    return run


@pytest.fixture
def project_root() -> Path:
    """The checkout under test."""
    return ROOT
