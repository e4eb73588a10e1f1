"""What the resources of DigitalOcean cost: each extractor turns one type into demands. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from cost.aws import Extractor
from cost.model import (
    Demand,
    Resource,
    Surroundings,
    UnknownInputError,
    demand,
    exactly,
    known,
    usage,
)
from cost.teams import Nodes
from cost.usage import Range

BUCKET = "digitalocean:index/spacesBucket:SpacesBucket"
INCLUDED_GIB = 250  # of all Spaces together
HA_BY_DEFAULT = (1, 36)


def cluster(resource: Resource, _around: Surroundings) -> Iterable[Demand]:
    """The control plane, free unless it is highly available, and the pool that comes with it."""
    if _is_highly_available(resource):
        yield demand(resource, "HA control plane", "control plane", exactly(1), "do.doks.ha")
    pool = known(resource, "nodePool")
    if pool:
        yield from _nodes(resource, pool)


def _is_highly_available(resource: Resource) -> bool:
    """As asked for; where nothing is said it is on from 1.36."""
    said = known(resource, "ha")
    if said is not None:
        return bool(said)
    version = re.match(r"(\d+)\.(\d+)", str(known(resource, "version")))
    if version is None:
        raise UnknownInputError("neither ha nor the version is known; say ha")
    return (int(version[1]), int(version[2])) >= HA_BY_DEFAULT


def node_pool(resource: Resource, _around: Surroundings) -> Iterable[Demand]:
    """The machines of one more pool."""
    yield from _nodes(resource, resource.inputs)


def _nodes(resource: Resource, pool: Mapping[str, Any]) -> Iterable[Demand]:
    count, low, high = pool.get("nodeCount"), pool.get("minNodes"), pool.get("maxNodes")
    if pool.get("autoScale"):
        low = low or 0
        count = low if count is None else count
        sizes = Range.of(low, count, count if high is None else high)
    elif count is None:
        raise UnknownInputError("nodeCount is not known")
    else:
        sizes = Range.of(count, count, count)
    size = pool["size"]
    asked = demand(resource, f"nodes, {size}", "nodes", sizes, f"do.droplet/{size}")
    yield replace(asked, nodes=Nodes(machine=size, number=sizes))


def space(resource: Resource, around: Surroundings) -> Iterable[Demand]:
    """The first one pays for all of them, up to what is included."""
    first, *_ = (one for one in around.resources if one.type == BUCKET)
    if first is not resource:
        return
    yield demand(resource, "Spaces, all of them", "storage", exactly(1), "do.spaces.base")
    buckets = sum(1 for one in around.resources if one.type == BUCKET)
    kept = around.usage.object_gb * buckets
    over = Range(
        *(max(one - INCLUDED_GIB, Decimal(0)) for one in (kept.low, kept.expected, kept.high))
    )
    yield from usage(demand(resource, "objects beyond", "storage", over, "do.spaces.storage_over"))


def database(resource: Resource, _around: Surroundings) -> Iterable[Demand]:
    """A managed database, per node."""
    engine, size = known(resource, "engine"), known(resource, "size")
    number = exactly(int(known(resource, "nodeCount") or 1))
    yield demand(resource, f"{size}, {engine}", "database", number, f"do.db.{engine}/{size}")


def volume(resource: Resource, _around: Surroundings) -> Iterable[Demand]:
    """A volume, attached or not."""
    size = exactly(int(known(resource, "size")))
    yield demand(resource, "volume", "storage", size, "do.volume")


EXTRACTORS: Mapping[str, Extractor] = {
    "digitalocean:index/kubernetesCluster:KubernetesCluster": cluster,
    "digitalocean:index/kubernetesNodePool:KubernetesNodePool": node_pool,
    BUCKET: space,
    "digitalocean:index/databaseCluster:DatabaseCluster": database,
    "digitalocean:index/volume:Volume": volume,
}
NO_CHARGE = "DigitalOcean takes nothing for it"
FREE: Mapping[str, str] = {
    "digitalocean:index/vpc:Vpc": NO_CHARGE,
    "digitalocean:index/project:Project": NO_CHARGE,
    "digitalocean:index/projectResources:ProjectResources": NO_CHARGE,
    "digitalocean:index/firewall:Firewall": NO_CHARGE,
    "digitalocean:index/tag:Tag": NO_CHARGE,
    "digitalocean:index/databaseDb:DatabaseDb": NO_CHARGE,
    "digitalocean:index/databaseUser:DatabaseUser": NO_CHARGE,
    "digitalocean:index/databaseFirewall:DatabaseFirewall": NO_CHARGE,
    "digitalocean:index/spacesKey:SpacesKey": NO_CHARGE,
    "digitalocean:index/dnsRecord:DnsRecord": NO_CHARGE,
    "digitalocean:index/spacesBucketPolicy:SpacesBucketPolicy": NO_CHARGE,
}
