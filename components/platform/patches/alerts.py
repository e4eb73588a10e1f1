"""What calls somebody: alerts of the platform's own, beside the component they are about. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal

from components.platform.patches.model import Addition, Json, Selector
from components.platform.patches.targets import API_VERSION
from plan.monitoring import MonitoringPlan
from upstream.documents import read_yaml

TABLE = Path(__file__).with_suffix(".yaml")
NAMESPACE = "kubeflow"
RUNBOOKS = "docs/runbooks"


@dataclass(frozen=True, kw_only=True)
class Alert:
    """One alert; `lasting` is how long it has to be so, `expr` is PromQL."""

    name: str
    severity: Literal["critical", "warning", "info"]
    lasting: str
    expr: str
    summary: str
    description: str

    def rule(self) -> Json:
        """The rule as Prometheus reads it."""
        return {
            "alert": self.name,
            "expr": self.expr,
            "for": self.lasting,
            "labels": {"severity": self.severity},
            "annotations": {
                "summary": self.summary,
                "description": self.description,
                "runbook": f"{RUNBOOKS}/{self.name}.md",
            },
        }


@dataclass(frozen=True, kw_only=True)
class AlertGroup:
    """The alerts of one component, beside one object of it."""

    component: str
    selector: Selector
    source: str
    alerts: tuple[Alert, ...]


@cache
def alert_groups() -> tuple[AlertGroup, ...]:
    """The whole table."""
    return tuple(_group(row) for row in read_yaml(TABLE.read_text(encoding="utf-8"))["groups"])


def alert_additions(plan: MonitoringPlan) -> tuple[Addition, ...]:
    """A PrometheusRule per component, for whichever Prometheus reads the stack's monitors."""
    return tuple(
        Addition(
            name=f"{group.component}-alerts",
            component=group.component,
            selector=group.selector,
            why="nobody looks at a dashboard all day",
            source=group.source,
            make=partial(_rules, group, plan.labels),
        )
        for group in alert_groups()
    )


def _rules(group: AlertGroup, labels: Mapping[str, str], _beside: Json) -> Json:
    return {
        "apiVersion": API_VERSION,
        "kind": "PrometheusRule",
        "metadata": {
            "name": f"{group.component}-alerts",
            "namespace": NAMESPACE,
            "labels": dict(labels),
        },
        "spec": {
            "groups": [{"name": group.component, "rules": [alert.rule() for alert in group.alerts]}]
        },
    }


def _group(row: Mapping[str, Any]) -> AlertGroup:
    alerts = [
        {"lasting" if key == "for" else key: v for key, v in one.items()} for one in row["alerts"]
    ]
    return AlertGroup(
        component=row["component"],
        selector=Selector(**row["selector"]),
        source=row["source"],
        alerts=tuple(Alert(**one) for one in alerts),
    )
