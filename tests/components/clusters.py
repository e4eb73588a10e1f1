"""A cluster as its handle shows it, with nothing behind it."""

from collections.abc import Sequence

import pulumi
import pulumi_kubernetes

from components.cluster.handle import ClusterHandle
from plan.model import Pool


def bare_cluster(pools: Sequence[Pool] = ()) -> ClusterHandle:
    """Reached with a kubeconfig that nobody reads; to be made inside a program."""
    return ClusterHandle(
        provider=pulumi_kubernetes.Provider("k8s", kubeconfig="x"),
        kubeconfig=pulumi.Output.from_input("x"),
        storage_class="standard",
        store_keys={},
        database_host=None,
        entry=None,
        load_balancer=None,
        zones=("a",),
        pools=tuple(pools),
        ready=(),
    )
