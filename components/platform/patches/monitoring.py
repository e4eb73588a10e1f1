"""kube-prometheus as this platform runs it: sized, kept, without what it has no use for. Pure."""

import re
from collections.abc import Iterable
from functools import partial
from typing import Any

from components.platform.patches.availability import BUDGET_WHY, SPREAD_OVER, one_at_a_time
from components.platform.patches.availability import SOURCE as AVAILABILITY
from components.platform.patches.model import (
    Entry,
    Json,
    Patch,
    Removal,
    Selector,
    with_containers,
    with_spec,
)
from plan.model import POOL_LABEL
from plan.monitoring import COMPONENT, NAMESPACE, MonitoringPlan

SOURCE = "kubeflow.md, section 1.4"
PROMETHEUS = Selector(kind="Prometheus", namespace=NAMESPACE, name="k8s")
ALERTMANAGER = Selector(kind="Alertmanager", namespace=NAMESPACE, name="main")
# Replicas by whether a node may fail: (no, yes). Three of Alertmanager can outvote a split.
PROMETHEUS_REPLICAS, ALERTMANAGER_REPLICAS = (1, 2), (1, 3)
# Of the disk; the rest is for what is compacted and not yet deleted.
RETAINED_SHARE = 0.85
REQUESTS = {"cpu": "100m", "memory": "1Gi"}
# A cloud runs these itself and lets nobody look: their alerts would fire for ever.
HIDDEN = ("kube-scheduler", "kube-controller-manager")
HIDDEN_RULES = (
    "kubernetes-system-scheduler",
    "kubernetes-system-controller-manager",
    "kube-scheduler.rules",
)
# By these the dashboards tell teams, notebooks and pools: see docs/monitoring.md for `existing`.
SHOWN_LABELS = {
    "namespaces": "app.kubernetes.io/part-of",
    "nodes": POOL_LABEL,
    "pods": "notebook-name",
}
# What goes, by why: kinds, each with the name as a regular expression.
SUPERFLUOUS: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    (
        "prometheus-adapter",
        "metrics.k8s.io can be served by one only, and metrics-server comes with the cluster",
        (
            ("APIService", r"v1beta1\.metrics\.k8s\.io"),
            (
                "ClusterRole",
                "prometheus-adapter|system:aggregated-metrics-reader"
                "|resource-metrics-server-resources",
            ),
            ("ClusterRoleBinding", "prometheus-adapter|resource-metrics:system:auth-delegator"),
            ("ConfigMap", "adapter-config"),
            ("Deployment", "prometheus-adapter"),
            ("NetworkPolicy", "prometheus-adapter"),
            ("PodDisruptionBudget", "prometheus-adapter"),
            ("RoleBinding", "resource-metrics-auth-reader"),
            ("Service", "prometheus-adapter"),
            ("ServiceAccount", "prometheus-adapter"),
            ("ServiceMonitor", "prometheus-adapter"),
        ),
    ),
    (
        "blackbox-exporter",
        "nothing is probed from outside, and it would fetch whatever URL it is given",
        (
            ("ClusterRole", "blackbox-exporter"),
            ("ClusterRoleBinding", "blackbox-exporter"),
            ("ConfigMap", "blackbox-exporter-configuration"),
            ("Deployment", "blackbox-exporter"),
            ("NetworkPolicy", "blackbox-exporter"),
            ("Service", "blackbox-exporter"),
            ("ServiceAccount", "blackbox-exporter"),
            ("ServiceMonitor", "blackbox-exporter"),
        ),
    ),
    (
        "hidden-control-planes",
        "the cloud runs them and lets nobody look",
        (("ServiceMonitor", "|".join(HIDDEN)),),
    ),
    (
        "reach-of-three-namespaces",
        "its ClusterRole reaches every namespace",
        (("Role", "prometheus-k8s"), ("RoleBinding", "prometheus-k8s")),
    ),
    (
        "foreign-dashboards",
        "no node runs Windows, AIX or macOS, and there is one cluster",
        (("ConfigMap", "grafana-dashboard-(.*windows.*|nodes-(aix|darwin)|.*-multicluster)"),),
    ),
)


def monitoring_patches(
    plan: MonitoringPlan, storage_class: str, *, is_highly_available: bool
) -> tuple[Entry, ...]:
    """All but Grafana's; of another's Prometheus nothing is patched, for it is not in the release.

    A drain would wait for ever for a budget of one of one, so there is none without a second.
    """
    return (
        *_removals(SUPERFLUOUS),
        *(() if is_highly_available else _removals(BUDGETS)),
        Patch(
            name="prometheus-size",
            component=COMPONENT,
            selector=PROMETHEUS,
            why="upstream's forgets everything with its pod, and asks for no CPU",
            source=SOURCE,
            change=partial(_prometheus, plan, storage_class, is_highly_available),
        ),
        Patch(
            name="alertmanager-replicas",
            component=COMPONENT,
            selector=ALERTMANAGER,
            why="three are for when a node may go; where none may, one is enough",
            source=SOURCE,
            change=lambda body: with_spec(
                body, replicas=ALERTMANAGER_REPLICAS[is_highly_available]
            ),
            may_hold_already=True,
        ),
        *(_apart() if is_highly_available else ()),
        Patch(
            name="prometheus-reach",
            component=COMPONENT,
            selector=Selector(kind="ClusterRole", namespace="", name="prometheus-k8s"),
            why="upstream's finds targets in three namespaces, none of them Kubeflow's or a team's",
            source=SOURCE,
            change=_everywhere,
        ),
        Patch(
            name="labels-of-teams-notebooks-and-pools",
            component=COMPONENT,
            selector=Selector(kind="Deployment", namespace=NAMESPACE, name="kube-state-metrics"),
            why="it shows no label unless told, and only by these are they known",
            source="kube-state-metrics docs/developer/cli-arguments.md, --metric-labels-allowlist",
            change=lambda body: with_containers(body, _showing_labels),
        ),
        Patch(
            name="monitoring-namespace-privileges",
            component=COMPONENT,
            selector=Selector(kind="Namespace", namespace="", name=NAMESPACE),
            why="node-exporter reads the node itself, which a cluster that enforces less refuses",
            source="kubeflow.md, section 1.5",
            change=_privileged,
        ),
        Patch(
            name="hidden-control-planes-rules",
            component=COMPONENT,
            selector=Selector(
                kind="PrometheusRule", namespace=NAMESPACE, name="kubernetes-monitoring-rules"
            ),
            why="what nobody can look at would always be called down",
            source=SOURCE,
            change=_without_hidden,
        ),
    )


def _apart() -> tuple[Patch, ...]:
    return (
        *(
            Patch(
                name=f"{selector.kind.lower()}-spread",
                component=COMPONENT,
                selector=selector,
                why="two pods on one node or in one zone go together",
                source=AVAILABILITY,
                change=_spread,
            )
            for selector in (PROMETHEUS, ALERTMANAGER)
        ),
        Patch(
            name="monitoring-budgets",
            component=COMPONENT,
            selector=Selector(kind="PodDisruptionBudget", namespace=NAMESPACE, name=".*"),
            why=BUDGET_WHY,
            source=AVAILABILITY,
            change=one_at_a_time,
        ),
    )


def _spread(body: Json) -> Json:
    """The operator adds the labels of the pods to each."""
    return with_spec(
        body,
        topologySpreadConstraints=[
            {"maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": "ScheduleAnyway"}
            | {"labelSelector": {"matchLabels": body["spec"]["podMetadata"]["labels"]}}
            for key in SPREAD_OVER
        ],
    )


BUDGETS = (
    (
        "budgets",
        "a drain would wait for ever for the only one",
        (("PodDisruptionBudget", "prometheus-k8s|alertmanager-main"),),
    ),
)


def _removals(
    rows: Iterable[tuple[str, str, tuple[tuple[str, str], ...]]],
) -> tuple[Removal, ...]:
    return tuple(
        Removal(
            name=f"{name}-{kind.lower()}",
            component=COMPONENT,
            selector=Selector(kind=kind, namespace=".*", name=pattern),
            why=why,
            source=SOURCE,
        )
        for name, why, kinds in rows
        for kind, pattern in kinds
    )


def _prometheus(
    plan: MonitoringPlan, storage_class: str, is_highly_available: bool, body: Json
) -> Json:
    claim = {
        "storageClassName": storage_class,
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": f"{plan.storage_gib}Gi"}},
    }
    return with_spec(
        body,
        replicas=PROMETHEUS_REPLICAS[is_highly_available],
        retention=f"{plan.retention_days}d",
        retentionSize=f"{int(plan.storage_gib * 1024 * RETAINED_SHARE)}MiB",
        resources={"requests": REQUESTS},
        storage={"volumeClaimTemplate": {"spec": claim}},
    )


def _everywhere(body: Json) -> Json:
    def rule(group: str, *resources: str) -> dict[str, Any]:
        verbs = ["get", "list", "watch"]
        return {"apiGroups": [group], "resources": list(resources), "verbs": verbs}

    found = (rule("", "services", "pods"), rule("discovery.k8s.io", "endpointslices"))
    return {**body, "rules": [*body["rules"], *found]}


def _showing_labels(container: Json) -> Json:
    if container["name"] != "kube-state-metrics":
        return container
    shown = ",".join(f"{kind}=[{label}]" for kind, label in SHOWN_LABELS.items())
    return {**container, "args": [*container["args"], f"--metric-labels-allowlist={shown}"]}


def _privileged(body: Json) -> Json:
    metadata = body["metadata"]
    enforced = {"pod-security.kubernetes.io/enforce": "privileged"}
    return {**body, "metadata": {**metadata, "labels": {**metadata["labels"], **enforced}}}


def _without_hidden(body: Json) -> Json:
    kept = [group for group in body["spec"]["groups"] if group["name"] not in HIDDEN_RULES]
    return with_spec(body, groups=kept)


def is_foreign(dashboard: str) -> bool:
    """Whether the ConfigMap of a dashboard goes."""
    ((_, pattern),) = next(kinds for name, _, kinds in SUPERFLUOUS if name == "foreign-dashboards")
    return re.fullmatch(pattern, dashboard) is not None
