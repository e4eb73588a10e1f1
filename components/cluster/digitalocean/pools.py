"""Node pools: resources of their own, so that a new size replaces a pool and not the cluster."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_digitalocean as digitalocean

from plan.model import POOL_LABEL, Pool


@dataclass(frozen=True, kw_only=True)
class NodePoolArgs:
    """One pool of the plan, and the cluster it belongs to."""

    pool: Pool
    cluster: digitalocean.KubernetesCluster
    tags: Sequence[str]


def node_pool(args: NodePoolArgs, opts: pulumi.ResourceOptions) -> digitalocean.KubernetesNodePool:
    """The pool, of a fixed number of nodes or scaled by DigitalOcean between two.

    A number that the provider knows goes with every update of the pool, and sets a scaled one back
    to it. So it is said of those alone that begin above their least, where scaled ones begin.
    """
    pool = args.pool
    begins_at_least = pool.scales and pool.nodes == pool.min_nodes
    return digitalocean.KubernetesNodePool(
        pool.name,
        name=pool.name,
        cluster_id=args.cluster.id,
        size=pool.instance_types[0],
        node_count=None if begins_at_least else pool.nodes,
        auto_scale=pool.scales,
        min_nodes=pool.min_nodes if pool.scales else None,
        max_nodes=pool.max_nodes if pool.scales else None,
        labels={POOL_LABEL: pool.name, **pool.labels},
        taints=[{"key": one.key, "value": one.value, "effect": one.effect} for one in pool.taints],
        tags=args.tags,
        opts=pulumi.ResourceOptions.merge(
            opts,
            # Whoever scales it later is right.
            pulumi.ResourceOptions(ignore_changes=["nodeCount"] if pool.scales else []),
        ),
    )
