"""What destroy says about what it left, and what it does with the cluster."""

import io
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from rehearsal import builtin, commands
from rehearsal.builtin import NO_CLUSTER, Destroyed, keeps_crds, kept_namespaces
from rehearsal.cluster.cluster import Access
from rehearsal.errors import RehearsalError
from rehearsal.session import open_session
from tests.rehearsal.engine.test_stackfile import project
from tests.rehearsal.test_session import SANDBOX

NONE = frozenset[str]()
Capture = pytest.CaptureFixture[str]


class Bench:
    """The end of `destroy` for a stack that removes CRDs, on a cluster where objects are left."""

    def __init__(self, folder: Path, patch: Callable[[str, object], None]) -> None:
        self.session = open_session(project(folder, SANDBOX), "dev")
        self.access = Access(
            name="dev", server="", kubeconfig=NO_CLUSTER, audit_log=folder, folder=folder
        )
        self.left: tuple[str, ...] = ()
        self.kept: list[tuple[bool, frozenset[str]]] = []
        self.stopped: list[str] = []
        self.said = io.StringIO()
        patch("leftovers", self._leftovers)
        patch("kept_claims", lambda _client, namespaces: [f"{one}/data" for one in namespaces])
        patch("stop_cluster", lambda name, _tell: self.stopped.append(name))

    def _leftovers(
        self,
        _client: object,
        _label: str,
        *,
        keeps_crds: bool,
        kept_namespaces: frozenset[str],
        existing: tuple[str, ...],
    ) -> tuple[str, ...]:
        self.kept.append((keeps_crds, kept_namespaces))
        return self.left

    def prove(
        self,
        keeps: bool | None,
        namespaces: frozenset[str] | None = NONE,
        *,
        leaves_cluster: bool = False,
    ) -> None:
        done = Destroyed(("a", "b", "c"), keeps, namespaces)
        console = Console(file=self.said, width=200)
        left = commands.stop_after(
            self.session, self.access, console, done, leaves_cluster=leaves_cluster
        )
        commands.refuse_left(self.session, done, left, leaves_cluster=leaves_cluster)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(tmp_path, lambda name, value: monkeypatch.setattr(commands, name, value))


def test_what_was_built_decides_about_crds_and_else_the_settings(bench: Bench) -> None:
    for keeps in (True, False, None):
        bench.prove(keeps)
    assert bench.kept == [(True, NONE), (False, NONE), (False, NONE)]
    assert bench.stopped == ["dev", "dev", "dev"]


def test_so_it_does_about_the_namespaces_of_volumes(tmp_path: Path, bench: Bench) -> None:
    for namespaces in (frozenset({"kubeflow"}), NONE, None):
        bench.prove(False, namespaces)
    content = yaml.safe_load(SANDBOX)
    content["config"]["kubeflow:settings"]["protection"] = {"volumes": "keep"}
    (tmp_path / "kept").mkdir()
    bench.session = open_session(project(tmp_path / "kept", yaml.safe_dump(content)), "dev")
    for namespaces in (frozenset({"kubeflow"}), NONE, None):
        bench.prove(False, namespaces)
    ours = frozenset({"kubeflow"})
    found = [namespaces for _, namespaces in bench.kept]
    assert found == [ours, NONE, NONE, ours, NONE, ours]


def test_what_was_kept_on_purpose_is_said(bench: Bench) -> None:
    bench.prove(False)
    bench.prove(True, frozenset({"kubeflow"}))
    plain, kept = bench.said.getvalue().splitlines()
    assert plain == "destroyed 3 resources, 0 left"
    assert kept == (
        "destroyed 3 resources, 0 left (CRDs kept, as protection.crds says; namespace kubeflow "
        "kept, as protection.volumes says, with its volume claims: kubeflow/data)"
    )


def test_leftovers_are_an_error_and_the_cluster_ends_all_the_same(bench: Bench) -> None:
    bench.left = ("PersistentVolume data",)
    with pytest.raises(RehearsalError, match=r"(?s)1 left:\n  PersistentVolume data\n.*stopped"):
        bench.prove(keeps=False)
    assert bench.stopped == ["dev"]


def test_leftovers_on_a_cluster_to_be_left_name_the_way_out(bench: Bench) -> None:
    bench.left = ("PersistentVolume data",)
    with pytest.raises(
        RehearsalError, match="as --leave-cluster says; `destroy dev` alone stops it"
    ):
        bench.prove(keeps=False, leaves_cluster=True)
    assert bench.stopped == []


def destroyed(bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> dict[str, object]:
    """The JSON of a `destroy` on the bench."""
    monkeypatch.setattr(commands, "find_cluster", lambda _: bench.access)
    done = Destroyed(("urn:a", "urn:b"), keeps_crds=False, kept_namespaces=NONE)
    monkeypatch.setattr(builtin, "destroy", lambda *_: done)
    with suppress(RehearsalError):
        commands.destroy(bench.session, Console(quiet=True), leaves_cluster=False, as_json=True)
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize("left", [(), ("PersistentVolume data",)])
def test_programs_read_what_went_and_what_is_left(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: Capture, left: tuple[str, ...]
) -> None:
    bench.left = left
    assert destroyed(bench, monkeypatch, capsys) == {
        "stack": "dev",
        "changes": {"urn:a": "delete", "urn:b": "delete"},
        "left": list(left),
    }


def test_crds_are_kept_when_any_were_built_to_be() -> None:
    assert keeps_crds([{"keepsOnDelete": False}, {"keepsOnDelete": True}, {}]) is True
    assert keeps_crds([{"keepsOnDelete": False}, {}]) is False
    assert keeps_crds([{}]) is None


def test_a_namespace_is_kept_when_it_was_built_to_be() -> None:
    kept = {"kind": "Namespace", "metadata": {"name": "kubeflow"}}
    other = {"kind": "Namespace", "metadata": {"name": "auth"}}
    claim = {"kind": "PersistentVolumeClaim", "metadata": {"name": "data"}}
    mixed = [(kept, True), (other, False), (claim, True), ({}, True)]
    assert kept_namespaces(mixed) == frozenset({"kubeflow"})
    assert kept_namespaces([(kept, False)]) == NONE
    assert kept_namespaces([(claim, True)]) is None
