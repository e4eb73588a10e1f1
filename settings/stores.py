"""What may be said of where data lives."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator

from settings.rules import RULES
from settings.texts import DnsLabel, Form

LARGEST_GIB = 13_107  # of a server's disk: it grows to five times that, and RDS sells 64 TiB

Bucket = Annotated[
    str,
    Form(
        r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
        "3 to 63 small letters, digits, dots and hyphens, beginning and ending with a letter or "
        "digit",
    ),
]

Endpoint = Annotated[
    str,
    Form(
        r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?",
        "a host in small letters without https:// or port, like db.your-domain.test",
    ),
]

InstanceClass = Annotated[
    str,
    Form(r"db\.[a-z0-9]+\.[a-z0-9]+", "a class of RDS, like db.t4g.medium"),
]


def _fits_its_kind(kind: str, needed: dict[str, object], optional: dict[str, object]) -> None:
    """Raises `ValueError` for what a store elsewhere lacks, and what one on the cluster has not."""
    said = [name for name, value in (needed | optional).items() if value is not None]
    missing = [name for name in needed if name not in said]
    if kind == "cluster" and said:
        raise ValueError(
            f"{', '.join(said)} would not be used: kind is 'cluster'; say another kind, or remove"
        )
    if kind != "cluster" and missing:
        raise ValueError(f"kind {kind!r} needs {' and '.join(missing)}")


class ObjectStoreSettings(BaseModel):
    """Where artefacts are kept: on the cluster, or in a bucket that speaks S3 over HTTPS."""

    model_config = RULES

    kind: Literal["cluster", "s3", "spaces"] = "cluster"
    bucket: Bucket | None = None
    region: DnsLabel | None = None
    endpoint: Endpoint | None = None

    @property
    def is_ours(self) -> bool:
        """Whether the stack is to make it: a bucket nobody named, a Space said to be nowhere."""
        is_somewhere = not (self.region is self.endpoint is None)
        if self.kind == "spaces":
            return self.bucket is not None and not is_somewhere
        return self.kind == "s3" and self.bucket is None and not is_somewhere

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        if self.is_ours:
            return self
        _fits_its_kind(
            self.kind,
            {"bucket": self.bucket, "region": self.region},
            {"endpoint": self.endpoint},
        )
        if self.kind == "spaces" and self.endpoint is not None:
            raise ValueError("a Space's endpoint follows from its region; remove endpoint")
        return self


class DatabaseSettings(BaseModel):
    """Where runs, trials and models are recorded: on the cluster, or in MySQL elsewhere.

    Without a host it is a server that the stack makes, as large as `instance_type` and
    `storage_gib` say.
    """

    model_config = RULES

    kind: Literal["cluster", "rds", "managed"] = "cluster"
    host: Endpoint | None = None
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    instance_type: InstanceClass | None = None
    storage_gib: Annotated[int, Field(ge=20, le=LARGEST_GIB)] | None = None

    @property
    def is_ours(self) -> bool:
        """Whether nobody named a server: the stack is to make one."""
        return self.kind == "rds" and self.host is None

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        size = {"instanceType": self.instance_type, "storageGib": self.storage_gib}
        said = [name for name, value in size.items() if value is not None]
        if self.is_ours:
            if self.port is not None:
                raise ValueError("port is of a server of yours; add its host, or remove port")
            return self
        _fits_its_kind(self.kind, {"host": self.host}, {"port": self.port})
        if said:
            raise ValueError(
                f"{' and '.join(said)} would not be used: only a server that the stack makes "
                "(kind: rds without host) has a size; remove"
            )
        return self


class StoresSettings(BaseModel):
    """Where the platform's data is."""

    model_config = RULES

    objects: ObjectStoreSettings = ObjectStoreSettings()
    database: DatabaseSettings = DatabaseSettings()
