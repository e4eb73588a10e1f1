"""The renderer on PATH is taken when recent enough; otherwise the message says what was found."""

from pathlib import Path

import pytest

from upstream.errors import UpstreamError
from upstream.renderer import Renderer, Version, find_renderer, read_version

WANTED = (
    "rendering needs kustomize 5.4.3 or kubectl 1.32, or newer, on PATH, or Go to build kustomize; "
)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH; programs are shell scripts that print their version."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def _script(path: Path, answer: str) -> Path:
    path.write_text(f"#!/bin/sh\necho '{answer}'\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def _kubectl(version: str) -> str:
    return f'{{"clientVersion": {{"gitVersion": "{version}"}}, "kustomizeVersion": "v5.5.0"}}'


@pytest.mark.parametrize(
    ("answer", "version"),
    [
        ("v5.7.1", (5, 7, 1)),
        ("5.4.3\n", (5, 4, 3)),
        ("{Version:kustomize/v4.5.7 GitCommit:1 BuildDate:x}", (4, 5, 7)),
        (_kubectl("v1.32.4-dispatcher"), (1, 32, 4)),
        (_kubectl("v1.33.0-eks-1-33-4"), (1, 33, 0)),
        ("(devel)", None),
        ("", None),
    ],
)
def test_versions_are_read_as_the_programs_print_them(answer: str, version: Version | None) -> None:
    assert read_version(answer) == version


def test_kustomize_comes_before_kubectl(programs: Path) -> None:
    kubectl = _script(programs / "kubectl", _kubectl("v1.32.0"))
    assert find_renderer(None) == Renderer(command=(str(kubectl), "kustomize"))
    kustomize = _script(programs / "kustomize", "v5.4.3")
    assert find_renderer(None) == Renderer(command=(str(kustomize), "build"))


def test_without_any_the_message_names_both_and_their_versions(programs: Path) -> None:
    assert list(programs.iterdir()) == []
    with pytest.raises(UpstreamError) as error:
        find_renderer(None)
    assert str(error.value) == f"{WANTED}none of them was found"


def test_too_old_ones_are_listed_with_what_they_are(programs: Path) -> None:
    kustomize = _script(programs / "kustomize", "v5.4.2")
    kubectl = _script(programs / "kubectl", _kubectl("v1.31.9"))
    with pytest.raises(UpstreamError) as error:
        find_renderer(None)
    assert str(error.value) == f"{WANTED}{kustomize} is 5.4.2; {kubectl} is 1.31.9"


def test_one_that_does_not_tell_its_version_is_not_trusted(programs: Path) -> None:
    broken = _script(programs / "kubectl", "{not json")
    with pytest.raises(UpstreamError) as error:
        find_renderer(None)
    assert str(error.value) == f"{WANTED}{broken} is of unknown version"


def test_what_is_built_here_is_taken_without_asking(programs: Path) -> None:
    built = programs / "built"
    assert find_renderer(lambda: built) == Renderer(command=(str(built), "build"))
