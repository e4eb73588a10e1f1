"""A killed run loses nothing, and two runs never meet."""

import os
import signal
from threading import Event

import pytest

from rehearsal.engine.state import State
from rehearsal.session import open_session
from tests.e2e.conftest import Project

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


def final_objects(project: Project) -> set[str]:
    session = open_session(project.root, project.stack)
    state = State(session.folder, session.key())
    assert all(one.is_finished for one in state)
    return {one.urn for one in state}


def test_after_three_kills_up_ends_where_it_always_ends(project: Project) -> None:
    for lines in (20, 150, 120):
        kill_after(project, lines)
    project.succeed("up")
    assert project.changes("preview") == {}
    killed = final_objects(project)
    assert "0 left" in project.succeed("destroy", "--leave-cluster")
    project.succeed("up")
    assert final_objects(project) == killed


def test_the_second_of_two_runs_refuses_at_once_and_says_who_is_there(project: Project) -> None:
    first = project.start("up")
    clock = Event()
    lock = project.folder / "lock"
    for _ in range(int(DEADLINE_SECONDS / LOOK_SECONDS)):
        if lock.read_text():
            break
        clock.wait(LOOK_SECONDS)
    second = project.run("up")
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
        if journal_lines(project) >= wanted:
            break
        clock.wait(LOOK_SECONDS)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert "0 left" in project.succeed("destroy")
