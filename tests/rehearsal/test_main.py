"""What cannot work ends in one line, not in a traceback."""

import errno
import io
import os
import signal
from pathlib import Path
from typing import NoReturn

import pytest
from rich.console import Console

import rehearsal.__main__ as command
from rehearsal.report import Progress


def test_a_full_disk_is_one_clear_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(_root: Path, _name: str) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/cache/journal.jsonl")

    monkeypatch.setattr(command, "open_session", full)
    assert command.main(["status", "dev"]) == 1
    said = capsys.readouterr().err
    assert "error: [Errno 28] No space left on device: '/cache/journal.jsonl'" in said
    assert "KUBEFLOW_STACK_CACHE" in said


def test_ctrl_c_has_the_last_word_on_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    shown = []

    def leave(status: int) -> None:
        shown.append((status, screen.getvalue()))

    monkeypatch.setattr(os, "_exit", leave)
    console = Console(file=screen, force_terminal=True)
    with Progress(console, "up dev") as progress:
        progress.note("a line, with the tree below it")
        command._stop(console, signal.SIGINT, None)
    ((status, text),) = shown
    assert status == command.STOPPED
    assert "up dev" in text
    assert text.endswith("\nstopped; the same command goes on from here\n")
