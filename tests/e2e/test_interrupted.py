"""A killed run loses nothing, and two runs never meet."""

import json
import os
import re
import signal
from threading import Event
from typing import Any

import pytest

from rehearsal.cluster.layout import Layout
from rehearsal.cluster.processes import command_lines
from rehearsal.cluster.strays import program_of
from rehearsal.engine.state import State
from rehearsal.session import open_session
from tests.e2e.conftest import Project
from upstream.cache import cache_dir

pytestmark = pytest.mark.rehearsal

LOOK_SECONDS = 0.05
DEADLINE_SECONDS = 120


def journal_lines(project: Project) -> int:
    path = project.folder / "journal.jsonl"
    return len(path.read_bytes().splitlines()) if path.exists() else 0


def kill_after(project: Project, lines: int) -> None:
    """`kill -9` an `up` as soon as its journal has so many more lines."""
    wanted = journal_lines(project) + lines
    process = project.start("up")
    clock = Event()
    for _ in range(int(DEADLINE_SECONDS / LOOK_SECONDS)):
        if journal_lines(project) >= wanted or process.poll() is not None:
            break
        clock.wait(LOOK_SECONDS)
    assert process.poll() is None, process.communicate()[0]
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()


def final_objects(project: Project) -> dict[str, str]:
    """Every object of ours with what was asked of it, random values left out."""
    session = open_session(project.root, project.stack)
    state = State(session.folder, session.key())
    assert all(one.is_finished for one in state)
    client = project.client
    kinds = [kind for kind in client.every_resource() if not kind.kind.startswith("Endpoint")]
    return {
        f"{item['kind']} {item['metadata'].get('namespace', '')}/{item['metadata']['name']}": (
            json.dumps(asked_of(item), sort_keys=True)
        )
        for kind in kinds
        for item in client.list(kind, session.plan.label_selector)
    }


GIVEN = frozenset(
    {"clusterIP", "clusterIPs", "nodePort", "healthCheckNodePort", "volumeName", "caBundle"}
)


def asked_of(item: dict[str, Any]) -> dict[str, Any]:
    """Labels and what an object holds, without what a cluster gives it and what is random."""
    labels = item["metadata"]["labels"]
    if item["kind"] == "Secret":
        return {"labels": labels, "type": item["type"], "keys": sorted(item.get("data", {}))}
    body = {key: value for key, value in item.items() if key not in ("metadata", "status")}
    text = json.dumps({**without(body, GIVEN), "labels": labels}, sort_keys=True)
    # The checksums of random values.
    return {"text": re.sub(r'"kubeflow-stack/config-checksum": "[0-9a-f]{64}"', "", text)}


def without(value: Any, keys: frozenset[str]) -> Any:
    """The same, however deep, without these keys."""
    if isinstance(value, dict):
        return {key: without(inner, keys) for key, inner in value.items() if key not in keys}
    return [without(inner, keys) for inner in value] if isinstance(value, list) else value


def processes_of(project: Project) -> list[str]:
    """Every program that runs for the project's cluster."""
    layout = Layout(folder=cache_dir() / "clusters" / project.stack)
    named = (program_of(layout, line) for _, line in command_lines())
    return sorted(filter(None, named))


def test_a_start_killed_before_its_cluster_stands_leaves_nothing_running(project: Project) -> None:
    process = project.start("up")
    clock = Event()
    folder = cache_dir() / "clusters" / project.stack
    for _ in range(int(DEADLINE_SECONDS / LOOK_SECONDS)):
        if (folder / "logs" / "etcd.log").exists():
            break
        clock.wait(LOOK_SECONDS)
    assert (folder / "logs" / "etcd.log").exists(), "the cluster never began to start"
    assert process.poll() is None
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert "etcd" in processes_of(project), "there is nothing that destroy could end"
    assert "0 left" in project.succeed("destroy")
    assert processes_of(project) == []
    assert not folder.exists()


def test_after_three_kills_up_ends_where_it_always_ends(project: Project) -> None:
    for lines in (20, 150, 120):
        kill_after(project, lines)
    project.succeed("up")
    assert project.changes("preview") == {}
    killed = final_objects(project)
    assert len(killed) > 300
    assert "0 left" in project.succeed("destroy", "--leave-cluster")
    project.succeed("up")
    assert final_objects(project) == killed


def test_the_second_of_two_runs_refuses_at_once_and_says_who_is_there(project: Project) -> None:
    project.succeed("destroy", "--leave-cluster")
    first = project.start("up")  # a whole one: it is still at it when the second one comes
    clock = Event()
    lock = project.folder / "lock"
    for _ in range(int(DEADLINE_SECONDS / LOOK_SECONDS)):
        if lock.read_text():
            break
        clock.wait(LOOK_SECONDS)
    second = project.run("up")
    assert first.poll() is None
    output, _ = first.communicate()
    assert first.returncode == 0, output
    assert second.returncode == 1
    assert (
        f"stack {project.stack} is in use by `rehearsal up {project.stack}`, process {first.pid}"
        in (second.stderr.replace("\n", " "))
    )


def test_a_killed_destroy_goes_on(project: Project) -> None:
    process = project.start("destroy", "--leave-cluster")
    wanted = journal_lines(project) + 40
    clock = Event()
    for _ in range(int(DEADLINE_SECONDS / LOOK_SECONDS)):
        if journal_lines(project) >= wanted or process.poll() is not None:
            break
        clock.wait(LOOK_SECONDS)
    assert process.poll() is None, process.communicate()[0]
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert "0 left" in project.succeed("destroy")
