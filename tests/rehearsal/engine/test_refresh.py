"""Refresh: what drifted, what is gone, and that the state then says so."""

import base64
from pathlib import Path
from typing import Any

import dill
import pytest
from cryptography.fernet import Fernet
from pulumi import dynamic

from kube.client import Client
from rehearsal.engine.declared import Declared
from rehearsal.engine.deployment import Operators
from rehearsal.engine.dynamic_resources import CODE, DynamicResources
from rehearsal.engine.events import Event
from rehearsal.engine.kubernetes_objects import KubernetesObjects, identity, shaped
from rehearsal.engine.operator import Op
from rehearsal.engine.refresh import refresh
from rehearsal.engine.state import Built, State
from tests.rehearsal.engine.shapes import resource

Json = dict[str, Any]

ASKED: Json = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "a"},
    "spec": {"replicas": 1},
}


def live(version: str, replicas: int, **fields: Any) -> Json:
    metadata = {**ASKED["metadata"], "resourceVersion": version, "uid": "u"}
    spec = {"replicas": replicas, "paused": False}
    return {**ASKED, "metadata": metadata, "spec": spec, **fields}


class Cluster(Client):
    """Shows one object; a dry run gives it with what was asked for put in."""

    def __init__(self, found: Json | None) -> None:
        self.found = found
        self.dry_runs = 0

    def get(self, body: Any) -> Json | None:
        return self.found

    def apply(self, body: Any, manager: str, *, dry_run: bool = False) -> Json:
        assert dry_run, "a refresh wrote"
        assert self.found
        self.dry_runs += 1
        return {**self.found, "spec": {**self.found["spec"], **body["spec"]}}


def built(**fields: Any) -> Built:
    kind = {"type": "kubernetes:apps/v1:Deployment", "secrets": frozenset(), "version": "7"}
    return resource("web", **{**kind, "inputs": ASKED, "outputs": live("7", 1), **fields})


class Bench:
    """One Deployment in a state, as it was built at version 7."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.key = folder, Fernet.generate_key()
        self.events: list[Event] = []
        self.state = State(folder, self.key)
        self.state.put(built())

    def __call__(self, event: Event) -> None:
        self.events.append(event)

    def note(self, message: str) -> None:
        raise AssertionError(message)

    def refresh(self, cluster: Cluster, *, is_listed: bool = True) -> list[Op]:
        found = {identity(cluster.found): cluster.found} if cluster.found and is_listed else {}
        operators = Operators(
            by_prefix={
                "component": Declared(),
                "kubernetes:": KubernetesObjects(client=cluster, live=found),
            },
            denied_packages=frozenset(),
        )
        return list(refresh(self.state, operators, self).values())

    def kept(self) -> list[Built]:
        """What a later run finds."""
        return list(State(self.folder, self.key))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_what_nobody_touched_is_the_same_and_costs_nothing(bench: Bench) -> None:
    cluster = Cluster(live("7", 1))
    before = bench.kept()
    assert bench.refresh(cluster) == ["same"]
    assert cluster.dry_runs == 0
    assert bench.kept() == before


def test_what_others_own_is_no_drift_but_is_known_from_now_on(bench: Bench) -> None:
    cluster = Cluster(live("8", 1, status={"readyReplicas": 1}))
    assert bench.refresh(cluster) == ["same"]
    assert bench.refresh(cluster) == ["same"]
    assert cluster.dry_runs == 1, "the second time its version is known"
    (kept,) = bench.kept()
    assert (kept.inputs, kept.version) == (ASKED, "8")
    assert kept.outputs["status"] == {"readyReplicas": 1}


def test_what_was_asked_for_and_is_otherwise_has_drifted(bench: Bench) -> None:
    assert bench.refresh(Cluster(live("8", 3))) == ["update"]
    assert bench.events[-1].changed == ("spec.replicas",)
    (kept,) = bench.kept()
    assert kept.inputs == {**ASKED, "spec": {"replicas": 3}}, "so that the next up puts it back"


def test_what_a_controller_put_into_a_secret_is_a_secret_of_the_state(bench: Bench) -> None:
    empty = {**ASKED, "apiVersion": "v1", "kind": "Secret", "spec": {}}
    bench.state.put(built(type="kubernetes:core/v1:Secret", inputs=empty))
    filled = {**live("8", 1), "apiVersion": "v1", "kind": "Secret", "data": {"key": "canary"}}
    assert bench.refresh(Cluster(filled)) == ["same"]
    (kept,) = bench.kept()
    assert kept.outputs["data"] == {"key": "canary"}
    bench.state.fold()
    assert "canary" not in (bench.folder / "state.json").read_text()


def test_what_is_gone_is_forgotten(bench: Bench) -> None:
    assert bench.refresh(Cluster(None)) == ["delete"]
    assert bench.kept() == []


def test_an_object_without_our_label_is_not_gone(bench: Bench) -> None:
    assert bench.refresh(Cluster(live("7", 1)), is_listed=False) == ["same"]
    assert len(bench.kept()) == 1


def test_what_is_half_built_is_left_to_the_next_up(bench: Bench) -> None:
    half = built(is_finished=False)
    bench.state.put(half)
    assert bench.refresh(Cluster(None)) == []
    assert bench.kept() == [half]


@pytest.mark.parametrize(
    ("found", "asked", "expected"),
    [
        ({"a": 1, "b": 2}, {"a": 0}, {"a": 1}),
        ({"b": 2}, {"a": 0}, {}),
        ({"a": [{"x": 1, "y": 2}]}, {"a": [{"x": 0}]}, {"a": [{"x": 1}]}),
        ({"a": [1, 2]}, {"a": [1]}, {"a": [1, 2]}),
        ({"a": []}, {"a": [1]}, {"a": []}),
    ],
)
def test_only_the_fields_that_were_asked_for_are_read(
    found: Json, asked: Json, expected: Json
) -> None:
    assert shaped(found, asked) == expected


class Remote(dynamic.ResourceProvider):
    """Reads size 2, or nothing at all."""

    serialize_as_secret_always = False

    def read(self, id_: str, props: Json) -> dynamic.ReadResult:
        return dynamic.ReadResult(None if props.get("lost") else id_, {**props, "size": 2})


def dynamic_one(**fields: Any) -> Built:
    props = {CODE: base64.b64encode(dill.dumps(Remote())).decode(), **fields}
    return resource("crds", inputs=props, outputs=props, secrets=frozenset())


def test_a_dynamic_resource_is_read_by_its_own_provider() -> None:
    operator = DynamicResources("at the new port")
    now = operator.read(dynamic_one(size=1, kubeconfig="at the old port"))
    assert now is not None
    assert now.inputs["size"] == now.outputs["size"] == 2
    assert now.inputs["kubeconfig"] == "at the old port"
    assert operator.read(dynamic_one(size=1, lost=True)) is None
