"""The platform's data outside the cluster: where it is, and the keys to it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from components.platform.credentials import Credentials, Text
from plan.model import StoresPlan
from plan.stores import OBJECT_KEYS, PASSWORDS, TEAM_KEYS


@dataclass(frozen=True, kw_only=True)
class ObjectStore:
    """A bucket, spoken to in S3 over HTTPS; `endpoint` is a host.

    `team_keys` is JSON, by team its own access key and secret key; None: all use the bucket's.
    """

    bucket: str
    region: str
    endpoint: str
    access_key: Text
    secret_key: Text
    team_keys: Text | None = None


@dataclass(frozen=True, kw_only=True)
class Database:
    """A MySQL server; `passwords` are by component, of a user of its own each."""

    host: Text
    port: int
    passwords: Mapping[str, Text]


@dataclass(frozen=True, kw_only=True)
class Stores:
    """Both stores; None is on the cluster."""

    objects: ObjectStore | None
    database: Database | None


def make_stores(
    plan: StoresPlan, secrets: Mapping[str, Text], own_host: Text | None = None
) -> Stores:
    """What the plan says, with the stack's secrets; None where nothing installed would use it.

    `own_host` is where the server is that the stack makes.
    """
    objects, database = plan.objects, plan.database
    access_key, secret_key = OBJECT_KEYS
    needed = {*plan.secrets, *plan.made_keys}
    passwords = {name: secrets[key] for name, key in PASSWORDS.items() if key in needed}
    return Stores(
        objects=ObjectStore(
            bucket=objects.bucket,
            region=objects.region,
            endpoint=objects.endpoint,
            access_key=secrets[access_key],
            secret_key=secrets[secret_key],
            team_keys=secrets.get(TEAM_KEYS),
        )
        if objects and access_key in secrets
        else None,
        database=Database(host=host, port=database.port, passwords=passwords)
        if database and passwords and (host := database.host or own_host)
        else None,
    )


def with_stores(own: Credentials, stores: Stores) -> Credentials:
    """The generated credentials, with those of stores elsewhere in their places."""
    if stores.objects:
        own = replace(own, object_store_secret=stores.objects.secret_key)
    if stores.database:
        known = stores.database.passwords
        own = replace(
            own,
            mysql_password=known.get("pipelines", own.mysql_password),
            katib_mysql_password=known.get("katib", own.katib_mysql_password),
            model_registry_password=known.get("model-registry", own.model_registry_password),
        )
    return own
