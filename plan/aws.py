"""What a stack on AWS has beside its nodes, decided; and every wish that AWS cannot meet. Pure."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from plan.aws_entry import DNS, decide_challenge, decide_entry
from plan.clouds import AwsPlan, ServerPlan
from plan.entry import ZONE, entry_mistakes
from plan.ingress import serving_namespaces
from plan.instances import known_instance_type
from plan.model import ObjectStorePlan, Pool
from plan.network import TooSmallError, addresses_needed, plan_addresses
from plan.protection import keeps
from plan.regions import UnknownRegionError, zones_of
from plan.stores import bucket_at, database_users
from plan.versions import UnknownVersionError, eks_version
from settings.aws import AwsClusterSettings
from settings.mistakes import SettingsError
from settings.model import PoolSettings, Settings
from settings.teams import TeamSettings

GPU_LABEL, NVIDIA = "k8s.amazonaws.com/accelerator", "nvidia"  # the autoscaler's word for GPUs
ZONES_WANTED = {"dev": 2, "prod": 3}
SPOT_TYPES = 3  # fewer are taken away together
STORAGE_CLASS = "gp3"
STORAGE_PROVISIONER = "ebs.csi.aws.com"
LONGEST_BUCKET = 63
STORAGE_GIB, GROWTH = 20, 5  # the least that RDS sells of gp3, and how far it may grow


def aws_zones(said: AwsClusterSettings, environment: str) -> tuple[str, ...]:
    """The zones said, or as many of the region's as the environment wants."""
    return tuple(said.zones or zones_of(said.region)[: ZONES_WANTED[environment]])


def plan_aws(
    settings: Settings,
    said: AwsClusterSettings,
    pools: Sequence[Pool],
    bucket: str | None,
    components: Collection[str],
) -> AwsPlan:
    """The network and account side; raises `SettingsError` when the network is too small."""
    is_prod = settings.environment == "prod"
    nat = said.network.nat or ("perZone" if is_prod else "one")
    zones = aws_zones(said, settings.environment)
    namespaces = serving_namespaces(settings, components)
    try:
        addresses = plan_addresses(said.network.cidr, zones, addresses_needed(pools))
    except TooSmallError as error:
        raise SettingsError(
            f"the settings cannot be met\n  cluster.network.cidr: {error}"
        ) from error
    return AwsPlan(
        account_id=said.account_id,
        admins=tuple(said.admins),
        addresses=addresses,
        nat_zones=zones if nat == "perZone" else zones[:1],
        public_access_cidrs=tuple(said.network.public_access_cidrs),
        endpoints=tuple(said.network.endpoints),
        entry=decide_entry(said.network.entry, settings.ingress, namespaces),
        challenge=decide_challenge(said.network.entry, settings.ingress, namespaces),
        tags=dict(said.tags),
        logs_flows=is_prod,
        log_days=365 if is_prod else 90,
        keeps_cluster=keeps(settings.protection.cluster, settings.environment),
        bucket=bucket,
        bucket_teams=tuple(sorted(team.name for team in settings.teams)) if bucket else (),
        team_policies={
            team.name: tuple(sorted(team.aws_policies))
            for team in settings.teams
            if team.aws_policies
        },
        keeps_bucket=keeps(settings.protection.volumes, settings.environment),
        database=own_server(settings, components),
    )


def own_server(settings: Settings, components: Collection[str]) -> ServerPlan | None:
    """The MySQL server that the stack makes for records; None when nobody asks for one."""
    said, is_prod = settings.stores.database, settings.environment == "prod"
    if not said.is_ours:
        return None
    size = said.storage_gib or STORAGE_GIB
    return ServerPlan(
        instance_type=said.instance_type or ("db.t4g.medium" if is_prod else "db.t4g.small"),
        storage_gib=size,
        max_storage_gib=size * GROWTH,
        has_standby=is_prod,
        backup_days=14 if is_prod else 7,
        leaves_snapshot=keeps(settings.protection.volumes, settings.environment),
        users=database_users(components),
    )


def makes_bucket(settings: Settings) -> bool:
    """Whether the stack is to make a bucket of S3."""
    return settings.stores.objects.is_ours and settings.stores.objects.kind == "s3"


def own_bucket(settings: Settings, said: AwsClusterSettings, stack: str) -> ObjectStorePlan | None:
    """The bucket that the stack makes for artefacts; None when nobody asks for one.

    Raises `SettingsError` when its name would be too long.
    """
    account = said.account_id  # without one `aws_mistakes` refuses the wish
    if account is None or not makes_bucket(settings):
        return None
    name = re.sub(r"[^a-z0-9-]", "-", f"kubeflow-{stack}-{account}".lower())
    if len(name) > LONGEST_BUCKET:
        raise SettingsError(
            f"the settings cannot be met\n  stores.objects: the bucket {name!r} has more than the "
            f"{LONGEST_BUCKET} characters S3 takes; name one of yours, or the stack shorter"
        )
    return bucket_at("s3", name, said.region)


def with_gpu_label(pool: Pool) -> Pool:
    """The pool, its nodes marked when they have GPUs: an autoscaler and the device plugin look."""
    if not pool.allocatable.gpus:
        return pool
    return replace(pool, labels={GPU_LABEL: NVIDIA, **pool.labels})


def aws_mistakes(settings: Settings, said: AwsClusterSettings) -> Iterator[str]:
    """`path: what is wrong` for each wish that no account of AWS can meet."""
    yield from _place_mistakes(said)
    try:
        eks_version(said.kubernetes)
    except UnknownVersionError as error:
        yield f"cluster.kubernetes: {error}"
    if makes_bucket(settings) and said.account_id is None:
        yield (
            "stores.objects: a bucket's name is unique in the world, so the stack puts the account "
            "into it; set cluster.accountId, or name a bucket of yours, with its region"
        )
    for number, team in enumerate(settings.teams):
        yield from _foreign_policies(f"teams[{number}].awsPolicies", team, said.account_id)
    entry = said.network.entry
    if entry:
        yield from entry_mistakes(entry, settings, DNS)
    if settings.ingress.tls.challenge == DNS.challenge and not (entry and entry.hosted_zone):
        yield (
            f"ingress.tls.challenge: {DNS.challenge!r} is answered in {ZONE}; name the {DNS.zone} "
            "that the domain lies in there, so that cert-manager gets the right to"
        )
    for number, pool in enumerate(settings.pools):
        yield from _pool_mistakes(f"pools[{number}].instanceTypes", pool)
    if not any(_may_carry_platform(pool) for pool in settings.pools):
        yield "pools: none that is neither spot nor tainted; the platform needs one to stand on"


def _foreign_policies(path: str, team: TeamSettings, account: str | None) -> Iterator[str]:
    for number, policy in enumerate(team.aws_policies):
        if account and f"::{account}:" not in policy:
            yield (
                f"{path}[{number}]: {policy} is not of cluster.accountId {account}; name one "
                "that is"
            )


def _place_mistakes(said: AwsClusterSettings) -> Iterator[str]:
    try:
        known = zones_of(said.region)
    except UnknownRegionError as error:
        yield f"cluster.region: {error}"
        return
    for zone in said.zones or ():
        if zone not in known:
            yield f"cluster.zones: {zone!r} cannot host a cluster; use two of {', '.join(known)}"


def _pool_mistakes(path: str, pool: PoolSettings) -> Iterator[str]:
    rows = [row for row in map(known_instance_type, pool.instance_types) if row]
    for row in rows:
        if row.sold_by != "aws":
            yield f"{path}: {row.name!r} is not sold by AWS; name a type of EC2, like m5.xlarge"
    if len({(row.vcpu, row.gpus) for row in rows}) > 1:
        sizes = ", ".join(f"{row.name} {row.vcpu} vCPU {row.gpus} GPU" for row in rows)
        yield f"{path}: types of one pool have the same vCPU and GPUs, got {sizes}"
    if pool.spot and len(set(pool.instance_types)) < SPOT_TYPES:
        yield (
            f"{path}: {len(set(pool.instance_types))} on spot is too few, they run out together; "
            f"name {SPOT_TYPES} or more of the same size"
        )


def carries_platform(pool: Pool) -> bool:
    """Whether the platform's pods stand on its nodes, the gateway's among them."""
    return not pool.is_spot and not pool.taints


def _may_carry_platform(pool: PoolSettings) -> bool:
    return not pool.spot and not pool.taints and pool.nodes > 0
