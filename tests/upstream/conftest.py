"""Real releases, rendered once per machine through the product's own door."""

from pathlib import Path

import pytest

from upstream.load import load_release
from upstream.model import Release
from upstream.pins import known_releases, release_map

ROOT = Path(__file__).parents[2]


def _quiet(_: str) -> None:
    """Nobody listens to a test's downloads."""


@pytest.fixture(scope="session")
def project() -> Path:
    """The folder that mirrors are looked for from."""
    return ROOT


@pytest.fixture(scope="session", params=known_releases())
def any_release(request: pytest.FixtureRequest) -> Release:
    """Every release in turn, with every component."""
    return rendered(str(request.param))


@pytest.fixture(scope="session")
def release() -> Release:
    """Kubeflow 26.03 with every component."""
    return rendered("26.03")


def rendered(name: str) -> Release:
    """All of a release, as the program has it."""
    every = release_map(name).components
    return load_release(name, every, mirror=None, project=ROOT, tell=_quiet)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the test's own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("KUBEFLOW_STACK_CACHE", str(folder))
    return folder
