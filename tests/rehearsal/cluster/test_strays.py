"""What a cluster may not leave behind, and what is not its own; with programs that only wait."""

import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from rehearsal.cluster import cluster
from rehearsal.cluster.layout import Layout, Ports, State, read_state, write_state
from rehearsal.cluster.pace import QUICK
from rehearsal.cluster.processes import Command, Process, is_alive, spawn, stop
from rehearsal.cluster.strays import find_strays, program_of
from rehearsal.cluster.waiting import until
from rehearsal.errors import RehearsalError

LAYOUT = Layout(folder=Path("/c/clusters/one two"))


SHOWN_SECONDS = 30.0


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Layout]:
    """A cluster in a cache of the test's own; its programs end with the test, however it ends."""
    monkeypatch.setenv("KUBEFLOW_STACK_CACHE", str(tmp_path / "cache"))
    layout = cluster._layout("one")
    layout.logs.mkdir(parents=True)
    yield layout
    stop(find_strays(layout, ()), 1)


def _only_stray(layout: Layout) -> Process:
    """The one program that runs for the cluster, once the system shows how it was called.

    `posix_spawn` returns when the kernel has let go of our memory, and that is before the new
    program's arguments can be read: for a moment its command line is empty.
    """
    found: list[Process] = []

    def lacking() -> str | None:
        found[:] = find_strays(layout, ())
        return None if len(found) == 1 else f"there are {found}"

    until("one program runs for the cluster", lacking, SHOWN_SECONDS)
    return found[0]


def _etcd(tmp_path: Path, layout: Layout) -> Command:
    program = tmp_path / "etcd"
    program.write_text(f"#!{sys.executable}\n__import__('signal').pause()\n")
    program.chmod(0o755)
    argv = (str(program), "--name=one", f"--data-dir={layout.etcd}")
    return Command(name="etcd", argv=argv, log=layout.log("etcd"))


def _state(layout: Layout, port: int = 1) -> State:
    ports = Ports(api_server=port, etcd=port, etcd_peer=port)
    return State(ports=ports, socket=str(layout.folder / "s"), plan="", standins="", processes=())


def _killed(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def test_a_program_started_but_not_yet_remembered_is_found_and_stopped(
    tmp_path: Path, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "write_state", _killed)
    with pytest.raises(KeyboardInterrupt):
        cluster._run(layout, _state(layout), _etcd(tmp_path, layout))
    assert read_state(layout) is None
    stray = _only_stray(layout)
    assert stray.name == "etcd"
    assert find_strays(layout, (stray,)) == ()

    said: list[str] = []
    cluster.stop_cluster("one", said.append)

    assert not is_alive(stray)
    assert not layout.folder.exists()
    assert said == ["cluster one: stopping"]


def test_a_start_stops_strays_before_anything_else(
    tmp_path: Path, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    spawn(_etcd(tmp_path, layout), {})
    stray = _only_stray(layout)
    alive_at_start: list[bool] = []

    def start(*_: object) -> State:
        alive_at_start.append(is_alive(stray))
        return _state(layout)

    monkeypatch.setattr(cluster, "find_programs", lambda _: None)
    monkeypatch.setattr(cluster, "_start_group", start)
    cluster._boot(layout, None, None, QUICK, lambda _: None)  # type: ignore[arg-type]  # not looked at

    assert alive_at_start == [False]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("/p/etcd --name=x --data-dir=/c/clusters/one two/etcd --log-level=warn", "etcd"),
        ("/v/python -P -m rehearsal.standins /c/clusters/one two", "standins"),
        ("/p/etcd --name=x --data-dir=/c/clusters/one two-other/etcd", None),
        ("/v/python -P -m rehearsal.standins /c/clusters/one two-other", None),
        ("tail -f /c/clusters/one two/logs/etcd.log", None),
        ("kubectl --kubeconfig=/c/clusters/one two/config/kwok.kubeconfig get pods", None),
    ],
)
def test_only_programs_of_this_very_cluster_are_its_own(line: str, name: str | None) -> None:
    assert program_of(LAYOUT, line) == name


def test_a_stranger_on_the_port_of_a_program_long_dead_does_not_hold_up_removal(
    layout: Layout,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        write_state(layout, _state(layout, stranger.getsockname()[1]))
        cluster.stop_cluster("one", lambda _: None)

    assert not layout.folder.exists()


def test_a_port_still_held_after_its_program_was_stopped_is_an_error(
    tmp_path: Path, layout: Layout
) -> None:
    spawn(_etcd(tmp_path, layout), {})
    process = _only_stray(layout)
    with socket.create_server(("127.0.0.1", 0)) as holder:
        write_state(layout, _state(layout, port := holder.getsockname()[1]))
        with pytest.raises(RehearsalError, match=f"port {port} is still held"):
            cluster.stop_cluster("one", lambda _: None)
    assert not is_alive(process)


@pytest.mark.parametrize(
    "text", ['{"processes": []}', '{"ports": {}, "processes": [{"x": 1}]}', "[]"]
)
def test_a_memory_of_another_version_says_which_folder_to_remove(layout: Layout, text: str) -> None:
    layout.state.write_text(text)

    with pytest.raises(
        RehearsalError, match=f"another version .*; remove the folder {layout.folder}"
    ):
        read_state(layout)
