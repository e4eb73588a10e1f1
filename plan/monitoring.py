"""Whether anybody watches the platform, and from where. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from settings.monitoring import MonitoringSettings

COMPONENT = "monitoring"  # of every release: the stack's own Prometheus and Grafana
NAMESPACE = "monitoring"  # where they are
# What only one of the modes reads.
READ_BY: Mapping[str, str] = {
    "retention_days": "managed",
    "storage_gib": "managed",
    "namespace": "existing",
    "labels": "existing",
}


@dataclass(frozen=True, kw_only=True)
class MonitoringPlan:
    """Who watches: the Prometheus in `namespace`, which reads monitors that carry `labels`."""

    mode: Literal["managed", "existing"]
    retention_days: int
    storage_gib: int
    namespace: str
    labels: Mapping[str, str]


def monitoring_mistakes(said: MonitoringSettings) -> Iterator[str]:
    """`path: what is wrong` for each wish that the mode has no use for."""
    fields = type(said).model_fields
    yield from (
        f"monitoring.{fields[name].alias}: would not be used: monitoring.mode is {said.mode!r}; "
        f"remove it, or let the mode be {mode!r}"
        for name, mode in READ_BY.items()
        if said.mode != mode and getattr(said, name) != fields[name].default
    )


def decide_monitoring(said: MonitoringSettings) -> MonitoringPlan | None:
    """What the settings come to; None where nobody watches."""
    if said.mode == "none":
        return None
    return MonitoringPlan(
        mode=said.mode,
        retention_days=said.retention_days,
        storage_gib=said.storage_gib,
        namespace=said.namespace,
        labels=dict(said.labels),
    )


def report(plan: MonitoringPlan | None) -> str:
    """Who watches, and what of it is kept."""
    if plan is None:
        return "monitoring: none"
    if plan.mode == "existing":
        return f"monitoring: by the cluster's Prometheus in {plan.namespace}"
    return (
        f"monitoring: own Prometheus and Grafana, {plan.retention_days} days "
        f"or {plan.storage_gib} GiB of metrics per replica"
    )
