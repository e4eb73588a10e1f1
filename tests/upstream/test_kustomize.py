"""kustomize is built once per pinned version, and a failing build says what Go said."""

from pathlib import Path

import pytest

from upstream.errors import UpstreamError
from upstream.kustomize import builder

GO = """#!/bin/sh
echo "$*" >> "$LOG"
test -f broken && { echo 'go: no such module' >&2; exit 1; }
: > "$3"
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a pinned kustomize, and a stand-in for Go as the only program on PATH."""
    module = tmp_path / "project/tools/kustomize"
    module.mkdir(parents=True)
    (module / "go.sum").write_text("pinned", encoding="utf-8")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/go").write_text(GO, encoding="utf-8")
    (tmp_path / "bin/go").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("LOG", str(tmp_path / "log"))
    return tmp_path / "project"


def test_it_is_built_once_and_again_when_the_pin_changes(project: Path, cache: Path) -> None:
    said: list[str] = []
    build = builder(project, cache, said.append)
    assert build is not None
    first = build()
    assert first.is_file()
    assert build() == first
    (project / "tools/kustomize/go.sum").write_text("newer", encoding="utf-8")
    assert build() != first
    log = (project.parent / "log").read_text(encoding="utf-8").splitlines()
    assert len(log) == len(said) == 2
    assert all(line.endswith("sigs.k8s.io/kustomize/kustomize/v5") for line in log)


def test_a_failing_build_says_what_go_said_and_leaves_nothing(project: Path, cache: Path) -> None:
    (project / "tools/kustomize/broken").touch()
    build = builder(project, cache, lambda _: None)
    assert build is not None
    with pytest.raises(UpstreamError, match="kustomize does not build\ngo: no such module"):
        build()
    assert not (cache / "bin").exists()


def test_without_go_there_is_nothing_to_build_with(
    project: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert builder(project, cache, lambda _: None) is None
