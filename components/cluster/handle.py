"""The one shape every cluster returns: nothing after it asks which cloud it is."""

from dataclasses import dataclass

import pulumi

from plan.model import LoadBalancerPlan, Pool


@dataclass(frozen=True, kw_only=True)
class ClusterHandle:
    """What the platform needs of a cluster; `ready` is what every object on it depends on."""

    provider: pulumi.ProviderResource
    kubeconfig: pulumi.Output[str]
    storage_class: str
    load_balancer: LoadBalancerPlan | None  # None: the cluster's own, or nobody from outside
    zones: tuple[str, ...]
    pools: tuple[Pool, ...]
    ready: tuple[pulumi.Resource, ...]
