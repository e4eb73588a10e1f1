"""What a cluster of the stack's own needs in a cloud beside its nodes, decided. Pure data."""

from collections.abc import Mapping
from dataclasses import dataclass


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
