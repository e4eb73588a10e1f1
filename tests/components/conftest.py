"""Real releases with every component, as upstream has them and as the platform has them."""

from pathlib import Path

import pytest

from components.platform.credentials import Credentials
from components.platform.patches.model import apply_patches
from components.platform.patches.table import PatchArgs, platform_patches
from upstream.load import load_release
from upstream.model import Obj, Release
from upstream.pins import known_releases, release_map

ROOT = Path(__file__).parents[2]
ARGS = PatchArgs(
    credentials=Credentials(
        admin_password="clear",
        admin_password_bcrypt="$2b$hash",
        oidc_client_secret="client-secret-of-this-stack",
        cookie_secret="cookie-secret-of-this-stack",
        object_store_secret="store-secret-of-this-stack",
        mysql_password="mysql-password-of-this-stack",
    ),
    admin_email="ada@lovelace.test",
    storage_class="fast",
    is_highly_available=False,
)


@pytest.fixture(scope="session", params=known_releases())
def upstreams(request: pytest.FixtureRequest) -> Release:
    """Every release in turn, as upstream has it."""
    every = release_map(request.param).components
    return load_release(request.param, every, mirror=None, project=ROOT, tell=lambda _: None)


@pytest.fixture(scope="session")
def patched(upstreams: Release) -> tuple[Obj, ...]:
    """The same release after every patch."""
    return apply_patches(upstreams.objects, platform_patches(ARGS))
