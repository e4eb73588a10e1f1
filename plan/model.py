"""What will be built: every decision made, nothing left to ask."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

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
class ZoneSubnets:
    """The two subnets of a zone: what faces the internet, and where the nodes are."""

    zone: str
    public: str
    private: str


@dataclass(frozen=True, kw_only=True)
class AddressPlan:
    """A network cut up: subnets by zone, and the range of the cluster's services."""

    cidr: str
    services: str
    subnets: tuple[ZoneSubnets, ...]


@dataclass(frozen=True, kw_only=True)
class EntryPlan:
    """A load balancer in front of the gateway.

    `listeners` are the ports that `sources` may reach, `node_ports` what they and the health check
    lead to on every node, both by the name of the gateway's port; `names` are the records that
    lead here, in `hosted_zone`.
    """

    sources: tuple[str, ...]
    listeners: Mapping[str, int]
    node_ports: Mapping[str, int]
    hosted_zone: str | None
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ChallengePlan:
    """Which TXT records of a zone cert-manager writes to show Let's Encrypt whose the names are."""

    hosted_zone: str
    records: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ServerPlan:
    """A MySQL server that the stack makes; `users` are the components that have a user on it.

    Its disk grows by itself up to `max_storage_gib`. With `leaves_snapshot` destroy keeps what is
    on it as a snapshot.
    """

    instance_type: str
    storage_gib: int
    max_storage_gib: int
    has_standby: bool
    backup_days: int
    leaves_snapshot: bool
    users: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class AwsPlan:
    """What a cluster on AWS needs beside its nodes. `nat_zones` have a NAT gateway each."""

    account_id: str | None
    admins: tuple[str, ...]
    addresses: AddressPlan
    nat_zones: tuple[str, ...]
    public_access_cidrs: tuple[str, ...]
    endpoints: tuple[str, ...]
    entry: EntryPlan | None  # None: nobody reaches the gateway from outside
    challenge: ChallengePlan | None  # None: Let's Encrypt is not answered in Route 53
    tags: Mapping[str, str]
    logs_flows: bool
    log_days: int
    keeps_cluster: bool
    bucket: str | None  # that the stack makes for artefacts
    bucket_teams: tuple[str, ...]  # those with a key of their own to it
    team_policies: Mapping[str, tuple[str, ...]]  # by team whose pods have an identity
    keeps_bucket: bool
    database: ServerPlan | None  # None: the stack makes no server


@dataclass(frozen=True, kw_only=True)
class MaintenancePlan:
    """When DigitalOcean may upgrade: the day, and the hour in UTC."""

    day: str
    start: str


@dataclass(frozen=True, kw_only=True)
class LoadBalancerPlan:
    """A load balancer that Kubernetes asks the cloud for: how, and who may connect.

    `ports` are by the name that the gateway's Service has for them.
    """

    annotations: Mapping[str, str]
    sources: tuple[str, ...]
    ports: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class NamesPlan:
    """Records that lead to a load balancer: in which zone, and as it calls them, like `@`."""

    zone: str
    records: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class DigitalOceanPlan:
    """What a cluster on DigitalOcean needs beside its nodes. No `cidr`: it picks one itself."""

    cidr: str | None
    is_highly_available: bool
    auto_upgrades: bool
    maintenance: MaintenancePlan
    registry: bool
    tags: tuple[str, ...]
    load_balancer: LoadBalancerPlan | None  # None: nobody reaches the gateway from outside
    names: NamesPlan | None  # None: records are somebody else's business
    keeps_cluster: bool
    keeps_volumes: bool  # and the Space
    may_be_replaced: bool
    space: str | None  # that the stack makes for artefacts


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
