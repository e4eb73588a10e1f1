"""Records in a MySQL server outside the cluster: everybody is told, and the ones on it go. Pure."""

from functools import partial

from components.platform.credentials import Text
from components.platform.patches.model import Json, Patch, Removal, Selector, with_data, with_env
from components.platform.stores import Database

SOURCE = "docs/stores.md; upstream's katib-external-db and model-registry's overlays/db"
# Users, each owning its databases alone: docs/stores.md has the statements that make them.
PIPELINES_USER = "pipelines"
KATIB_USER, KATIB_DATABASE = "katib", "katib"
KATIB_SECRET, KATIB_HOST_KEY = "katib-mysql-secrets", "MYSQL_HOST"
# Not in the pod itself: of a pod with a value that only `up` tells, nothing could be judged before.
KATIB_HOST = {"secretKeyRef": {"name": KATIB_SECRET, "key": KATIB_HOST_KEY}}
REGISTRY_USER, REGISTRY_DATABASE = "model_registry", "model_registry"
REGISTRY_DSN = (
    "$(POSTGRES_USER):$(POSTGRES_PASSWORD)@tcp($(POSTGRES_HOST):$(POSTGRES_PORT))"
    "/$(POSTGRES_DB)?charset=utf8mb4"
)
GONE = (
    ("pipelines", "Deployment", "mysql"),
    ("pipelines", "Service", "mysql"),
    ("pipelines", "ServiceAccount", "mysql"),
    ("pipelines", "PersistentVolumeClaim", "mysql-pv-claim"),
    ("pipelines", "AuthorizationPolicy", "mysql"),
    ("pipelines", "DestinationRule", "ml-pipeline-mysql"),
    ("katib", "Deployment", "katib-mysql"),
    ("katib", "Service", "katib-mysql"),
    ("katib", "PersistentVolumeClaim", "katib-mysql"),
    ("model-registry", "Deployment", "model-registry-db"),
    ("model-registry", "Service", "model-registry-db"),
    ("model-registry", "PersistentVolumeClaim", "metadata-postgres"),
)


def database_removals() -> tuple[Removal, ...]:
    """The servers on the cluster and what leads to them.

    The model catalog's stays: it holds what the catalog reads from its sources, and no one's work.
    """
    return tuple(
        Removal(
            name=f"records outside: no {kind} {name}",
            component=component,
            selector=Selector(kind=kind, namespace="kubeflow", name=name),
            why="records are in a server outside",
            source=SOURCE,
        )
        for component, kind, name in GONE
    )


def database_patches(database: Database) -> tuple[Patch, ...]:
    """What KFP, its cache, ML Metadata, Katib and the model registry are told."""
    host, port = database.host, str(database.port)
    rows = (
        ("pipelines", "Secret", "mysql-secret", partial(_said, "username", PIPELINES_USER)),
        (
            "pipelines",
            "ConfigMap",
            "pipeline-install-config",
            partial(
                with_data, {"dbHost": host, "mysqlHost": host, "dbPort": port, "mysqlPort": port}
            ),
        ),
        ("katib", "Secret", KATIB_SECRET, partial(_said, KATIB_HOST_KEY, host)),
        (
            "katib",
            "Deployment",
            "katib-db-manager",
            partial(
                with_env,
                {
                    "DB_USER": KATIB_USER,
                    "KATIB_MYSQL_DB_HOST": KATIB_HOST,
                    "KATIB_MYSQL_DB_PORT": port,
                    "KATIB_MYSQL_DB_DATABASE": KATIB_DATABASE,
                },
            ),
        ),
        (
            "model-registry",
            "Secret",
            "model-registry-db-secrets",
            partial(_said, "POSTGRES_USER", REGISTRY_USER),
        ),
        (
            "model-registry",
            "ConfigMap",
            "model-registry-db-parameters",
            partial(
                with_data,
                {"POSTGRES_HOST": host, "POSTGRES_PORT": port, "POSTGRES_DB": REGISTRY_DATABASE},
            ),
        ),
        ("model-registry", "Deployment", "model-registry-deployment", partial(_registry, port)),
    )
    return tuple(
        Patch(
            name=f"database-{kind}-{name}",
            component=component,
            selector=Selector(kind=kind, namespace="kubeflow", name=name),
            why=f"{component} keeps its records in a server outside, as a user of its own",
            source=SOURCE,
            change=change,
        )
        for component, kind, name, change in rows
    )


def _said(key: str, text: Text, body: Json) -> Json:
    encoded = {name: value for name, value in body.get("data", {}).items() if name != key}
    kept = {name: value for name, value in body.items() if name != "data"}
    data = {"data": encoded} if encoded else {}
    return {**kept, **data, "stringData": {**body["stringData"], key: text}}


def _registry(port: str, body: Json) -> Json:
    """MySQL instead of upstream's PostgreSQL, in a DSN of that driver."""
    template = body["spec"]["template"]
    (container,) = template["spec"]["containers"]
    kept = [arg for arg in container["args"] if not arg.startswith("--embedmd-database-")]
    args = [
        *kept,
        "--embedmd-database-type=mysql",
        f"--embedmd-database-dsn={REGISTRY_DSN}",
    ]
    noted = {
        **template["metadata"]["annotations"],
        "traffic.sidecar.istio.io/excludeOutboundPorts": port,
    }
    changed = {
        "metadata": {**template["metadata"], "annotations": noted},
        "spec": {**template["spec"], "containers": [{**container, "args": args}]},
    }
    return {**body, "spec": {**body["spec"], "template": changed}}
