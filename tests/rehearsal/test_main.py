"""What cannot work ends in one line, not in a traceback."""

import errno
import os
from pathlib import Path
from typing import NoReturn

import pytest

import rehearsal.__main__ as command


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
