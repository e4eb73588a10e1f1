"""The cluster autoscaler as Prometheus knows it: a program of the cluster's. Pure."""

from components.platform.patches.model import Addition
from components.platform.patches.targets import beside_the_gateway, of_the_cluster
from plan.autoscaler import LABELS, NAME, NAMESPACE, PORT
from plan.monitoring import MonitoringPlan

WHY = "pods that wait for a node wait for it"
SOURCE = "kubernetes/autoscaler cluster-autoscaler/proposals/metrics.md"


def autoscaler_patches(plan: MonitoringPlan) -> tuple[Addition, ...]:
    """Who reads it, and that nobody else does."""
    monitor, callers = of_the_cluster({"name": NAME, "namespace": NAMESPACE}, LABELS, PORT, plan)
    return (
        beside_the_gateway("autoscaler-monitor", WHY, SOURCE, monitor),
        beside_the_gateway("autoscaler-callers", WHY, SOURCE, callers),
    )
