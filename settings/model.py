"""What may be said in `stacks/Pulumi.<stack>.yaml`: frozen, typed, unknown keys refused."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, field_validator, model_validator

from settings.aws import AWS_POOLS, AwsClusterSettings
from settings.digitalocean import DIGITALOCEAN_POOLS, DigitalOceanClusterSettings
from settings.gitops import GitOpsSettings
from settings.ingress import IngressSettings
from settings.kubeflow import KubeflowSettings
from settings.monitoring import MonitoringSettings
from settings.rules import RULES, distinct
from settings.stores import StoresSettings
from settings.teams import Cores, LabelValue, QuotaSettings, Size, TeamSettings
from settings.texts import DnsLabel, Form, LabelName, Minor

_PART = r"[a-z0-9]+(-+[a-z0-9]+)*"
_PORT = r":[1-9][0-9]{0,4}"
# A host without a dot or port would be a user of Docker Hub.
Registry = Annotated[
    str,
    Form(
        rf"({_PART}(\.{_PART})+({_PORT})?|{_PART}{_PORT}|localhost)"
        r"(/[a-z0-9]+([._-]+[a-z0-9]+)*)*",
        "a registry and perhaps a path, without https://, like registry.corp/kubeflow",
    ),
]


def _is_nobodys(name: str) -> str:
    if name.startswith("kubeflow-stack/"):
        raise ValueError("those of kubeflow-stack/ are the program's own; choose another name")
    return name


class ExistingClusterSettings(BaseModel):
    """A cluster somebody else made; its kubeconfig is the secret `kubeconfig`."""

    model_config = RULES

    provider: Literal["existing"]
    kubernetes: Minor
    region: DnsLabel = "local"
    zones: Annotated[list[DnsLabel], Field(min_length=1)]
    storage_class: DnsLabel
    context: Annotated[str, Field(min_length=1)] | None = None

    @field_validator("zones")
    @classmethod
    def _zones_differ(cls, zones: list[str]) -> list[str]:
        return distinct(zones, "zone")


ClusterSettings = Annotated[
    ExistingClusterSettings | AwsClusterSettings | DigitalOceanClusterSettings,
    Field(discriminator="provider"),
]


class TaintSettings(BaseModel):
    """A taint of every node of a pool."""

    model_config = RULES

    key: LabelName
    value: LabelValue = ""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]


class MachineSettings(BaseModel):
    """What pods get of a machine of yours, as `kubectl describe node` says under Allocatable."""

    model_config = RULES

    cpu: Cores
    memory: Size
    pods: Annotated[int, Field(ge=1, le=1000)] = 110
    gpus: Annotated[int, Field(ge=0, le=16)] = 0
    volumes: Annotated[int, Field(ge=0, le=256)] = 256


class PoolSettings(BaseModel):
    """Nodes of one kind. The first instance type is planned with; the rest may take its place.

    Machines that no cloud sells are said by what they have for pods.
    """

    model_config = RULES

    name: DnsLabel
    instance_types: list[str] = []
    machine: MachineSettings | None = None
    nodes: Annotated[int, Field(ge=0, le=100)]
    min_nodes: Annotated[int, Field(ge=0, le=100)] | None = None
    max_nodes: Annotated[int, Field(ge=1, le=100)] | None = None
    spot: bool = False
    labels: dict[Annotated[LabelName, AfterValidator(_is_nobodys)], LabelValue] = {}
    taints: list[TaintSettings] = []

    @model_validator(mode="after")
    def _machines_are_known(self) -> Self:
        if bool(self.instance_types) == (self.machine is not None):
            raise ValueError(
                "needs either instanceTypes, which a cloud sells, or machine, which you have"
            )
        return self

    @model_validator(mode="after")
    def _sizes_are_ordered(self) -> Self:
        low = self.nodes if self.min_nodes is None else self.min_nodes
        high = self.nodes if self.max_nodes is None else self.max_nodes
        if not low <= self.nodes <= high:
            raise ValueError(
                f"needs minNodes <= nodes <= maxNodes, got {low} <= {self.nodes} <= {high}; "
                "what is not said is as nodes is; change one of the three"
            )
        return self


class ImagesSettings(BaseModel):
    """Where images come from: a mirror `reg.corp/kf` holds `reg.corp/kf/ghcr.io/a/b:1`."""

    model_config = RULES

    registry_mirror: Registry | None = None


class CapacitySettings(BaseModel):
    """What becomes of a stack that its pools cannot hold, not even at their largest."""

    model_config = RULES

    overcommit: Literal["refuse", "warn"] = "refuse"


class ProtectionSettings(BaseModel):
    """What `destroy` keeps; unset, `prod` keeps and `dev` removes.

    CRDs hold every user's objects, volumes the platform's data. A cluster that is kept makes
    destroy fail before it takes anything down. `replace_cluster` is the name of the stack whose
    cluster may be made anew when a setting asks for what no cluster can become.
    """

    model_config = RULES

    replace_cluster: DnsLabel | None = None
    cluster: Literal["keep", "remove"] | None = None
    crds: Literal["keep", "remove"] | None = None
    volumes: Literal["keep", "remove"] | None = None


class TeardownSettings(BaseModel):
    """What `destroy` does about what users made: stop and list it, or delete it first."""

    model_config = RULES

    user_workloads: Literal["refuse", "delete"] = "refuse"


class UpstreamSettings(BaseModel):
    """Where manifests come from: a folder or URL laid out like a mirror; unset, their own URLs."""

    model_config = RULES

    mirror: Annotated[str, Field(min_length=1)] | None = None


def _usual_pools(said: dict[str, Any]) -> list[dict[str, Any]]:
    """What a cluster of ours starts with; an existing one has nodes that only its owner knows."""
    match said["cluster"]:
        case AwsClusterSettings():
            return list(AWS_POOLS)
        case DigitalOceanClusterSettings():
            return list(DIGITALOCEAN_POOLS)
        case _:
            return []


class CostSettings(BaseModel):
    """How much a month's use is taken to be, in the part of the bill that no resource tells."""

    model_config = RULES

    usage: Literal["none", "small", "medium", "large"] = "medium"
    prices: Literal["snapshot", "live", "auto"] = "snapshot"


class BudgetSettings(BaseModel):
    """What a month may cost, in dollars: beyond it nothing is built, or a warning is given."""

    model_config = RULES

    monthly: Annotated[float, Field(gt=0)] | None = None
    per_team: Annotated[float, Field(gt=0)] | None = None
    max_increase: Annotated[float, Field(ge=0)] | None = None
    scenario: Literal["low", "expected", "high"] = "expected"
    level: Literal["refuse", "warn"] = "refuse"


class Settings(BaseModel):
    """One stack, as its owner says it."""

    model_config = RULES

    environment: Literal["dev", "prod"] = "dev"
    cluster: ClusterSettings
    pools: Annotated[
        list[PoolSettings],
        Field(min_length=1, default_factory=_usual_pools, validate_default=True),
    ]
    kubeflow: KubeflowSettings = KubeflowSettings()
    ingress: IngressSettings
    monitoring: MonitoringSettings = MonitoringSettings()
    images: ImagesSettings = ImagesSettings()
    stores: StoresSettings = StoresSettings()
    capacity: CapacitySettings = CapacitySettings()
    protection: ProtectionSettings = ProtectionSettings()
    teardown: TeardownSettings = TeardownSettings()
    teams: list[TeamSettings] = []
    quota: QuotaSettings = QuotaSettings()
    gitops: GitOpsSettings | None = None
    upstream: UpstreamSettings = UpstreamSettings()
    cost: CostSettings = CostSettings()
    budget: BudgetSettings = BudgetSettings()

    @field_validator("pools")
    @classmethod
    def _pool_names_differ(cls, pools: list[PoolSettings]) -> list[PoolSettings]:
        distinct([pool.name for pool in pools], "pool name", at="pools")
        return pools

    @field_validator("teams")
    @classmethod
    def _team_names_differ(cls, teams: list[TeamSettings]) -> list[TeamSettings]:
        distinct([team.name for team in teams], "team name", at="teams")
        return teams
