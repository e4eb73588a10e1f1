"""What cannot work ends in one line, not in a traceback."""

import errno
import os
from pathlib import Path
from typing import NoReturn

import pytest

import rehearsal.__main__ as command
from rehearsal.cluster.pace import Pace


def test_a_full_disk_is_one_clear_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(_root: Path, _name: str, _pace: Pace) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/cache/journal.jsonl")

    monkeypatch.setattr(command, "open_session", full)
    assert command.main(["status", "dev"]) == 1
    said = capsys.readouterr().err
    assert "error: [Errno 28] No space left on device: '/cache/journal.jsonl'" in said
    assert "KUBEFLOW_STACK_CACHE" in said


@pytest.mark.parametrize("option", [("--slow", "3"), ("--seed", "1")])
def test_only_up_starts_a_cluster_that_can_be_slow(
    option: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        command.main(["destroy", "dev", *option])
    assert "--slow and --seed go with up" in capsys.readouterr().err
