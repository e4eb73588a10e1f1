"""No default of upstream's survives, and a patch that finds nothing is an error."""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import yaml

from components.platform.patches.credentials import credential_patches
from components.platform.patches.model import PatchMissedError, apply_patches
from components.platform.patches.storage import storage_patches
from components.platform.patches.table import platform_patches
from tests.components.conftest import ARGS
from upstream.inventory import pod_template
from upstream.model import Obj, Release

# What everybody knows, wherever it stands: Dex's bcrypt of 12341234, the shared client and cookie
# secrets, minio's, a placeholder, the first admin, and the switch for no password at all.
KNOWN_TEXTS = (
    "$2y$12$4K/VkmDd1q1Orb3xAt82zu8gk7Ad6ReFR4LCP9UeYE90NLiN9Df72",
    "pUBnBOY80SnXgjibTYM9ZWNzY2xreNGQok",
    "7d16fee92f8d11b8940b081b3f8b8acb",
    "minio123",
    "your-huggingface-api-key-here",
    "user@example.com",
    "MYSQL_ALLOW_EMPTY_PASSWORD",
)
# Too short to be looked for everywhere: as the whole value of a Secret's password.
KNOWN_PASSWORDS = ("", "test", "postgres")
NOT_IN_THIS_RELEASE = ("12341234", "demo", "password")
# What upstream's Secrets may still say after the patches: names, not secrets.
NAMES = {
    "Secret auth/dex-oidc-client": {"OIDC_CLIENT_ID": "kubeflow-oidc-authservice"},
    "Secret oauth2-proxy/oauth2-proxy": {"client-id": "kubeflow-oidc-authservice"},
    "Secret kubeflow/mlpipeline-minio-artifact": {"accesskey": "minio"},
    "Secret kubeflow/mysql-secret": {"username": "root"},
    "Secret kubeflow/model-registry-db-secrets": {"POSTGRES_USER": "root"},
    "Secret kubeflow/model-catalog-postgres": {"POSTGRES_USER": "postgres"},
}
# Configurations that upstream keeps in Secrets; what they say is judged as a ConfigMap's is.
CONFIGURATIONS = {
    "Secret monitoring/alertmanager-main",
    "Secret monitoring/grafana-config",
    "Secret monitoring/grafana-datasources",
}
SECRET_NAME = re.compile(r"PASSW|SECRET|TOKEN|CREDENTIAL|(ACCESS|API|PRIVATE)_?KEY", re.IGNORECASE)
# Literals whose names sound like secrets.
HARMLESS = {"SECRET_NAME", "ENABLE_SECRET_INFORMER_FILTERING_BY_CERT_UID"}
PATCHES = platform_patches(ARGS)


GIVEN = {value for name, value in vars(ARGS.credentials).items() if name != "admin_password"}


@pytest.fixture(scope="module")
def objects(release: Release) -> dict[str, Obj]:
    return named(apply_patches(release.objects, PATCHES))


def named(objs: Iterable[Obj]) -> dict[str, Obj]:
    return {f"{o.kind} {o.namespace}/{o.name}": o for o in objs}


def texts(value: Any) -> Iterator[str]:
    """Every string of a body, names of fields too."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str):
        yield value


def said(obj: Obj) -> dict[str, str]:
    """What a Secret holds, in clear text; nothing of other objects."""
    if obj.kind != "Secret":
        return {}
    data = {key: base64.b64decode(v).decode() for key, v in obj.body.get("data", {}).items()}
    return {**data, **obj.body.get("stringData", {})}


def decoded(obj: Obj) -> str:
    return "\n".join([*texts(obj.body), *said(obj).values()])


def with_password(objs: Iterable[Obj], password: str) -> list[str]:
    return [
        f"{obj.name}.{key}"
        for obj in objs
        for key, value in said(obj).items()
        if value == password and not key.upper().endswith(("USER", "USERNAME", "ID"))
    ]


@pytest.mark.parametrize("secret", KNOWN_TEXTS)
def test_a_known_default_is_in_the_release_and_gone_after_the_patches(
    release: Release, objects: dict[str, Obj], secret: str
) -> None:
    assert any(secret in decoded(obj) for obj in release.objects)
    assert [name for name, obj in objects.items() if secret in decoded(obj)] == []


@pytest.mark.parametrize("password", KNOWN_PASSWORDS)
def test_a_known_password_is_in_the_release_and_gone_after_the_patches(
    release: Release, objects: dict[str, Obj], password: str
) -> None:
    assert with_password(release.objects, password)
    assert with_password(objects.values(), password) == []


@pytest.mark.parametrize("password", NOT_IN_THIS_RELEASE)
def test_a_default_of_other_overlays_does_not_come_back(release: Release, password: str) -> None:
    assert with_password(release.objects, password) == []


def test_no_secret_of_upstream_holds_anything_but_names(objects: dict[str, Obj]) -> None:
    """Finds the default that a later release adds: whatever is not ours is written down here."""
    left = {
        re.sub("-[a-z0-9]{10}$", "", name): theirs
        for name, obj in objects.items()
        if name not in CONFIGURATIONS
        if (theirs := {key: value for key, value in said(obj).items() if value not in GIVEN})
    }
    assert left == NAMES


def test_no_container_has_a_secret_as_a_literal(objects: dict[str, Obj]) -> None:
    literals = [
        f"{name} {variable['name']}"
        for name, obj in objects.items()
        if (pod := pod_template(obj))
        for container in (*pod["spec"].get("initContainers", ()), *pod["spec"]["containers"])
        for variable in container.get("env") or ()
        if "value" in variable and SECRET_NAME.search(variable["name"])
    ]
    assert [line for line in literals if line.split()[-1] not in HARMLESS] == []


def test_no_configuration_has_a_password_or_a_hash_in_it(objects: dict[str, Obj]) -> None:
    told = re.compile(r"""passw(or)?d["']?\s*[:=]\s*["']?[\w$]|\$2[aby]\$|://[^/\s:$]+:[^/\s$]+@""")
    hits = [
        (name, line)
        for name, obj in objects.items()
        if obj.kind == "ConfigMap" or name in CONFIGURATIONS
        for text in (said(obj) or obj.body.get("data") or {}).values()
        for line in text.splitlines()
        if told.search(line)
    ]
    assert hits == []


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


def test_katib_and_the_registries_have_passwords_of_their_own(objects: dict[str, Obj]) -> None:
    given = {
        "katib-mysql-secrets": ("MYSQL_ROOT_PASSWORD", "katib-password-of-this-stack"),
        "model-registry-db-secrets": ("POSTGRES_PASSWORD", "registry-password-of-this-stack"),
        "model-catalog-postgres": ("POSTGRES_PASSWORD", "catalog-password-of-this-stack"),
    }
    for name, (key, password) in given.items():
        body = objects[f"Secret kubeflow/{name}"].body
        assert body["stringData"] == {key: password}
        assert key not in body.get("data", {})
    assert "data" not in objects["Secret kubeflow/model-catalog-hf-api-key"].body


def test_who_uses_a_database_reads_the_secret_that_the_database_reads(
    objects: dict[str, Obj],
) -> None:
    pairs = {
        "katib-mysql-secrets": ("Deployment katib-mysql", "Deployment katib-db-manager"),
        "model-registry-db-secrets": (
            "Deployment model-registry-db",
            "Deployment model-registry-deployment",
        ),
        "model-catalog-postgres": (
            "StatefulSet model-catalog-postgres",
            "Deployment model-catalog-server",
        ),
    }
    for secret, workloads in pairs.items():
        for workload in workloads:
            body = objects[workload.replace(" ", " kubeflow/")].body
            assert secret in set(texts(body["spec"]["template"]))


def test_every_claim_says_its_storage_class(objects: dict[str, Obj]) -> None:
    claims = [obj for obj in objects.values() if obj.kind == "PersistentVolumeClaim"]
    assert {claim.body["spec"]["storageClassName"] for claim in claims} == {"fast"}
    assert len(claims) == 5


def test_credentials_and_storage_touch_nothing_else(release: Release) -> None:
    patches = (
        *credential_patches(ARGS.credentials, ARGS.admin_email),
        *storage_patches(ARGS.storage_class),
    )
    pairs = zip(release.objects, apply_patches(release.objects, patches), strict=True)
    changed = [obj for before, obj in pairs if json.dumps(obj.body) != json.dumps(before.body)]
    assert len(changed) == 17


def test_a_patch_without_effect_is_an_error(release: Release) -> None:
    without = [obj for obj in release.objects if obj.name != "mysql-secret"]
    with pytest.raises(PatchMissedError, match=r"'mysql-password' .* found no Secret kubeflow/"):
        apply_patches(without, PATCHES)


def test_a_patch_that_changes_nothing_is_an_error_too(release: Release) -> None:
    patch, *_ = storage_patches("fast")
    once = apply_patches(release.objects, [patch])
    with pytest.raises(PatchMissedError, match=r"changes nothing: it is so without"):
        apply_patches(once, [patch])
    bound = replace(patch, may_hold_already=True)
    assert apply_patches(once, [bound]) == once
