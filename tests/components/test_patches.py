"""No default of upstream's survives, and a patch that finds nothing is an error."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.platform.patches.credentials import credential_patches
from components.platform.patches.model import PatchMissedError, apply_patches
from components.platform.patches.storage import storage_patches
from components.platform.patches.table import platform_patches
from tests.components.conftest import ARGS
from upstream.load import load_release
from upstream.model import Obj, Release
from upstream.pins import release_map

# What everybody knows: Dex's bcrypt of 12341234, the shared client and cookie secrets, minio's.
KNOWN_SECRETS = (
    "$2y$12$4K/VkmDd1q1Orb3xAt82zu8gk7Ad6ReFR4LCP9UeYE90NLiN9Df72",
    "pUBnBOY80SnXgjibTYM9ZWNzY2xreNGQok",
    "7d16fee92f8d11b8940b081b3f8b8acb",
    "minio123",
    "user@example.com",
)
PATCHES = platform_patches(ARGS)


@pytest.fixture(scope="module")
def release() -> Release:
    root = Path(__file__).parent.parent.parent
    every = release_map("26.03").components
    return load_release("26.03", every, mirror=None, project=root, tell=lambda _: None)


@pytest.fixture(scope="module")
def objects(release: Release) -> dict[str, Obj]:
    return {f"{o.kind} {o.namespace}/{o.name}": o for o in apply_patches(release.objects, PATCHES)}


def texts(value: Any) -> Iterator[str]:
    """Every string of a body, and what it says when it is base64."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str):
        yield value


def decoded(obj: Obj) -> str:
    data = obj.body.get("data", {}) if obj.kind == "Secret" else {}
    clear = [base64.b64decode(value).decode() for value in data.values()]
    return "\n".join([*texts(obj.body), *clear])


@pytest.mark.parametrize("secret", KNOWN_SECRETS)
def test_a_known_default_is_in_the_release_and_gone_after_the_patches(
    release: Release, objects: dict[str, Obj], secret: str
) -> None:
    assert any(secret in decoded(obj) for obj in release.objects)
    assert [name for name, obj in objects.items() if secret in decoded(obj)] == []


def test_dex_and_oauth2_proxy_share_one_client_secret(objects: dict[str, Obj]) -> None:
    dex = objects["Secret auth/dex-oidc-client"].body
    proxy = next(o for n, o in objects.items() if n.startswith("Secret oauth2-proxy/")).body
    assert dex["stringData"] == {"OIDC_CLIENT_SECRET": "client-secret-of-this-stack"}
    assert list(dex["data"]) == ["OIDC_CLIENT_ID"]
    assert proxy["stringData"] == {
        "client-secret": "client-secret-of-this-stack",
        "cookie-secret": "cookie-secret-of-this-stack",
    }


def test_the_first_admin_is_the_one_in_the_settings(objects: dict[str, Obj]) -> None:
    config = yaml.safe_load(objects["ConfigMap auth/dex"].body["data"]["config.yaml"])
    (admin,) = config["staticPasswords"]
    assert admin["email"] == "ada@lovelace.test"
    assert admin["username"] == "ada"
    assert admin["hashFromEnv"] == "DEX_USER_PASSWORD"
    assert objects["Secret auth/dex-passwords"].body["stringData"] == {
        "DEX_USER_PASSWORD": "$2b$hash"
    }


def test_mysql_has_a_root_password_and_a_readiness_gate(objects: dict[str, Obj]) -> None:
    (container,) = objects["Deployment kubeflow/mysql"].body["spec"]["template"]["spec"][
        "containers"
    ]
    assert [env["name"] for env in container["env"]] == ["MYSQL_ROOT_PASSWORD"]
    assert container["readinessProbe"]["tcpSocket"] == {"port": 3306}
    assert objects["Secret kubeflow/mysql-secret"].body["stringData"]["password"] == (
        "mysql-password-of-this-stack"
    )


def test_every_claim_says_its_storage_class(objects: dict[str, Obj]) -> None:
    claims = [obj for obj in objects.values() if obj.kind == "PersistentVolumeClaim"]
    assert {claim.body["spec"]["storageClassName"] for claim in claims} == {"fast"}
    assert len(claims) == 5


def test_credentials_and_storage_touch_nothing_else(release: Release) -> None:
    patches = (
        *credential_patches(ARGS.credentials, ARGS.admin_email),
        *storage_patches(ARGS.storage_class),
    )
    patched = apply_patches(release.objects, patches)
    pairs = zip(release.objects, patched, strict=True)
    changed = [obj for before, obj in pairs if json.dumps(obj.body) != json.dumps(before.body)]
    assert len(changed) == 12


def test_a_patch_without_effect_is_an_error(release: Release) -> None:
    without = [obj for obj in release.objects if obj.name != "mysql-secret"]
    with pytest.raises(PatchMissedError, match=r"'mysql-password' .* found no Secret kubeflow/"):
        apply_patches(without, PATCHES)
