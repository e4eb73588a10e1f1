"""Real releases, rendered once per machine through the product's own door."""

from pathlib import Path

import pytest

from upstream.cache import cache_dir
from upstream.documents import read_yaml
from upstream.kustomize import builder
from upstream.load import load_map, load_release
from upstream.mirror import find_mirror
from upstream.model import Release
from upstream.pins import ReleaseMap, parse_release

ROOT = Path(__file__).parents[2]


def _quiet(_: str) -> None:
    """Nobody listens to a test's downloads."""


@pytest.fixture(scope="session")
def project() -> Path:
    """The folder that mirrors are looked for from."""
    return ROOT


@pytest.fixture(scope="session")
def release() -> Release:
    """Kubeflow 26.03 as the program has it."""
    return load_release("26.03", mirror=None, project=ROOT, tell=_quiet)


@pytest.fixture(scope="session")
def example_map() -> ReleaseMap:
    """All of 26.03's `example`, with components that the release file does not have yet."""
    file = Path(__file__).with_name("example-26.03.yaml")
    return parse_release(read_yaml(file.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def example(example_map: ReleaseMap) -> Release:
    """All of 26.03's `example`, rendered."""
    return load_map(
        example_map, find_mirror(None, ROOT), _quiet, builder(ROOT, cache_dir(), _quiet)
    )


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the test's own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("KUBEFLOW_STACK_CACHE", str(folder))
    return folder
