"""What upstream's manifests must not keep, as a table of named patches. Pure.

A patch that finds nothing to change is an error: upstream moved, and a default would survive.
Source of the rows: shared/facts/kubeflow.md, "Defaults to replace".
"""

import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pulumi
import yaml

from components.platform.credentials import Credentials
from upstream.model import Obj

Json = dict[str, Any]


class PatchMissedError(pulumi.RunError):
    """A patch matched no rendered object."""


@dataclass(frozen=True, kw_only=True)
class PatchArgs:
    """What the patches put in place of upstream's defaults."""

    credentials: Credentials
    admin_email: str
    storage_class: str


@dataclass(frozen=True)
class Patch:
    """One change to the objects `kind namespace/name`, name being a regular expression."""

    kind: str
    namespace: str
    name: str
    reason: str
    change: Callable[[Json], Json]

    def matches(self, obj: Obj) -> bool:
        """Whether this patch is about the object."""
        return (obj.kind, obj.namespace) == (self.kind, self.namespace) and bool(
            re.fullmatch(self.name, obj.name)
        )


def patched(objs: Iterable[Obj], args: PatchArgs) -> tuple[Obj, ...]:
    """The objects with every patch applied; raises `PatchMissedError` for one without effect."""
    result = list(objs)
    for patch in _table(args):
        hits = [place for place, obj in enumerate(result) if patch.matches(obj)]
        if not hits:
            raise PatchMissedError(
                f"patch '{patch.reason}' found no {patch.kind} {patch.namespace}/{patch.name}"
            )
        for place in hits:
            obj = result[place]
            result[place] = replace(obj, body=patch.change(dict(obj.body)))
    return tuple(result)


def _table(args: PatchArgs) -> tuple[Patch, ...]:
    own = args.credentials
    return (
        Patch(
            "Secret",
            "auth",
            "dex-passwords",
            "first admin's password",
            _string_data(DEX_USER_PASSWORD=own.admin_password_bcrypt),
        ),
        Patch(
            "ConfigMap",
            "auth",
            "dex",
            "first admin's address",
            lambda body: _first_admin(body, args.admin_email),
        ),
        Patch(
            "Secret",
            "auth",
            "dex-oidc-client",
            "client secret known to Dex",
            _string_data(OIDC_CLIENT_SECRET=own.oidc_client_secret),
        ),
        Patch(
            "Secret",
            "oauth2-proxy",
            "oauth2-proxy-[a-z0-9]{10}",
            "the same client secret, and a cookie secret",
            _string_data(
                **{
                    "client-secret": own.oidc_client_secret,
                    "cookie-secret": own.cookie_secret,
                }
            ),
        ),
        Patch(
            "Secret",
            "kubeflow",
            "mlpipeline-minio-artifact",
            "object store's secret key",
            _string_data(secretkey=own.object_store_secret),
        ),
        Patch(
            "Secret",
            "kubeflow",
            "mysql-secret",
            "database password",
            _string_data(password=own.mysql_password),
        ),
        Patch(
            "Deployment",
            "kubeflow",
            "mysql",
            "root password instead of none, and a readiness gate",
            _mysql,
        ),
        Patch(
            "PersistentVolumeClaim",
            "kubeflow",
            ".*",
            "storage class said, not guessed",
            lambda body: _with_spec(body, storageClassName=args.storage_class),
        ),
    )


def _string_data(**values: Any) -> Callable[[Json], Json]:
    """Set keys of a Secret in clear text, dropping upstream's encoded ones of the same name."""

    def change(body: Json) -> Json:
        data = {key: value for key, value in body.get("data", {}).items() if key not in values}
        merged = {**body, "stringData": {**body.get("stringData", {}), **values}, "data": data}
        return merged if data else _without(merged, "data")

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
    spec = body["spec"]
    pod = spec["template"]["spec"]
    containers = [
        _mysqld(container) if container["name"] == "mysql" else container
        for container in pod["containers"]
    ]
    template = {**spec["template"], "spec": {**pod, "containers": containers}}
    return _with_spec(body, template=template)


def _mysqld(container: Mapping[str, Any]) -> Json:
    kept = [env for env in container["env"] if env["name"] != "MYSQL_ALLOW_EMPTY_PASSWORD"]
    password = {
        "name": "MYSQL_ROOT_PASSWORD",
        "valueFrom": {"secretKeyRef": {"name": "mysql-secret", "key": "password"}},
    }
    # During its first start mysqld listens on a socket only: the port opens when it is ready.
    probe = {"tcpSocket": {"port": 3306}, "periodSeconds": 5}
    return {**container, "env": [*kept, password], "readinessProbe": probe}


def _with_spec(body: Json, **fields: Any) -> Json:
    return {**body, "spec": {**body["spec"], **fields}}


def _without(body: Json, key: str) -> Json:
    return {name: value for name, value in body.items() if name != key}
