"""The one shape every cluster returns: nothing after it asks which cloud it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pulumi

from plan.clouds import LoadBalancerPlan
from plan.model import Pool


@dataclass(frozen=True, kw_only=True)
class Entry:
    """How the gateway is reached from outside: at `address`, through `node_ports` of every node.

    The ports are by the name that the gateway's Service has for them.
    """

    address: pulumi.Output[str]
    node_ports: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class ClusterHandle:
    """What the platform needs of a cluster; `ready` is what every object on it depends on."""

    provider: pulumi.ProviderResource
    kubeconfig: pulumi.Output[str]
    storage_class: str
    # Of a bucket and a MySQL server that are made with it, by the name of the stack's secret.
    store_keys: Mapping[str, pulumi.Output[str]]
    database_host: pulumi.Output[str] | None  # of that server; None: the stack makes none
    entry: Entry | None  # None: only from inside, by port-forward
    load_balancer: LoadBalancerPlan | None  # None: the cluster's own, or nobody from outside
    zones: tuple[str, ...]
    pools: tuple[Pool, ...]
    ready: tuple[pulumi.Resource, ...]
    # Makes the records that lead to the address of that load balancer; None: somebody else does.
    lead_to: Callable[[pulumi.Output[str]], tuple[pulumi.Resource, ...]] | None = None
