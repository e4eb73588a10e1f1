"""What may be said in `stacks/Pulumi.<stack>.yaml`: frozen, typed, unknown keys refused."""

import re
from ipaddress import IPv4Network
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, Discriminator, Field, Tag, field_validator, model_validator

from settings.ingress import IngressSettings
from settings.rules import RULES
from settings.teams import QuotaSettings, TeamSettings
from settings.texts import DnsLabel
from settings.texts import like as _like

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
Principal = Annotated[
    str,
    _like(
        r"arn:aws:iam::\d{12}:(role|user)/\S+",
        "an IAM role or user like arn:aws:iam::123456789012:role/platform-admin",
    ),
]
Account = Annotated[str, _like(r"\d{12}", "twelve digits, quoted")]
Domain = Annotated[
    str,
    _like(
        r"([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]{2,63}",
        "a domain in small letters like ml.your-domain.test, without a dot at the end",
    ),
]

Bucket = Annotated[
    str,
    _like(
        r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
        "3 to 63 small letters, digits, dots and hyphens, beginning and ending with a letter or "
        "digit",
    ),
]
Endpoint = Annotated[
    str,
    _like(
        r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?",
        "a host in small letters without https:// or port, like db.your-domain.test",
    ),
]


class Section(BaseModel):
    """A block of the settings: camelCase in the YAML, nothing coerced, nothing unknown."""

    model_config = RULES


class ExistingClusterSettings(Section):
    """A cluster somebody else made; its kubeconfig is the secret `kubeconfig`."""

    provider: Literal["existing"]
    kubernetes: Minor
    region: DnsLabel = "local"
    zones: Annotated[list[DnsLabel], Field(min_length=1)]
    storage_class: DnsLabel
    context: Annotated[str, Field(min_length=1)] | None = None

    @field_validator("zones")
    @classmethod
    def _zones_differ(cls, zones: list[str]) -> list[str]:
        return _distinct(zones, "zone")


InterfaceEndpoint = Literal[
    "autoscaling", "ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "elasticloadbalancing", "logs",
    "sts",
]  # fmt: skip
PRIVATE_RANGES = tuple(
    IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)
VPC_PREFIXES = range(16, 29)  # AWS makes no others
WIDEST_PUBLIC_PREFIX = 16
DIGITALOCEAN_PREFIXES = range(16, 25)  # smaller ones exist, and are soon full of nodes
DIGITALOCEAN_TAKEN = tuple(
    IPv4Network(text)
    for text in ("10.229.0.0/16", "10.244.0.0/16", "10.245.0.0/16", "10.246.0.0/24")
)


class AwsEntrySettings(Section):
    """A load balancer in front of the gateway: who may connect, and by which names."""

    sources: Annotated[list[str], Field(min_length=1)]
    hosted_zone: Domain | None = None

    @field_validator("sources")
    @classmethod
    def _are_networks(cls, texts: list[str]) -> list[str]:
        for text in texts:
            _network(text)
        return _distinct(texts, "network")


class AwsNetworkSettings(Section):
    """The VPC of a cluster; who reaches its API server from outside, and what stays inside."""

    cidr: str = "10.0.0.0/16"
    nat: Literal["one", "perZone"] | None = None
    public_access_cidrs: list[str] = []
    endpoints: list[InterfaceEndpoint] = []
    entry: AwsEntrySettings | None = None

    @field_validator("cidr")
    @classmethod
    def _is_a_private_network(cls, text: str) -> str:
        network = _network(text)
        if network.prefixlen not in VPC_PREFIXES or not _is_private(network):
            raise ValueError(
                "a VPC takes /16 to /28 of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16"
            )
        return text

    @field_validator("public_access_cidrs")
    @classmethod
    def _are_somebodys(cls, texts: list[str]) -> list[str]:
        wide = [text for text in texts if _network(text).prefixlen < WIDEST_PUBLIC_PREFIX]
        if wide:
            raise ValueError(
                f"{', '.join(wide)} is nearly everybody; list /16 or smaller, such as the address "
                "your office is seen with, or leave it out: the API server is private then"
            )
        return _distinct(texts, "network")

    @field_validator("endpoints")
    @classmethod
    def _endpoints_differ(cls, endpoints: list[InterfaceEndpoint]) -> list[InterfaceEndpoint]:
        _distinct(list(endpoints), "endpoint")
        return endpoints


class AwsClusterSettings(Section):
    """An EKS cluster that this stack makes, with its network and nodes."""

    provider: Literal["aws"]
    region: DnsLabel
    admins: Annotated[
        list[Principal],
        Field(min_length=1),
    ]
    kubernetes: Minor = "1.35"
    zones: Annotated[list[DnsLabel], Field(min_length=2)] | None = None
    account_id: Account | None = None
    network: AwsNetworkSettings = AwsNetworkSettings()
    tags: dict[str, str] = {}

    @field_validator("zones")
    @classmethod
    def _zones_differ(cls, zones: list[str] | None) -> list[str] | None:
        return None if zones is None else _distinct(zones, "zone")

    @field_validator("admins")
    @classmethod
    def _admins_differ(cls, admins: list[str]) -> list[str]:
        return _distinct(admins, "admin")


DigitalOceanTag = Annotated[str, _like(r"[\w-]{1,100}", "letters, digits, hyphens and underscores")]


class MaintenanceSettings(Section):
    """When DigitalOcean may upgrade a cluster: four hours from `start`, in UTC."""

    day: Literal[
        "any", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"
    ] = "sunday"
    start: Annotated[str, _like(r"([01]\d|2[0-3]):00", 'a full hour, quoted, like "04:00"')] = (
        "04:00"
    )


class DigitalOceanEntrySettings(Section):
    """A load balancer in front of the gateway: who may connect, and how many machines it is of."""

    sources: Annotated[list[str], Field(min_length=1)]
    size_unit: Annotated[int, Field(ge=1, le=200)] = 1

    @field_validator("sources")
    @classmethod
    def _are_networks(cls, texts: list[str]) -> list[str]:
        for text in texts:
            _network(text)
        return _distinct(texts, "network")


class DigitalOceanNetworkSettings(Section):
    """The VPC of a cluster; without a range DigitalOcean picks one that the account has free."""

    cidr: str | None = None
    entry: DigitalOceanEntrySettings | None = None

    @field_validator("cidr")
    @classmethod
    def _is_a_private_network(cls, text: str | None) -> str | None:
        if text is None:
            return None
        network = _network(text)
        if network.prefixlen not in DIGITALOCEAN_PREFIXES or not _is_private(network):
            raise ValueError(
                "a VPC takes /16 to /24 of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16"
            )
        taken = next((one for one in DIGITALOCEAN_TAKEN if one.overlaps(network)), None)
        if taken:
            raise ValueError(f"it overlaps {taken}, which DigitalOcean keeps for itself")
        return text


class DigitalOceanClusterSettings(Section):
    """A DOKS cluster that this stack makes, with its network and nodes."""

    provider: Literal["digitalocean"]
    region: DnsLabel
    kubernetes: Minor = "1.35"
    high_availability: bool | None = None
    auto_upgrade: bool | None = None
    maintenance: MaintenanceSettings = MaintenanceSettings()
    registry: bool = False
    network: DigitalOceanNetworkSettings = DigitalOceanNetworkSettings()
    tags: dict[DigitalOceanTag, DigitalOceanTag] = {}


ClusterSettings = Annotated[
    ExistingClusterSettings | AwsClusterSettings | DigitalOceanClusterSettings,
    Field(discriminator="provider"),
]


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


def _form_of_components(said: Any) -> str | None:
    """Which of the two ways of saying components is meant, so that only its mistakes are told."""
    if said in get_args(Preset):
        return "preset"
    return "list" if isinstance(said, list) and said else None


def _quoted(literal: Any) -> str:
    return ", ".join(map(repr, get_args(literal)))


Components = Annotated[
    Annotated[Preset, Tag("preset")] | Annotated[list[ComponentName], Tag("list")],
    Discriminator(
        _form_of_components,
        custom_error_type="components",
        custom_error_message="use {expected}",
        custom_error_context={
            "expected": f"one of {_quoted(Preset)}, or a list of {_quoted(ComponentName)}"
        },
    ),
]


class KserveSettings(Section):
    """How models are served: by Knative, which scales to zero, or by plain Deployments."""

    mode: Literal["Serverless", "RawDeployment"] = "Serverless"


class NotebooksSettings(Section):
    """What happens to notebooks that nobody uses."""

    stop_idle_after_minutes: Annotated[int, Field(ge=10)] | None = None


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
    components: Components = "full"
    istio: ControlPlane = "managed"
    cert_manager: ControlPlane = "managed"
    kserve: KserveSettings = KserveSettings()
    notebooks: NotebooksSettings = NotebooksSettings()
    patches: list[PatchSettings] = []


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
    bucket: Bucket | None = None
    region: DnsLabel | None = None
    endpoint: Endpoint | None = None

    @property
    def is_ours(self) -> bool:
        """Whether nobody named a bucket: the stack is to make one."""
        return self.kind == "s3" and self.bucket is self.region is self.endpoint is None

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


class DatabaseSettings(Section):
    """Where runs, trials and models are recorded: on the cluster, or in MySQL elsewhere."""

    kind: Literal["cluster", "rds", "managed"] = "cluster"
    host: Endpoint | None = None
    port: Annotated[int, Field(ge=1, le=65535)] | None = None

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        _fits_its_kind(self.kind, {"host": self.host}, {"port": self.port})
        return self


class StoresSettings(Section):
    """Where the platform's data is."""

    objects: ObjectStoreSettings = ObjectStoreSettings()
    database: DatabaseSettings = DatabaseSettings()


class CapacitySettings(Section):
    """What becomes of a stack that its pools cannot hold, not even at their largest."""

    overcommit: Literal["refuse", "warn"] = "refuse"


class ProtectionSettings(Section):
    """What `destroy` keeps; unset, `prod` keeps and `dev` removes.

    CRDs hold every user's objects, volumes the platform's data. A cluster that is kept makes
    destroy fail before it takes anything down. `replace_cluster` is the name of the stack whose
    cluster may be made anew when a setting asks for what no cluster can become.
    """

    replace_cluster: DnsLabel | None = None
    cluster: Literal["keep", "remove"] | None = None
    crds: Literal["keep", "remove"] | None = None
    volumes: Literal["keep", "remove"] | None = None


class TeardownSettings(Section):
    """What `destroy` does about what users made: stop and list it, or delete it first."""

    user_workloads: Literal["refuse", "delete"] = "refuse"


class UpstreamSettings(Section):
    """Where manifests come from: a folder or URL laid out like a mirror; unset, their own URLs."""

    mirror: Annotated[str, Field(min_length=1)] | None = None


AWS_POOLS: tuple[dict[str, Any], ...] = (
    {"name": "general", "instanceTypes": ["m5.xlarge"], "nodes": 3, "minNodes": 3, "maxNodes": 6},
    {
        "name": "gpu",
        "instanceTypes": ["g4dn.xlarge", "g5.xlarge", "g6.xlarge"],
        "nodes": 0,
        "minNodes": 0,
        "maxNodes": 2,
        "spot": True,
        "taints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}],
    },
)
DIGITALOCEAN_POOLS: tuple[dict[str, Any], ...] = (
    {"name": "general", "instanceTypes": ["s-4vcpu-16gb-amd"], "nodes": 3},
)


def _usual_pools(said: dict[str, Any]) -> list[dict[str, Any]]:
    """What a cluster of ours starts with; an existing one has nodes that only its owner knows."""
    match said["cluster"]:
        case AwsClusterSettings():
            return list(AWS_POOLS)
        case DigitalOceanClusterSettings():
            return list(DIGITALOCEAN_POOLS)
        case _:
            return []


class CostSettings(Section):
    """How much a month's use is taken to be, in the part of the bill that no resource tells."""

    usage: Literal["none", "small", "medium", "large"] = "medium"


class BudgetSettings(Section):
    """What a month may cost, in dollars: beyond it nothing is built."""

    monthly: Annotated[float, Field(gt=0)] | None = None
    scenario: Literal["low", "expected", "high"] = "expected"


class Settings(Section):
    """One stack, as its owner says it."""

    environment: Literal["dev", "prod"] = "dev"
    cluster: ClusterSettings
    pools: Annotated[
        list[PoolSettings],
        Field(min_length=1, default_factory=_usual_pools, validate_default=True),
    ]
    kubeflow: KubeflowSettings = KubeflowSettings()
    ingress: IngressSettings
    images: ImagesSettings = ImagesSettings()
    stores: StoresSettings = StoresSettings()
    capacity: CapacitySettings = CapacitySettings()
    protection: ProtectionSettings = ProtectionSettings()
    teardown: TeardownSettings = TeardownSettings()
    teams: list[TeamSettings] = []
    quota: QuotaSettings = QuotaSettings()
    upstream: UpstreamSettings = UpstreamSettings()
    cost: CostSettings = CostSettings()
    budget: BudgetSettings = BudgetSettings()

    @field_validator("pools")
    @classmethod
    def _pool_names_differ(cls, pools: list[PoolSettings]) -> list[PoolSettings]:
        _distinct([pool.name for pool in pools], "pool name", at="pools")
        return pools

    @field_validator("teams")
    @classmethod
    def _team_names_differ(cls, teams: list[TeamSettings]) -> list[TeamSettings]:
        _distinct([team.name for team in teams], "team name", at="teams")
        return teams


def _network(text: str) -> IPv4Network:
    try:
        return IPv4Network(text)
    except ValueError as error:
        near = _without_host_bits(text)
        hint = f"did you mean {near}?" if near else "write it like 10.0.0.0/16"
        raise ValueError(f"{text} is no network; {hint}") from error


def _without_host_bits(text: str) -> str:
    try:
        return str(IPv4Network(text, strict=False))
    except ValueError:
        return ""


def _is_private(network: IPv4Network) -> bool:
    return any(network.subnet_of(known) for known in PRIVATE_RANGES)


def _distinct(names: list[str], what: str, at: str = "") -> list[str]:
    """The names as they are; a mistake says the places of those that are part of a block `at`."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        found = [f"{name} ({_places(name, names, at)})" if at else name for name in twice]
        raise ValueError(f"{what} used twice: {', '.join(found)}")
    return names


def _places(name: str, names: list[str], at: str) -> str:
    return ", ".join(f"{at}[{number}]" for number, one in enumerate(names) if one == name)
