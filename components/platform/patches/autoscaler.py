"""The cluster autoscaler as Prometheus knows it: a program of the cluster's. Pure."""

from functools import partial

from components.platform.patches.model import Addition, as_it_is
from components.platform.patches.targets import (
    API_VERSION,
    GATEWAYS_COMPONENT,
    THE_GATEWAY,
    policy,
)
from plan.autoscaler import LABELS, NAME, NAMESPACE, PORT
from plan.monitoring import MonitoringPlan


def autoscaler_patches(plan: MonitoringPlan) -> tuple[Addition, ...]:
    """Who reads it, and that nobody else does."""
    monitor = {
        "apiVersion": API_VERSION,
        "kind": "PodMonitor",
        "metadata": {"name": NAME, "namespace": NAMESPACE, "labels": dict(plan.labels)},
        "spec": {
            "selector": {"matchLabels": LABELS},
            "podMetricsEndpoints": [{"portNumber": PORT, "path": "/metrics", "scheme": "http"}],
        },
    }
    callers = policy(f"prometheus-to-{NAME}", NAMESPACE, {"matchLabels": LABELS}, PORT, plan)
    return tuple(
        Addition(
            name=f"autoscaler-{what}",
            component=GATEWAYS_COMPONENT,
            selector=THE_GATEWAY,
            why="pods that wait for a node wait for it",
            source="kubernetes/autoscaler cluster-autoscaler/proposals/metrics.md",
            make=partial(as_it_is, body),
        )
        for what, body in (("monitor", monitor), ("callers", callers))
    )
