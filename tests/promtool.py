"""The real promtool, and what it says."""

import subprocess
from pathlib import Path

from tests.go_programs import go_program

SECONDS = 120


def promtool() -> Path:
    """The program, built once."""
    return go_program("promtool", "github.com/prometheus/prometheus/cmd/promtool")


def ask(*words: str, at: Path) -> str:
    """What promtool says; fails with it when it finds something wrong."""
    done = subprocess.run(
        [promtool(), *words], cwd=at, capture_output=True, text=True, check=False, timeout=SECONDS
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said
