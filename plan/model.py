"""What will be built: every decision made, nothing left to ask."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from plan.clouds import AwsPlan, DigitalOceanPlan, LoadBalancerPlan
from plan.gitops import GitOpsPlan
from plan.ingress import IngressPlan
from plan.monitoring import MonitoringPlan, Watched

Provider = Literal["existing", "aws", "digitalocean"]
Environment = Literal["dev", "prod"]
KserveMode = Literal["Serverless", "RawDeployment"]
UserWorkloads = Literal["refuse", "delete"]
Overcommit = Literal["refuse", "warn"]
STACK_LABEL = "kubeflow-stack/name"
POOL_LABEL = "kubeflow-stack/pool"  # of every node that a stack makes
Effect = Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]


@dataclass(frozen=True, kw_only=True)
class Allocatable:
    """What pods may use of one node: millicores, MiB, pod slots, whole GPUs, places for volumes."""

    cpu_m: int
    memory_mib: int
    pods: int
    gpus: int
    volumes: int


@dataclass(frozen=True, kw_only=True)
class Taint:
    """A taint of every node of a pool."""

    key: str
    value: str
    effect: Effect


OWN_MACHINE = "own-machine"


@dataclass(frozen=True, kw_only=True)
class Pool:
    """Nodes of one kind: `nodes` at the start, between `min_nodes` and `max_nodes` later."""

    name: str
    instance_types: tuple[str, ...]  # of a machine that no cloud sells: OWN_MACHINE
    nodes: int
    min_nodes: int
    max_nodes: int
    is_spot: bool
    zones: tuple[str, ...]
    labels: Mapping[str, str]
    taints: tuple[Taint, ...]
    allocatable: Allocatable

    @property
    def scales(self) -> bool:
        """Whether it may grow or shrink."""
        return self.min_nodes < self.max_nodes


@dataclass(frozen=True, kw_only=True)
class ClusterPlan:
    """The cluster everything stands on."""

    provider: Provider
    name: str
    region: str
    zones: tuple[str, ...]
    kubernetes: str
    storage_class: str
    pools: tuple[Pool, ...]
    context: str | None = None  # of the kubeconfig; None: its current one
    storage_provisioner: str = ""  # of the class that the stack brings; empty: it is there already

    @property
    def scales(self) -> bool:
        """Whether there is a pool that may grow or shrink."""
        return any(pool.scales for pool in self.pools)


@dataclass(frozen=True, kw_only=True)
class JsonOperation:
    """One operation of a JSON patch; `value` means nothing to `remove`."""

    op: Literal["add", "remove", "replace", "test"]
    path: str
    value: Any


@dataclass(frozen=True, kw_only=True)
class UserPatch:
    """A change that the stack's owner wants; `path` is where in the settings it stands.

    Either a strategic merge or, where that is None, the operations of a JSON patch. `namespace` and
    `name` are regular expressions of the whole.
    """

    path: str
    kind: str
    namespace: str
    name: str
    why: str
    strategic_merge: Mapping[str, Any] | None
    json_patch: tuple[JsonOperation, ...]


@dataclass(frozen=True, kw_only=True)
class KubeflowPlan:
    """Which Kubeflow, whose, and what of it outlives the stack.

    `components` are all that is installed, in the release's order; `added` are those nobody asked
    for by name, each with the one that needs it; `existing` are those that the cluster has itself.
    """

    release: str
    components: tuple[str, ...]
    added: Mapping[str, str]
    existing: tuple[str, ...]
    kserve_mode: KserveMode
    idle_notebook_minutes: int | None
    patches: tuple[UserPatch, ...]
    admin_email: str
    keeps_crds: bool
    keeps_volumes: bool
    user_workloads: UserWorkloads
    mirror: str | None
    registry_mirror: str | None


@dataclass(frozen=True, kw_only=True)
class ObjectStorePlan:
    """A bucket outside the cluster, spoken to in S3 over HTTPS; `endpoint` is a host."""

    bucket: str
    region: str
    endpoint: str


@dataclass(frozen=True, kw_only=True)
class DatabasePlan:
    """A MySQL server outside the cluster; `host` is None where the stack makes it."""

    host: str | None
    port: int


@dataclass(frozen=True, kw_only=True)
class StoresPlan:
    """Where the platform's data is; None is on the cluster.

    `secrets` are the stack's secret keys that this needs, each with what needs it; `made_keys` are
    those that nobody sets, because the stack makes the bucket or the server too.
    """

    objects: ObjectStorePlan | None
    database: DatabasePlan | None
    secrets: Mapping[str, str]
    made_keys: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CostPlan:
    """How use is guessed, how many dollars a month may cost in which scenario, and what if not."""

    usage: Literal["none", "small", "medium", "large"]
    prices: Literal["snapshot", "live", "auto"]
    monthly_usd: Decimal | None
    per_team_usd: Decimal | None
    max_increase_usd: Decimal | None
    scenario: Literal["low", "expected", "high"]
    level: Literal["refuse", "warn"]


Role = Literal["admin", "edit", "view"]


@dataclass(frozen=True, kw_only=True)
class Member:
    """Somebody in a team, and what they may do there."""

    person: str
    role: Role


@dataclass(frozen=True, kw_only=True)
class Quota:
    """What the pods and volume claims of a team may ask for together; None is not limited."""

    cpu_m: int | None
    memory_mib: int | None
    storage_mib: int | None
    volumes: int | None
    gpus: int | None
    pods: int | None


@dataclass(frozen=True, kw_only=True)
class Team:
    """A team, decided: its namespace is called like it."""

    name: str
    owner: str
    members: tuple[Member, ...]
    quota: Quota | None
    labels: Mapping[str, str]
    public_models: tuple[str, ...]  # InferenceServices that anybody may call


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One stack, decided."""

    stack: str
    environment: Environment
    cluster: ClusterPlan
    aws: AwsPlan | None  # None: not on AWS
    digitalocean: DigitalOceanPlan | None  # None: not on DigitalOcean
    kubeflow: KubeflowPlan
    stores: StoresPlan
    teams: tuple[Team, ...]
    team_warnings: tuple[str, ...]  # what is allowed, and perhaps not meant
    overcommit: Overcommit
    cost: CostPlan
    monitoring: MonitoringPlan | None  # None: nobody watches
    gitops: GitOpsPlan | None  # None: the teams' workloads are theirs to apply

    @property
    def node_ports(self) -> Mapping[str, int]:
        """The gateway's ports that a load balancer outside the cluster leads to."""
        return self.aws.entry.node_ports if self.aws and self.aws.entry else {}

    @property
    def load_balancer(self) -> LoadBalancerPlan | None:
        """The one that Kubernetes is to ask for, if any."""
        return None if self.digitalocean is None else self.digitalocean.load_balancer

    ingress: IngressPlan | None  # None: by port-forward only

    @property
    def hosted_zone(self) -> str | None:
        """Where the stack makes the domain's records; None: that is left to its owner."""
        if self.aws and self.aws.entry:
            return self.aws.entry.hosted_zone
        names = self.digitalocean.names if self.digitalocean else None
        return names.zone if names else None

    @property
    def secrets(self) -> Mapping[str, str]:
        """The stack's secret keys that are needed, each with what needs it."""
        return {
            **self.stores.secrets,
            **(self.ingress.secrets if self.ingress else {}),
            **self.alert_secrets,
        }

    @property
    def watched(self) -> Watched:
        """What of the cluster itself there is to watch."""
        return Watched(
            # Others run their own, unseen.
            has_autoscaler=self.aws is not None and self.cluster.scales,
            is_priced=self.cluster.provider != "existing",
            has_budget=self.cost.monthly_usd is not None,
        )

    @property
    def alert_secrets(self) -> Mapping[str, str]:
        """Those of them that whoever is called by alerts needs."""
        return self.monitoring.receivers.secrets if self.monitoring else {}

    @property
    def certificate_names(self) -> tuple[str, ...]:
        """The names that the gateway's certificate has to be for."""
        return self.ingress.tls.names if self.ingress and self.ingress.tls else ()

    @property
    def labels(self) -> Mapping[str, str]:
        """What every object of the stack carries, so that leftovers can be told."""
        return {STACK_LABEL: self.stack}

    @property
    def label_selector(self) -> str:
        """The same labels, to ask a cluster for."""
        return ",".join(f"{key}={value}" for key, value in self.labels.items())
