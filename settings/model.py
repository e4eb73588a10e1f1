"""What may be said in `stacks/Pulumi.<stack>.yaml`: frozen, typed, unknown keys refused."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic.alias_generators import to_camel


def _like(pattern: str, words: str) -> AfterValidator:
    """A text that a pattern takes as a whole, refused in words: nobody reads expressions."""

    def check(text: str) -> str:
        if re.fullmatch(pattern, text) is None:
            raise ValueError(f"it has to be {words}")
        return text

    return AfterValidator(check)


DnsLabel = Annotated[
    str,
    _like(
        r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?",
        "at most 40 small letters, digits and hyphens, beginning with a letter and not ending "
        "with a hyphen",
    ),
]
Email = Annotated[str, _like(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an address like ada@your-domain.test")]
Minor = Annotated[str, _like(r"1\.\d{2}", 'a minor version of Kubernetes like "1.35"')]
Kind = Annotated[str, _like(r"[A-Z][A-Za-z0-9]*", "a kind of object like Deployment")]
Pointer = Annotated[str, _like(r"(/[^/]+)+", "a path like /spec/replicas")]
Registry = Annotated[
    str,
    _like(
        r"[a-z0-9][a-z0-9.-]*(:[0-9]+)?(/[a-z0-9][a-z0-9._-]*)*",
        "a registry and perhaps a path, without https://, like registry.corp/kubeflow",
    ),
]

EXAMPLE_DOMAINS = ("example.com", "example.net", "example.org")  # upstream's, and its like


class Section(BaseModel):
    """A block of the settings: camelCase in the YAML, nothing coerced, nothing unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, alias_generator=to_camel)


class ClusterSettings(Section):
    """Where the platform stands; `existing` takes the kubeconfig in the secret `kubeconfig`."""

    provider: Literal["existing"]
    kubernetes: Minor
    region: DnsLabel = "local"
    zones: Annotated[list[DnsLabel], Field(min_length=1)]
    storage_class: DnsLabel

    @field_validator("zones")
    @classmethod
    def _zones_differ(cls, zones: list[str]) -> list[str]:
        return _distinct(zones, "zone")


class TaintSettings(Section):
    """A taint of every node of a pool."""

    key: Annotated[str, Field(min_length=1, max_length=63)]
    value: str = ""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]


class PoolSettings(Section):
    """Nodes of one kind. The first instance type is planned with; the rest may take its place."""

    name: DnsLabel
    instance_types: Annotated[list[str], Field(min_length=1)]
    nodes: Annotated[int, Field(ge=0, le=100)]
    min_nodes: Annotated[int, Field(ge=0, le=100)] | None = None
    max_nodes: Annotated[int, Field(ge=1, le=100)] | None = None
    spot: bool = False
    labels: dict[str, str] = {}
    taints: list[TaintSettings] = []

    @model_validator(mode="after")
    def _sizes_are_ordered(self) -> Self:
        low = self.nodes if self.min_nodes is None else self.min_nodes
        high = self.nodes if self.max_nodes is None else self.max_nodes
        if not low <= self.nodes <= high:
            raise ValueError(
                f"needs minNodes <= nodes <= maxNodes, got {low} <= {self.nodes} <= {high}"
            )
        return self


Preset = Literal["full", "notebooks", "pipelines", "serving", "training"]
ComponentName = Literal[
    "dashboard",
    "katib",
    "knative",
    "kserve",
    "model-registry",
    "notebooks",
    "pipelines",
    "pod-defaults",
    "profiles",
    "spark",
    "trainer",
    "training-operator",
]


class KserveSettings(Section):
    """How models are served: by Knative, which scales to zero, or by plain Deployments."""

    mode: Literal["Serverless", "RawDeployment"] = "Serverless"


class PatchTargetSettings(Section):
    """Objects by kind, namespace and name; the last two are regular expressions of the whole."""

    kind: Kind
    namespace: str = ".*"
    name: Annotated[str, Field(min_length=1)]

    @field_validator("namespace", "name")
    @classmethod
    def _is_an_expression(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"it is no regular expression: {error}") from error
        return pattern


class JsonOperationSettings(Section):
    """One operation of a JSON patch (RFC 6902)."""

    op: Literal["add", "remove", "replace", "test"]
    path: Pointer
    value: Any = None

    @model_validator(mode="after")
    def _has_a_value(self) -> Self:
        if ("value" in self.model_fields_set) == (self.op == "remove"):
            raise ValueError(f"{self.op} {'has no' if self.op == 'remove' else 'needs a'} value")
        return self


class PatchSettings(Section):
    """A change to upstream's objects: which, why, and either way of saying what."""

    target: PatchTargetSettings
    why: Annotated[str, Field(min_length=1)]
    strategic_merge: Annotated[dict[str, Any], Field(min_length=1)] | None = None
    json_patch: Annotated[list[JsonOperationSettings], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _says_what_once(self) -> Self:
        if (self.strategic_merge is None) == (self.json_patch is None):
            raise ValueError("needs either strategicMerge or jsonPatch, and not both")
        return self


ControlPlane = Literal["managed", "existing"]


class KubeflowSettings(Section):
    """Which Kubeflow, what of it (a preset, or a list of components), and what is changed in it.

    Istio and cert-manager are part of every release; `existing` takes the cluster's instead.
    """

    release: Literal["26.03", "26.03.1-rc.2"] = "26.03"
    components: Preset | Annotated[list[ComponentName], Field(min_length=1)] = "full"
    istio: ControlPlane = "managed"
    cert_manager: ControlPlane = "managed"
    kserve: KserveSettings = KserveSettings()
    patches: list[PatchSettings] = []


class AuthSettings(Section):
    """Who may log in first; the password is generated per stack and is a secret output."""

    admin_email: Email

    @field_validator("admin_email")
    @classmethod
    def _somebody_reads_it(cls, email: str) -> str:
        domain = email.rpartition("@")[2].lower()
        if domain in EXAMPLE_DOMAINS:
            raise ValueError(f"{domain} is nobody's; name a person who may log in first")
        return email


class IngressSettings(Section):
    """How people get in."""

    auth: AuthSettings


class ImagesSettings(Section):
    """Where images come from: a mirror `reg.corp/kf` holds `reg.corp/kf/ghcr.io/a/b:1`."""

    registry_mirror: Registry | None = None


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


class ObjectStoreSettings(Section):
    """Where artefacts are kept: on the cluster, or in a bucket that speaks S3 over HTTPS."""

    kind: Literal["cluster", "s3", "spaces"] = "cluster"
    bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")] | None = None
    region: DnsLabel | None = None
    endpoint: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$")] | None = None

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        _fits_its_kind(
            self.kind,
            {"bucket": self.bucket, "region": self.region},
            {"endpoint": self.endpoint},
        )
        if self.kind == "spaces" and self.endpoint is not None:
            raise ValueError("a Space's endpoint follows from its region; remove endpoint")
        return self


class DatabaseSettings(Section):
    """Where runs, trials and models are recorded: on the cluster, or in MySQL elsewhere."""

    kind: Literal["cluster", "rds", "managed"] = "cluster"
    host: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$")] | None = None
    port: Annotated[int, Field(ge=1, le=65535)] | None = None

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        _fits_its_kind(self.kind, {"host": self.host}, {"port": self.port})
        return self


class StoresSettings(Section):
    """Where the platform's data is."""

    objects: ObjectStoreSettings = ObjectStoreSettings()
    database: DatabaseSettings = DatabaseSettings()


class ProtectionSettings(Section):
    """What `destroy` keeps; unset, `prod` keeps and `dev` removes.

    CRDs hold every user's objects, volumes the platform's data.
    """

    crds: Literal["keep", "remove"] | None = None
    volumes: Literal["keep", "remove"] | None = None


class TeardownSettings(Section):
    """What `destroy` does about what users made: stop and list it, or delete it first."""

    user_workloads: Literal["refuse", "delete"] = "refuse"


class UpstreamSettings(Section):
    """Where manifests come from: a folder or URL laid out like a mirror; unset, their own URLs."""

    mirror: Annotated[str, Field(min_length=1)] | None = None


class Settings(Section):
    """One stack, as its owner says it."""

    environment: Literal["dev", "prod"] = "dev"
    cluster: ClusterSettings
    pools: Annotated[list[PoolSettings], Field(min_length=1)]
    kubeflow: KubeflowSettings = KubeflowSettings()
    ingress: IngressSettings
    images: ImagesSettings = ImagesSettings()
    stores: StoresSettings = StoresSettings()
    protection: ProtectionSettings = ProtectionSettings()
    teardown: TeardownSettings = TeardownSettings()
    upstream: UpstreamSettings = UpstreamSettings()

    @field_validator("pools")
    @classmethod
    def _pool_names_differ(cls, pools: list[PoolSettings]) -> list[PoolSettings]:
        _distinct([pool.name for pool in pools], "pool name")
        return pools


def _distinct(names: list[str], what: str) -> list[str]:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{what} used twice: {', '.join(twice)}")
    return names
