"""A goal becomes the right step, and the state says at every moment what may exist."""

import re
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from rehearsal.engine.declared import Declared
from rehearsal.engine.deployment import Deployment, Operators, StoppedError
from rehearsal.engine.events import Event
from rehearsal.engine.goal import Goal
from rehearsal.engine.operator import Made, Step
from rehearsal.engine.random_values import IDENTITY, PASSWORD, RandomValues
from rehearsal.engine.state import Built, State
from rehearsal.engine.teardown import take_down
from rehearsal.errors import RehearsalError


def goal(name: str, **fields: Any) -> Goal:
    shape: dict[str, Any] = {
        "urn": f"urn:pulumi:dev::kubeflow::fake:index:Thing::{name}",
        "type": "fake:index:Thing",
        "name": name,
        "parent": "",
        "is_custom": True,
        "provider": "",
        "inputs": {"size": 1},
        "secrets": frozenset(),
        "unknown": frozenset(),
        "dependencies": (),
        "retains_on_delete": False,
    }
    return Goal(**{**shape, **fields})


class Fakes:
    """An operator that remembers what it was asked."""

    def __init__(self, step: Step | None = None, fails: frozenset[str] = frozenset()) -> None:
        self.calls: list[str] = []
        self._step = step or Step("same")
        self._fails = fails

    def diff(self, old: Built, goal: Goal) -> Step:
        return self._step if old.inputs != goal.inputs else Step("same")

    def create(self, goal: Goal) -> Made:
        return self._do("create", goal.name, goal.inputs)

    def update(self, old: Built, goal: Goal) -> Made:
        return self._do("update", old.name, goal.inputs)

    def delete(self, old: Built) -> None:
        self._do("delete", old.name, {})

    def read(self, old: Built) -> Built | None:
        return old

    def _do(self, verb: str, name: str, outputs: dict[str, Any]) -> Made:
        self.calls.append(f"{verb} {name}")
        if name in self._fails:
            raise RehearsalError(f"{name} will not")
        return Made(id=name, outputs=outputs)


class Bench:
    """A state in a folder, a fake operator, and a listener to the events of its runs."""

    def __call__(self, event: Event) -> None:
        self.events.append(event)

    def note(self, message: str) -> None:
        raise AssertionError(message)

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = Fernet.generate_key()
        self.events: list[Event] = []
        self.fakes = Fakes()

    def state(self) -> State:
        return State(self.folder, self.key)

    def operators(self) -> Operators:
        return Operators(
            by_prefix={
                "component": Declared(),
                "fake:": self.fakes,
                "random:": RandomValues(),
            },
            denied_packages=frozenset({"denied"}),
        )

    def deployment(self, *, is_preview: bool = False) -> Deployment:
        return Deployment(self.state(), self.operators(), self, is_preview=is_preview)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_new_goal_is_created_and_then_the_same(bench: Bench) -> None:
    bench.deployment().register(goal("one"))
    bench.deployment().register(goal("one"))
    assert bench.fakes.calls == ["create one"]
    assert [(e.phase, e.op) for e in bench.events] == [
        ("started", "create"),
        ("finished", "create"),
        ("finished", "same"),
    ]


def test_a_changed_goal_is_updated_in_place(bench: Bench) -> None:
    bench.deployment().register(goal("one"))
    bench.fakes = Fakes(Step("update", ("size",)))
    bench.deployment().register(goal("one", inputs={"size": 2}))
    assert bench.fakes.calls == ["update one"]
    found = bench.state().get(goal("one").urn)
    assert found is not None
    assert found.inputs == {"size": 2}


def test_a_replacement_somewhere_else_is_created_first_and_deleted_later(bench: Bench) -> None:
    bench.deployment().register(goal("one", inputs={"metadata": {"name": "a"}}))
    bench.fakes = Fakes(Step("replace"))
    bench.deployment().register(goal("one", inputs={"metadata": {"name": "b"}}))
    assert bench.fakes.calls == ["create one"]
    assert len(bench.state()) == 2


def test_a_replacement_in_the_same_place_is_deleted_first(bench: Bench) -> None:
    bench.deployment().register(goal("one", inputs={"metadata": {"name": "a"}, "size": 1}))
    bench.fakes = Fakes(Step("replace"))
    bench.deployment().register(goal("one", inputs={"metadata": {"name": "a"}, "size": 2}))
    assert bench.fakes.calls == ["delete one", "create one"]
    assert len(bench.state()) == 1


def test_a_preview_builds_and_notes_nothing(bench: Bench) -> None:
    made = bench.deployment(is_preview=True).register(goal("one"))
    assert made.outputs == {"size": 1}
    assert bench.fakes.calls == []
    assert len(bench.state()) == 0


class Doubters(Fakes):
    """An operator that refuses every goal."""

    def check(self, goal: Goal, _old: Built | None) -> None:
        raise RehearsalError(f"{goal.name} does not fit")


@pytest.mark.parametrize("is_preview", [True, False])
def test_what_its_operator_refuses_is_neither_planned_nor_begun(
    bench: Bench, is_preview: bool
) -> None:
    bench.fakes = Doubters()
    deployment = bench.deployment(is_preview=is_preview)
    with pytest.raises(RehearsalError, match="one does not fit"):
        deployment.register(goal("one"))
    assert [event.error for event in deployment.failures] == ["one does not fit"]
    assert bench.fakes.calls == []
    assert len(bench.state()) == 0


def test_a_step_begun_and_not_finished_is_begun_again(bench: Bench) -> None:
    bench.fakes = Fakes(fails=frozenset({"one"}))
    with pytest.raises(RehearsalError, match="one will not"):
        bench.deployment().register(goal("one"))
    half = bench.state().get(goal("one").urn)
    assert half is not None
    assert not half.is_finished
    bench.fakes = Fakes()
    bench.deployment().register(goal("one"))
    assert bench.fakes.calls == ["create one"]


def test_after_a_failure_nothing_new_is_begun(bench: Bench) -> None:
    bench.fakes = Fakes(fails=frozenset({"one"}))
    deployment = bench.deployment()
    with pytest.raises(RehearsalError):
        deployment.register(goal("one"))
    with pytest.raises(StoppedError):
        deployment.register(goal("two"))
    assert bench.fakes.calls == ["create one"]
    assert [failure.error for failure in deployment.failures] == ["one will not"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (goal("one", type="denied:index:Thing"), "the default provider of denied is disabled"),
        (goal("one", type="aws:ec2:Vpc"), "has no stand-in for aws:ec2:Vpc"),
    ],
)
def test_what_nobody_looks_after_is_refused(bench: Bench, wrong: Goal, message: str) -> None:
    with pytest.raises(RehearsalError, match=message):
        bench.deployment().register(wrong)


def test_the_same_name_twice_is_refused(bench: Bench) -> None:
    deployment = bench.deployment()
    deployment.register(goal("one"))
    with pytest.raises(RehearsalError, match="registered twice"):
        deployment.register(goal("one"))


def test_a_password_is_made_once_and_kept(bench: Bench) -> None:
    wish = goal("pw", type=PASSWORD, inputs={"length": 24, "special": False})
    first = bench.deployment().register(wish)
    again = bench.deployment().register(wish)
    assert len(first.outputs["result"]) == 24
    assert again.outputs == first.outputs
    assert again.secrets >= {"result", "bcryptHash"}
    assert first.outputs["result"] not in (bench.folder / "journal.jsonl").read_text()


def test_an_id_is_made_once_kept_and_made_anew_for_another_keeper(bench: Bench) -> None:
    wish = goal("id", type=IDENTITY, inputs={"byteLength": 4, "keepers": {"vpc": "a"}})
    first = bench.deployment().register(wish)
    again = bench.deployment().register(wish)
    assert re.fullmatch(r"[0-9a-f]{8}", first.outputs["hex"])
    assert (again.outputs, again.secrets) == (first.outputs, frozenset())
    other = goal("id", type=IDENTITY, inputs={"byteLength": 4, "keepers": {"vpc": "b"}})
    assert bench.deployment().register(other).outputs["hex"] != first.outputs["hex"]


def test_teardown_goes_backwards_and_stops_at_a_failure(bench: Bench) -> None:
    deployment = bench.deployment()
    first, second, third = goal("a"), goal("b"), goal("c")
    deployment.register(first)
    deployment.register(goal("b", dependencies=(first.urn,)))
    deployment.register(goal("c", dependencies=(second.urn,)))
    bench.fakes = Fakes(fails=frozenset({"b"}))
    state = bench.state()
    failed = take_down(list(state), state, bench.operators(), bench)
    assert bench.fakes.calls == ["delete c", "delete b"]
    assert [event.name for event in failed] == ["b"]
    assert {one.name for one in bench.state()} == {"a", "b"}
    assert third.urn not in {one.urn for one in bench.state()}


def test_what_is_retained_is_forgotten_and_left_alone(bench: Bench) -> None:
    bench.deployment().register(goal("data", retains_on_delete=True))
    bench.fakes = Fakes()
    state = bench.state()
    assert take_down(list(state), state, bench.operators(), bench) == []
    assert bench.fakes.calls == []
    assert len(bench.state()) == 0
