"""What destroy says about what it left, and what it does with the cluster."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from rich.console import Console

from rehearsal import builtin, commands
from rehearsal.builtin import NO_CLUSTER, Destroyed, keeps_crds
from rehearsal.cluster.cluster import Access
from rehearsal.errors import RehearsalError
from rehearsal.session import open_session
from tests.rehearsal.engine.test_stackfile import project
from tests.rehearsal.test_session import SANDBOX

Capture = pytest.CaptureFixture[str]


class Bench:
    """The end of `destroy` for a stack that removes CRDs, on a cluster where objects are left."""

    def __init__(self, folder: Path, patch: Callable[[str, object], None]) -> None:
        self.session = open_session(project(folder, SANDBOX), "dev")
        self.access = Access(
            name="dev", server="", kubeconfig=NO_CLUSTER, audit_log=folder, folder=folder
        )
        self.left: tuple[str, ...] = ()
        self.kept: list[bool] = []
        self.stopped: list[str] = []
        patch("leftovers", self._leftovers)
        patch("stop_cluster", lambda name, _tell: self.stopped.append(name))

    def _leftovers(
        self, _client: object, _label: str, *, keeps_crds: bool, existing: tuple[str, ...]
    ) -> tuple[str, ...]:
        self.kept.append(keeps_crds)
        return self.left

    def prove(self, keeps: bool | None, *, leaves_cluster: bool = False) -> None:
        done = Destroyed(("a", "b", "c"), keeps)
        console = Console(quiet=True)
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
    assert bench.kept == [True, False, False]
    assert bench.stopped == ["dev", "dev", "dev"]


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
    done = Destroyed(("urn:a", "urn:b"), keeps_crds=False)
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
