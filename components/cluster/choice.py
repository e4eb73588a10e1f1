"""The cluster a plan asks for: the only place that asks which cloud it is."""

import pulumi

from components.cluster.existing import ExistingCluster
from components.cluster.handle import ClusterHandle
from plan.model import Plan


def build_cluster(
    name: str,
    plan: Plan,
    kubeconfig: pulumi.Output[str] | None,
    registry_credentials: pulumi.Output[str] | None = None,
) -> ClusterHandle:
    """The handle of the plan's cluster; `kubeconfig` is of one that exists already."""
    # A provider's library takes a second to import, which other stacks need not pay.
    if plan.aws is not None:
        from components.cluster.aws.cluster import AwsCluster, Registry  # noqa: PLC0415

        return AwsCluster(
            name,
            plan.cluster,
            plan.aws,
            plan.labels,
            Registry(mirror=plan.kubeflow.registry_mirror, credentials=registry_credentials),
        ).handle
    if plan.digitalocean is not None:
        from components.cluster.digitalocean.cluster import DigitalOceanCluster  # noqa: PLC0415

        return DigitalOceanCluster(
            name,
            plan.cluster,
            plan.digitalocean,
            plan.labels,
            plan.kubeflow.registry_mirror,
        ).handle
    return ExistingCluster(name, plan.cluster, kubeconfig).handle
