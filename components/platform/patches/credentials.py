"""The secrets that upstream ships to everybody, replaced by this stack's own. Pure."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

import yaml

from components.platform.credentials import Credentials
from components.platform.patches.model import Json, Patch, Selector, with_containers

SOURCE = "kubeflow.md, section 3: defaults to replace"


def credential_patches(own: Credentials, admin_email: str) -> tuple[Patch, ...]:
    """One patch per default secret; both copies of a shared one get the same value."""

    def secret(name: str, place: tuple[str, str, str], why: str, **values: Any) -> Patch:
        component, namespace, pattern = place
        return Patch(
            name=name,
            component=component,
            selector=Selector(kind="Secret", namespace=namespace, name=pattern),
            why=why,
            source=SOURCE,
            change=_string_data(**values),
        )

    return (
        secret(
            "dex-admin-password",
            ("dex", "auth", "dex-passwords"),
            "upstream's is the hash of 12341234",
            DEX_USER_PASSWORD=own.admin_password_bcrypt,
        ),
        Patch(
            name="dex-admin-address",
            component="dex",
            selector=Selector(kind="ConfigMap", namespace="auth", name="dex"),
            why="upstream's first admin is nobody's address",
            source=SOURCE,
            change=lambda body: _first_admin(body, admin_email),
        ),
        secret(
            "dex-client-secret",
            ("dex", "auth", "dex-oidc-client"),
            "upstream's client secret is public",
            OIDC_CLIENT_SECRET=own.oidc_client_secret,
        ),
        secret(
            "oauth2-proxy-secrets",
            ("oauth2-proxy", "oauth2-proxy", "oauth2-proxy-[a-z0-9]{10}"),
            "the same client secret, and a cookie secret that is not public",
            **{"client-secret": own.oidc_client_secret, "cookie-secret": own.cookie_secret},
        ),
        secret(
            "object-store-secret",
            ("pipelines", "kubeflow", "mlpipeline-minio-artifact"),
            "upstream's is minio123",
            secretkey=own.object_store_secret,
        ),
        secret(
            "mysql-password",
            ("pipelines", "kubeflow", "mysql-secret"),
            "upstream's is empty",
            password=own.mysql_password,
        ),
        Patch(
            name="mysql-root",
            component="pipelines",
            selector=Selector(kind="Deployment", namespace="kubeflow", name="mysql"),
            why="root password instead of none, and a readiness gate",
            source=SOURCE,
            change=_mysql,
        ),
        secret(
            "katib-mysql-password",
            ("katib", "kubeflow", "katib-mysql-secrets"),
            "upstream's is test",
            MYSQL_ROOT_PASSWORD=own.katib_mysql_password,
        ),
        Patch(
            name="katib-mysql-root",
            component="katib",
            selector=Selector(kind="Deployment", namespace="kubeflow", name="katib-mysql"),
            why="it would start with no root password where its Secret had none",
            source=SOURCE,
            change=lambda body: with_containers(body, _without_empty_password),
        ),
        # Database and server read the same Secret: there is no second copy to keep equal.
        secret(
            "model-registry-password",
            ("model-registry", "kubeflow", "model-registry-db-secrets"),
            "upstream's is test",
            POSTGRES_PASSWORD=own.model_registry_password,
        ),
        secret(
            "model-catalog-password",
            ("model-registry", "kubeflow", "model-catalog-postgres"),
            "upstream's is postgres",
            POSTGRES_PASSWORD=own.model_catalog_password,
        ),
        Patch(
            name="model-catalog-hugging-face",
            component="model-registry",
            selector=Selector(kind="Secret", namespace="kubeflow", name="model-catalog-hf-api-key"),
            why="a placeholder would be sent as a key; the key is optional to the catalog",
            source=SOURCE,
            change=lambda body: {key: value for key, value in body.items() if key != "data"},
        ),
    )


def _string_data(**values: Any) -> Callable[[Json], Json]:
    """Set keys of a Secret in clear text, dropping upstream's encoded ones of the same name."""

    def change(body: Json) -> Json:
        data = {key: value for key, value in body.get("data", {}).items() if key not in values}
        merged = {**body, "stringData": {**body.get("stringData", {}), **values}, "data": data}
        return merged if data else {name: value for name, value in merged.items() if name != "data"}

    return change


def _first_admin(body: Json, email: str) -> Json:
    config = yaml.safe_load(body["data"]["config.yaml"])
    config["logger"]["level"] = "info"
    config["staticPasswords"] = [
        {
            "email": email,
            "hashFromEnv": "DEX_USER_PASSWORD",
            "username": email.partition("@")[0],
            # Dex keys sessions by it: the same address must give the same id on every run.
            "userID": str(uuid.uuid5(uuid.NAMESPACE_URL, f"mailto:{email}")),
        }
    ]
    text = yaml.safe_dump(config, sort_keys=False)
    return {**body, "data": {**body["data"], "config.yaml": text}}


def _mysql(body: Json) -> Json:
    def change(container: Json) -> Json:
        return _mysqld(container) if container["name"] == "mysql" else container

    return with_containers(body, change)


def _mysqld(container: Mapping[str, Any]) -> Json:
    strict = _without_empty_password(container)
    password = {
        "name": "MYSQL_ROOT_PASSWORD",
        "valueFrom": {"secretKeyRef": {"name": "mysql-secret", "key": "password"}},
    }
    # During its first start mysqld listens on a socket only: the port opens when it is ready.
    probe = {"tcpSocket": {"port": 3306}, "periodSeconds": 5}
    return {**strict, "env": [*strict["env"], password], "readinessProbe": probe}


def _without_empty_password(container: Mapping[str, Any]) -> Json:
    kept = [
        variable
        for variable in container.get("env", [])
        if variable["name"] != "MYSQL_ALLOW_EMPTY_PASSWORD"
    ]
    return {**container, "env": kept}
