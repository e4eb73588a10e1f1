"""What the pools need on the cluster: who scales them, and who offers their GPUs. Pure."""

from components.cluster.aws.autoscaler import autoscaler_objects
from components.cluster.aws.device_plugin import device_plugin_objects
from plan.model import ClusterPlan
from upstream.model import Obj


def program_objects(cluster: ClusterPlan) -> tuple[Obj, ...]:
    """The autoscaler where a pool may grow, the device plugin where one has GPUs."""
    return (
        *(autoscaler_objects(cluster) if cluster.scales else ()),
        *device_plugin_objects(cluster.pools),
    )
