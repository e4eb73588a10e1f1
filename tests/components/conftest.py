"""Real releases with every component, as upstream has them and as the platform has them."""

from pathlib import Path

import pytest

from components.platform.credentials import Credentials
from components.platform.patches.model import apply_patches
from components.platform.patches.table import PatchArgs, platform_patches
from components.platform.stores import Stores
from plan.monitoring import MonitoringPlan, Watched
from upstream.load import load_release
from upstream.model import Obj, Release
from upstream.pins import known_releases, release_map

ROOT = Path(__file__).parents[2]
MONITORING = MonitoringPlan(
    mode="managed", retention_days=15, storage_gib=20, namespace="monitoring", labels={}
)
ARGS = PatchArgs(
    components=tuple(release_map("26.03").components),
    existing=(),
    kserve_mode="Serverless",
    own=(),
    credentials=Credentials(
        admin_password="clear",
        admin_password_bcrypt="$2b$hash",
        oidc_client_secret="client-secret-of-this-stack",
        cookie_secret="cookie-secret-of-this-stack",
        object_store_secret="store-secret-of-this-stack",
        mysql_password="mysql-password-of-this-stack",
        katib_mysql_password="katib-password-of-this-stack",
        model_registry_password="registry-password-of-this-stack",
        model_catalog_password="catalog-password-of-this-stack",
        grafana_password="grafana-password-of-this-stack",
    ),
    stores=Stores(objects=None, database=None),
    ingress=None,
    admin_email="ada@lovelace.test",
    storage_class="fast",
    node_ports={},
    load_balancer=None,
    is_highly_available=False,
    pools=(),
    idle_notebook_minutes=None,
    monitoring=MONITORING,
    alert_secrets={},
    watched=Watched(),
)


@pytest.fixture(scope="session", params=known_releases())
def release(request: pytest.FixtureRequest) -> Release:
    """Every release in turn, as the program has it before the patches."""
    name = str(request.param)
    every = release_map(name).components
    return load_release(name, every, mirror=None, project=ROOT, tell=lambda _: None)


@pytest.fixture(scope="session")
def patched(release: Release) -> tuple[Obj, ...]:
    """The same release after every patch."""
    return apply_patches(release.objects, platform_patches(ARGS))
