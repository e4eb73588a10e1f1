"""Where the platform's data is, and which secrets that asks for. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from plan.model import DatabasePlan, ObjectStorePlan, StoresPlan
from settings.stores import DatabaseSettings, ObjectStoreSettings, StoresSettings

ENDPOINTS = {"s3": "s3.{region}.amazonaws.com", "spaces": "{region}.digitaloceanspaces.com"}
MYSQL_PORT = 3306
MYSQL_ON_RDS = "8.4"  # as upstream's own server; 8.0 costs more since its support ended in 2026-07
OWN_SERVER = "a server of the stack's own"
ON_CLUSTER = "on the cluster, in volumes without a copy"
OBJECT_KEYS = ("objectStoreAccessKey", "objectStoreSecretKey")
# JSON: by team, the access key and the secret key of its own folder of a bucket the stack makes.
TEAM_KEYS = "objectStoreTeamKeys"
# Component -> the secret with the password of its own user on the server.
PASSWORDS: Mapping[str, str] = {
    "pipelines": "pipelinesDatabasePassword",
    "katib": "katibDatabasePassword",
    "model-registry": "registryDatabasePassword",
}


def decide_stores(
    said: StoresSettings, components: Collection[str], own: ObjectStorePlan | None = None
) -> StoresPlan:
    """Where data is, for the components that are installed; `own` is a bucket the stack makes."""
    objects, database = own or _objects(said.objects), _database(said.database)
    secrets: dict[str, str] = {}
    if objects and own is None and "pipelines" in components:
        secrets |= dict.fromkeys(OBJECT_KEYS, f"stores.objects.kind {said.objects.kind}")
    passwords = [PASSWORDS[one] for one in database_users(components)] if database else []
    if not said.database.is_ours:
        secrets |= {
            PASSWORDS[one]: f"stores.database.kind {said.database.kind} with component {one}"
            for one in database_users(components)
            if database
        }
    return StoresPlan(
        objects=objects,
        database=database,
        secrets=secrets,
        made_keys=(*(OBJECT_KEYS if own else ()), *(passwords if said.database.is_ours else ())),
    )


def database_users(components: Collection[str]) -> tuple[str, ...]:
    """The components among these that have a user of their own on a server outside."""
    return tuple(one for one in PASSWORDS if one in components)


def team_folder(team: str) -> str:
    """Where in the bucket a team's artefacts and logs are: KFP's own place for a namespace."""
    return f"private-artifacts/{team}"


def report(stores: StoresPlan) -> str:
    """Where artefacts and records are, one line each."""
    objects, database = stores.objects, stores.database
    artefacts = f"in bucket {objects.bucket} at {objects.endpoint}" if objects else ON_CLUSTER
    records = (
        f"in MySQL at {database.host or OWN_SERVER}:{database.port}" if database else ON_CLUSTER
    )
    return f"stores: artefacts {artefacts}\nstores: records {records}"


def bucket_at(kind: str, bucket: str, region: str) -> ObjectStorePlan:
    """A bucket at the usual place of its kind."""
    return ObjectStorePlan(
        bucket=bucket, region=region, endpoint=ENDPOINTS[kind].format(region=region)
    )


def _objects(said: ObjectStoreSettings) -> ObjectStorePlan | None:
    if said.bucket is None or said.region is None:
        return None  # the settings refuse either without the other
    usual = bucket_at(said.kind, said.bucket, said.region)
    return replace(usual, endpoint=said.endpoint) if said.endpoint else usual


def _database(said: DatabaseSettings) -> DatabasePlan | None:
    if said.kind == "cluster":
        return None
    return DatabasePlan(host=said.host, port=MYSQL_PORT if said.port is None else said.port)
