"""Whatever teams a stack had before, its objects are those of its settings now, and no others.

The engine, its state and its teardown are the rehearsal's own. The cluster is a stand-in that
refuses what a real one refuses: what is there already, what is not, and what cannot be changed.
"""

import tempfile
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.teams.team import Outside, TeamArgs, TeamRoom
from plan.machines import token_rule
from plan.model import Plan
from rehearsal.engine.declared import Declared
from rehearsal.engine.deployment import Deployment, Operators
from rehearsal.engine.events import Event
from rehearsal.engine.goal import Goal
from rehearsal.engine.kubernetes_objects import identity
from rehearsal.engine.operator import Made, Step, changed_keys
from rehearsal.engine.state import Built, State
from rehearsal.engine.teardown import take_down
from tests.components.clusters import bare_cluster
from tests.plan.test_teams import GENERAL, GPU, planned

Json = dict[str, Any]
Declare = Callable[..., Any]
GPU_POOL = {**GPU, "taints": [{"key": "nvidia.com/gpu", "effect": "NoSchedule"}]}
IMMUTABLE = {"RoleBinding": "roleRef"}


class Cluster:
    """Objects by identity; strict, so that a wrong order of steps is an error."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str, str, str], Json] = {}

    def diff(self, old: Built, goal: Goal) -> Step:
        if identity(old.inputs) != identity(goal.inputs):
            return Step("replace")
        changed = changed_keys(old.inputs, goal.inputs)
        return Step("update", changed) if changed else Step("same")

    def create(self, goal: Goal) -> Made:
        key = identity(goal.inputs)
        assert key not in self.objects, f"{key} is there already"
        self.objects[key] = goal.inputs
        return Made(id=goal.name, outputs=goal.inputs)

    def update(self, old: Built, goal: Goal) -> Made:
        key = identity(goal.inputs)
        fixed = IMMUTABLE.get(goal.inputs["kind"], "")
        assert self.objects[key].get(fixed) == goal.inputs.get(fixed), f"{key}: immutable"
        self.objects[key] = goal.inputs
        return Made(id=old.id, outputs=goal.inputs)

    def delete(self, old: Built) -> None:
        del self.objects[identity(old.inputs)]

    def read(self, old: Built) -> Built | None:
        return old


class Quiet:
    """Nobody listens."""

    def __call__(self, event: Event) -> None:
        assert not event.error, event.error

    def note(self, message: str) -> None:
        raise AssertionError(message)


class Stack:
    """A state, and the cluster that it is the state of."""

    def __init__(self, folder: Path) -> None:
        self.state = State(folder, Fernet.generate_key())
        self.cluster = Cluster()
        self.operators = Operators(
            by_prefix={
                "component": Declared(),
                "pulumi:providers:": Declared(),
                "kubernetes:": self.cluster,
            },
            denied_packages=frozenset(),
        )

    def up(self, goals: list[Goal]) -> Mapping[str, str]:
        """What changed, by URN."""
        run = Deployment(self.state, self.operators, Quiet(), is_preview=False)
        for goal in goals:
            run.register(goal)
        leaving = [one for one in self.state if one.urn not in run.goals]
        assert not take_down(leaving, self.state, self.operators, Quiet())
        steps = {urn: step.op for urn, step in run.steps.items() if step.op != "same"}
        return steps | {one.urn: "delete" for one in leaving}


def goals_of(deploy: Declare, *teams: Json) -> list[Goal]:
    """What the program registers for these teams."""
    plan = planned(
        *teams,
        pools=(GENERAL, GPU_POOL),
        ingress={
            "domain": "ml.b.test",
            "insecure": True,
            "auth": {"adminEmail": "ada@corp.test"},
        },
    )
    return list(deploy(lambda: declare(plan)).goals.values())


def declare(plan: Plan) -> None:
    cluster = bare_cluster(plan.cluster.pools)
    assert plan.ingress
    for team in plan.teams:
        TeamRoom(
            team.name,
            TeamArgs(
                team=team,
                cluster=cluster,
                labels=plan.labels,
                components=plan.kubeflow.components,
                monitoring=plan.monitoring,
                ready=cluster.provider,
                outside=Outside(login=plan.ingress.login, machines=token_rule("https://k", "{}")),
            ),
        )


@st.composite
def team(draw: st.DrawFn) -> Json:
    """A team as a settings file may have it."""
    owner, *others = draw(st.permutations([f"{one}@corp.test" for one in ("ada", "bob", "eve")]))
    roles = [draw(st.sampled_from(["admin", "edit", "view", None])) for _ in others]
    said: Json = {
        "name": draw(st.sampled_from(["vision", "speech", "vision-2"])),
        "owner": owner,
        "members": {
            role: [one for one, its in zip(others, roles, strict=True) if its == role]
            for role in ("admin", "edit", "view")
        },
        "quota": draw(st.sampled_from([{}, {"cpu": 3}, {"gpus": 1}, {"gpus": 0, "pods": 9}])),
        "labels": draw(st.sampled_from([{}, {"cost-center": "42"}])),
        "publicModels": draw(st.sampled_from([[], ["iris"], ["iris", "cars"]])),
    }
    return {**said, **draw(st.sampled_from([{}, {"size": "small"}]))}


files = st.lists(team(), max_size=3, unique_by=lambda one: one["name"])


@given(st.lists(files, min_size=2, max_size=4))
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_sequence_of_settings_ends_as_the_last_alone(
    deploy: Declare, history: list[list[Json]]
) -> None:
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        long, short = Stack(Path(one)), Stack(Path(other))
        for file in history:
            last = goals_of(deploy, *file)
            long.up(last)
        short.up(last)
        assert long.cluster.objects == short.cluster.objects
        assert {one.urn: one.inputs for one in long.state} == {
            one.urn: one.inputs for one in short.state
        }
        assert long.up(last) == {}


def team_of(number: int) -> Json:
    """One of many teams, each of another owner, of ten members."""
    people = [f"person-{number}-{one}@corp.test" for one in range(10)]
    return {
        "name": f"team-{number}",
        "owner": f"owner-{number}@corp.test",
        "members": {"edit": people},
        "size": "small",
    }


def test_a_change_to_one_team_is_a_change_to_its_own_objects(
    deploy: Declare, tmp_path: Path
) -> None:
    teams = [team_of(number) for number in range(5)]
    stack = Stack(tmp_path)
    stack.up(goals_of(deploy, *teams))
    for change in (
        {"size": "medium"},
        {"owner": "new@corp.test"},
        {"members": {"view": ["new@corp.test"]}},
        {"labels": {"cost-center": "42"}},
        {"publicModels": ["iris"]},
    ):
        touched = stack.up(goals_of(deploy, *teams[:2], {**teams[2], **change}, *teams[3:]))
        names = {urn.rpartition("::")[2].partition("/")[0] for urn in touched}
        assert names == {"team-2"}, change
    gone = stack.up(goals_of(deploy, *teams[:2], *teams[3:]))
    assert set(gone.values()) == {"delete"}
    assert {urn.rpartition("::")[2].partition("/")[0] for urn in gone} == {"team-2"}


def test_every_team_is_as_many_objects_as_the_one_before(deploy: Declare) -> None:
    numbers = [len(goals_of(deploy, *map(team_of, range(many)))) for many in range(1, 7)]
    (each,) = {after - before for before, after in pairwise(numbers)}
    assert each > len(team_of(0)["members"]["edit"]) * 2  # a binding and a policy by member
