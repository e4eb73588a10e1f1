"""What cannot work is said in one clear error, and nothing is changed."""

import io
import tarfile
from pathlib import Path

import pytest

from tests.e2e.conftest import Project, linked_project

RELEASE = "github.com/kubeflow/manifests/archive/refs/tags/26.03.tar.gz"


@pytest.fixture
def fresh(tmp_path: Path) -> Project:
    """A project that has never run, for a cache that is empty."""
    (tmp_path / "project").mkdir()
    return linked_project(tmp_path / "project", "refused")


def refusal(project: Project, cache: Path, **environment: str) -> str:
    done = project.run("preview", KUBEFLOW_STACK_CACHE=str(cache), **environment)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    assert done.stderr.count("error:") == 1
    assert not list(cache.glob("releases/*"))
    assert not list(cache.glob("rehearsals/*/state.json"))
    return " ".join(done.stderr.split())


def mirror_with(folder: Path, content: bytes) -> str:
    place = folder / RELEASE
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    return str(folder)


def archive(name: str, text: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = len(text)
        tar.addfile(entry, io.BytesIO(text))
    return packed.getvalue()


def test_an_unknown_setting(fresh: Project, tmp_path: Path) -> None:
    fresh.configure(kubeflwo={})
    said = refusal(fresh, tmp_path / "cache")
    assert "kubeflwo: unknown setting; did you mean kubeflow?" in said


def test_an_unreachable_mirror(fresh: Project, tmp_path: Path) -> None:
    said = refusal(fresh, tmp_path / "cache", KUBEFLOW_MIRROR="http://127.0.0.1:1/mirror")
    assert "http://127.0.0.1:1/mirror" in said
    assert "KUBEFLOW_MIRROR" in said


def test_a_wrong_digest(fresh: Project, tmp_path: Path) -> None:
    mirror = mirror_with(tmp_path / "mirror", archive("manifests-26.03/README", b"not it"))
    said = refusal(fresh, tmp_path / "cache", KUBEFLOW_MIRROR=mirror)
    assert "383e696c7f5e4a9a5cecffa3c3b80c481f12b4d89daa9a6da133365c24938f93" in said


def test_a_truncated_archive(fresh: Project, tmp_path: Path) -> None:
    whole = archive("manifests-26.03/README", bytes(range(256)) * 100)
    mirror = mirror_with(tmp_path / "mirror", whole[: len(whole) // 2])
    said = refusal(fresh, tmp_path / "cache", KUBEFLOW_MIRROR=mirror)
    assert RELEASE in said


def test_no_kustomize_and_no_go(fresh: Project, tmp_path: Path) -> None:
    empty = tmp_path / "bin"
    empty.mkdir()
    said = refusal(fresh, tmp_path / "cache", PATH=str(empty))
    assert "kustomize" in said
    assert "kubectl" in said


def test_an_unknown_stack(fresh: Project, tmp_path: Path) -> None:
    done = Project(fresh.root, "nowhere").run("preview", KUBEFLOW_STACK_CACHE=str(tmp_path / "c"))
    assert done.returncode == 1
    assert "there is no stack 'nowhere'; stacks/ has refused" in done.stderr
