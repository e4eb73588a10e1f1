"""Detached programs."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rehearsal.cluster.processes import Command, is_alive, last_lines, passed_on, spawn, stop
from rehearsal.cluster.waiting import until
from rehearsal.errors import RehearsalError

STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True);"


def _python(tmp_path: Path, program: str) -> Command:
    return Command(name="p", argv=(sys.executable, "-c", program), log=tmp_path / "p.log")


def test_a_program_runs_in_a_session_of_its_own_until_it_is_stopped(tmp_path: Path) -> None:
    process = spawn(_python(tmp_path, "input() if 0 else __import__('signal').pause()"), os.environ)

    assert is_alive(process)
    assert os.getsid(process.pid) == process.pid
    stop([process], 5)
    assert not is_alive(process)


def test_a_program_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    command = _python(tmp_path, STUBBORN + "[signal.pause() for _ in iter(int, 1)]")
    process = spawn(command, os.environ)
    until("it ignores SIGTERM", lambda: None if "up" in last_lines(command.log) else "not up", 10)

    stop([process], 0.2)

    assert not is_alive(process)


def test_another_process_with_the_same_pid_is_not_taken_for_ours(tmp_path: Path) -> None:
    process = spawn(_python(tmp_path, "__import__('signal').pause()"), os.environ)
    stranger = replace(process, since="another time")

    stop([stranger], 0.2)

    assert not is_alive(stranger)
    assert is_alive(process)
    stop([process], 5)


def test_no_secret_of_ours_is_passed_on() -> None:
    secrets = ("PULUMI_CONFIG_PASSPHRASE", "AWS_SECRET_ACCESS_KEY", "DIGITALOCEAN_TOKEN")
    needed = ("PATH", "HOME", "LC_ALL", "SSL_CERT_FILE", "KUBEFLOW_STACK_CACHE")

    assert passed_on(dict.fromkeys((*secrets, *needed), "x")) == dict.fromkeys(needed, "x")


def test_the_last_words_of_a_program_can_be_told(tmp_path: Path) -> None:
    command = _python(tmp_path, "[print(n) for n in range(100)]")
    process = spawn(command, os.environ)
    until("it ends", lambda: "still there" if is_alive(process) else None, 10)

    assert last_lines(command.log).splitlines()[-1] == "  99"
    assert last_lines(tmp_path / "none") == f"  (no log at {tmp_path / 'none'})"


def test_a_missed_deadline_names_what_was_waited_for_and_what_lacks() -> None:
    with pytest.raises(RehearsalError, match=r"the moon is full: not so after 0.1 s; a week"):
        until("the moon is full", lambda: "a week", 0.1)
