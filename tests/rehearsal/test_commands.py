"""What destroy says about what it left, and what it does with the cluster."""

from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from rehearsal import commands
from rehearsal.builtin import NO_CLUSTER, Destroyed, keeps_crds
from rehearsal.cluster.cluster import Access
from rehearsal.errors import RehearsalError
from rehearsal.session import open_session
from tests.rehearsal.engine.test_stackfile import project
from tests.rehearsal.test_session import SANDBOX


class Bench:
    """`prove_clean` for a stack that removes CRDs, on a cluster where some objects are left."""

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
        done = Destroyed(3, keeps)
        console = Console(quiet=True)
        commands.prove_clean(
            self.session, self.access, console, done, leaves_cluster=leaves_cluster
        )


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


def test_crds_are_kept_when_any_were_built_to_be() -> None:
    assert keeps_crds([{"keepsOnDelete": False}, {"keepsOnDelete": True}, {}]) is True
    assert keeps_crds([{"keepsOnDelete": False}, {}]) is False
    assert keeps_crds([{}]) is None
