"""What a stack on DigitalOcean has beside its nodes, and every wish it cannot meet. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from plan.capacity import PodDemand
from plan.clouds import DigitalOceanPlan, MaintenancePlan
from plan.digitalocean_entry import DNS, decide_load_balancer, decide_names
from plan.entry import entry_mistakes
from plan.instances import known_instance_type
from plan.model import STACK_LABEL, ClusterPlan, ObjectStorePlan
from plan.protection import keeps
from plan.stores import bucket_at
from plan.versions import UnknownVersionError, doks_version
from settings.digitalocean import DigitalOceanClusterSettings
from settings.model import PoolSettings, Settings

# Regions that have DOKS. Dated fact: 2026-09; doctl kubernetes options regions lists them.
REGIONS = (
    "ams3", "atl1", "blr1", "fra1", "lon1", "nyc1", "nyc2", "nyc3", "sfo2", "sfo3", "sgp1", "syd1",
    "tor1",
)  # fmt: skip
# Regions that have Spaces. Dated fact: 2026-09.
SPACES_REGIONS = (
    "ams3", "atl1", "blr1", "fra1", "lon1", "nyc3", "sfo2", "sfo3", "sgp1", "syd1", "tor1",
)  # fmt: skip
VOLUMES_CLASS = "do-block-storage"  # DOKS brings it, and makes it the default one
DEFAULT_POOL = "system"
# Its size is part of the cluster's identity: another one would replace the cluster. So it is the
# smallest that Kubernetes starts on, the same for all, and nothing of ours is meant to run there.
DEFAULT_SIZE = "s-1vcpu-2gb"
GPU_TAINT = "nvidia.com/gpu"
# The pod on every node that sets what user data would set elsewhere.
INOTIFY = PodDemand(
    name="kube-system/kubeflow-inotify",
    replicas=1,
    is_per_node=True,
    cpu_m=1,
    memory_mib=16,
    gpus=0,
    volumes=0,
    tolerates_all=True,
)


def plan_digitalocean(
    settings: Settings,
    said: DigitalOceanClusterSettings,
    stack: str,
    namespaces: Sequence[str],
    space: str | None,
) -> DigitalOceanPlan:
    """The network and account side. What the API would choose when not told is told.

    `namespaces` are those of `serving_namespaces`; `space` is the one that the stack makes.
    """
    is_prod = settings.environment == "prod"
    return DigitalOceanPlan(
        cidr=said.network.cidr,
        is_highly_available=is_prod if said.high_availability is None else said.high_availability,
        auto_upgrades=not is_prod if said.auto_upgrade is None else said.auto_upgrade,
        maintenance=MaintenancePlan(day=said.maintenance.day, start=said.maintenance.start),
        registry=said.registry,
        tags=tuple(
            sorted((stack_tag(stack), *(f"{key}:{value}" for key, value in said.tags.items())))
        ),
        load_balancer=decide_load_balancer(said.network.entry, settings.ingress, stack),
        names=decide_names(said.network.entry, settings.ingress, namespaces),
        keeps_cluster=keeps(settings.protection.cluster, settings.environment),
        keeps_volumes=keeps(settings.protection.volumes, settings.environment),
        may_be_replaced=settings.protection.replace_cluster == stack,
        space=space,
    )


def own_space(settings: Settings, said: DigitalOceanClusterSettings) -> ObjectStorePlan | None:
    """The Space that the stack makes for artefacts, beside its cluster; None: nobody asks."""
    objects = settings.stores.objects
    if not makes_space(settings) or objects.bucket is None:
        return None
    return bucket_at("spaces", objects.bucket, said.region)


def makes_space(settings: Settings) -> bool:
    """Whether the stack is to make a Space."""
    return settings.stores.objects.is_ours and settings.stores.objects.kind == "spaces"


def stack_tag(stack: str) -> str:
    """What says on DigitalOcean whose a thing is: its tags know no slash."""
    return f"{STACK_LABEL.replace('/', '-')}:{stack}"


def identity(cluster: ClusterPlan, plan: DigitalOceanPlan) -> Mapping[str, str]:
    """What the cluster is made as, by setting: most of it no cluster can change."""
    return {
        "cluster.region": cluster.region,
        "cluster.kubernetes": cluster.kubernetes,
        "cluster.highAvailability": str(plan.is_highly_available).lower(),
        "cluster.network.cidr": plan.cidr or "",
    }


def digitalocean_mistakes(settings: Settings, said: DigitalOceanClusterSettings) -> Iterator[str]:
    """`path: what is wrong` for each wish that DigitalOcean cannot meet."""
    if said.region not in REGIONS:
        yield f"cluster.region: {said.region!r} has no Kubernetes; {_nearest_region(said.region)}"
    try:
        doks_version(said.kubernetes)
    except UnknownVersionError as error:
        yield f"cluster.kubernetes: {error}"
    if makes_space(settings) and said.region not in SPACES_REGIONS:
        yield (
            f"stores.objects: {said.region} has no Spaces, so the stack can make none beside its "
            f"cluster; put the cluster into one of {', '.join(SPACES_REGIONS)}, or name a Space of "
            "yours, with its region"
        )
    if said.network.entry:
        yield from entry_mistakes(said.network.entry, settings, DNS)
    for number, pool in enumerate(settings.pools):
        yield from _pool_mistakes(f"pools[{number}]", pool)
    if all(pool.taints for pool in settings.pools):
        yield "pools: none without taints; the platform needs one to stand on"


def _nearest_region(region: str) -> str:
    close = get_close_matches(region, REGIONS, n=1)
    return f"did you mean {close[0]}?" if close else f"use one of {', '.join(REGIONS)}"


def _pool_mistakes(path: str, pool: PoolSettings) -> Iterator[str]:
    if pool.name == DEFAULT_POOL:
        yield f"{path}.name: {DEFAULT_POOL!r} is the pool that every cluster starts with"
    if pool.spot:
        yield f"{path}.spot: DigitalOcean has no spot market; remove it"
    if len(pool.instance_types) > 1:
        yield f"{path}.instanceTypes: a pool on DigitalOcean has one size, got {_listed(pool)}"
    least = pool.nodes if pool.min_nodes is None else pool.min_nodes
    if least == 0:
        yield (
            f"{path}.{'nodes' if pool.min_nodes is None else 'minNodes'}: 0 is not allowed; "
            "DigitalOcean empties no pool, use 1 or more, or remove the pool"
        )
    rows = [row for row in map(known_instance_type, pool.instance_types) if row]
    for row in rows:
        if row.sold_by != "digitalocean":
            yield (
                f"{path}.instanceTypes: {row.name!r} is not sold by DigitalOcean; name a size of "
                "droplets, like s-4vcpu-16gb-amd"
            )
    if any(row.gpus for row in rows) and all(t.key != GPU_TAINT for t in pool.taints):
        yield (
            f"{path}.taints: DigitalOcean taints nodes with GPUs, and the plan has to know it; "
            f"add {{key: {GPU_TAINT}, effect: NoSchedule}}"
        )


def _listed(pool: PoolSettings) -> str:
    return ", ".join(pool.instance_types)
