"""Every release in turn, with every component, for the patches to be tried on."""

from pathlib import Path

import pytest

from upstream.load import load_release
from upstream.model import Release
from upstream.pins import known_releases, release_map

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session", params=known_releases())
def release(request: pytest.FixtureRequest) -> Release:
    """A release as the program has it before the patches."""
    name = str(request.param)
    every = release_map(name).components
    return load_release(name, every, mirror=None, project=ROOT, tell=lambda _: None)
