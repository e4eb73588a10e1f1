"""In prod, what requests pass through is there twice, apart, and a drain gets by."""

import math
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.platform.patches.availability import ALONE, SPREAD_OVER
from components.platform.patches.model import apply_patches
from components.platform.patches.table import platform_patches
from records.operators import stateful_set
from tests.components.conftest import ARGS
from upstream.inventory import pod_labels, pod_template
from upstream.model import Key, Obj, Release
from upstream.render import as_object
from upstream.selectors import selects

OPERATED = ("Prometheus", "Alertmanager")
ROOT = Path(__file__).parents[2]
TWICE = {
    "istio-system/istio-ingressgateway",
    "istio-system/istiod",
    "oauth2-proxy/oauth2-proxy",
    "auth/dex",
    "cert-manager/cert-manager-webhook",
    "knative-serving/webhook",
    "knative-serving/net-istio-webhook",
    "knative-serving/activator",
    "istio-system/cluster-local-gateway",
    "kubeflow/pod-defaults",
    "kubeflow/ml-pipeline",
    "kubeflow/kserve-controller-manager",
    "kubeflow/llmisvc-controller-manager",
    "kubeflow/pvcviewer-controller-manager",
    "kubeflow/spark-operator-webhook",
    "kubeflow-system/jobset-controller-manager",
    "kubeflow-system/kubeflow-trainer-controller-manager",
}


@pytest.fixture(scope="module")
def prod(release: Release) -> tuple[Obj, ...]:
    args = replace(ARGS, is_highly_available=True)
    return operated(apply_patches(release.objects, platform_patches(args)))


def operated(objs: tuple[Obj, ...]) -> tuple[Obj, ...]:
    """The same, with the workloads that operators make in the place of what they make them of."""
    return tuple(
        as_object(stateful_set(obj.body), obj.component) if obj.kind in OPERATED else obj
        for obj in objs
    )


def named(obj: Obj) -> str:
    own = obj.component if obj.component == "pod-defaults" else obj.name
    return f"{obj.namespace}/{own}"


def of_kind(objs: tuple[Obj, ...], kind: str) -> list[Obj]:
    return [obj for obj in objs if obj.kind == kind]


def test_what_requests_pass_through_is_there_twice(prod: tuple[Obj, ...]) -> None:
    least: dict[str, int] = {}
    for scaler in of_kind(prod, "HorizontalPodAutoscaler"):
        spec = scaler.body["spec"]
        assert spec["minReplicas"] <= spec["maxReplicas"]
        least[f"{scaler.namespace}/{spec['scaleTargetRef']['name']}"] = spec["minReplicas"]
    for obj in of_kind(prod, "Deployment"):
        if f"{obj.namespace}/{obj.name}" in least:
            assert "replicas" not in obj.body["spec"], f"two writers of {obj.key}"
        else:
            least[named(obj)] = obj.body["spec"].get("replicas", 1)
    assert {name for name, count in least.items() if count >= 2} == TWICE


def test_the_two_are_apart(prod: tuple[Obj, ...]) -> None:
    spread: dict[str, list[dict[str, Any]]] = {}
    for obj in of_kind(prod, "Deployment"):
        pod = obj.body["spec"]["template"]
        constraints = pod["spec"].get("topologySpreadConstraints", [])
        if {c["topologyKey"] for c in constraints} == set(SPREAD_OVER):
            spread[named(obj)] = constraints
            for constraint in constraints:
                labels = constraint["labelSelector"]["matchLabels"]
                assert labels.items() <= pod["metadata"]["labels"].items()
    assert spread.keys() == TWICE


def pods_at_least(objs: tuple[Obj, ...]) -> dict[Key, int]:
    """Of every workload that a budget can be about, how many pods it has when quiet."""
    scaled = {
        (o.namespace, o.body["spec"]["scaleTargetRef"]["name"]): o.body["spec"]["minReplicas"]
        for o in of_kind(objs, "HorizontalPodAutoscaler")
    }
    return {
        o.key: scaled.get((o.namespace, o.name), o.body["spec"].get("replicas", 1))
        for kind in ("Deployment", "StatefulSet")
        for o in of_kind(objs, kind)
    }


def held_by(budget: Obj, objs: tuple[Obj, ...]) -> list[Key]:
    """The workloads whose pods a budget is about."""
    selector = budget.body["spec"]["selector"]
    return [
        obj.key
        for obj in objs
        if obj.namespace == budget.namespace
        and pod_template(obj)
        and selects(selector, pod_labels(obj))
    ]


def may_go(budget: Obj, pods: int) -> int:
    """How many of its pods a drain may take, as the disruption controller reckons it."""
    spec = budget.body["spec"]
    if "maxUnavailable" in spec:
        return min(int(spec["maxUnavailable"]), pods)
    least = str(spec["minAvailable"])
    if least.endswith("%"):
        return pods - math.ceil(pods * int(least.removesuffix("%")) / 100)
    return pods - int(least)


def blocked(objs: tuple[Obj, ...]) -> list[str]:
    """Every budget of which no pod may ever go."""
    pods = pods_at_least(objs)
    return [
        f"{budget.key} holds {held}"
        for budget in of_kind(objs, "PodDisruptionBudget")
        for held in held_by(budget, objs)
        if may_go(budget, pods[held]) < 1
    ]


def test_what_is_there_twice_has_one_budget_of_exactly_its_pods(prod: tuple[Obj, ...]) -> None:
    budgets = of_kind(prod, "PodDisruptionBudget")
    assert len({budget.key for budget in budgets}) == len(budgets)
    held = [key for budget in budgets for key in held_by(budget, prod)]
    assert len(held) == len(budgets)
    assert sorted(held) == sorted(key for key, pods in pods_at_least(prod).items() if pods > 1)


def test_a_drain_takes_one_pod_at_a_time_and_never_none(prod: tuple[Obj, ...]) -> None:
    pods = pods_at_least(prod)
    for budget in of_kind(prod, "PodDisruptionBudget"):
        (held,) = held_by(budget, prod)
        assert may_go(budget, pods[held]) == 1
        assert budget.body["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"
    assert blocked(prod) == []


def test_in_dev_no_budget_blocks_a_drain_either(patched: tuple[Obj, ...]) -> None:
    assert of_kind(patched, "PodDisruptionBudget")
    assert blocked(patched) == []


@pytest.mark.parametrize("least", [1, "80%", "100%"])
def test_a_budget_that_blocks_would_be_found(patched: tuple[Obj, ...], least: int | str) -> None:
    def demanding(obj: Obj) -> Obj:
        if obj.name != "activator-pdb":
            return obj
        spec = {"minAvailable": least, "selector": obj.body["spec"]["selector"]}
        return replace(obj, body={**obj.body, "spec": spec})

    (line,) = blocked(tuple(map(demanding, patched)))
    assert "activator-pdb" in line


def test_dev_has_one_of_each(patched: tuple[Obj, ...]) -> None:
    scalers = of_kind(patched, "HorizontalPodAutoscaler")
    assert {scaler.body["spec"]["minReplicas"] for scaler in scalers} == {1}


def webhook_services(objs: Iterable[Obj]) -> set[tuple[str, str]]:
    """Namespace and name of every Service that a write may have to pass."""
    found = (
        hook["clientConfig"]["service"]
        for obj in objs
        if obj.kind in ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
        for hook in obj.body.get("webhooks", ())
    )
    return {(service["namespace"], service["name"]) for service in found}


def behind(service: tuple[str, str], objs: tuple[Obj, ...]) -> list[Key]:
    """The workloads whose pods a Service leads to."""
    (selector,) = (
        obj.body["spec"]["selector"]
        for obj in of_kind(objs, "Service")
        if (obj.namespace, obj.name) == service
    )
    return [
        obj.key
        for obj in objs
        if obj.namespace == service[0]
        and pod_template(obj)
        and selects({"matchLabels": selector}, pod_labels(obj))
    ]


def test_every_webhook_is_there_twice_or_has_its_reason(prod: tuple[Obj, ...]) -> None:
    services = webhook_services(prod)
    assert len(services) >= 14, "the release has so many webhooks"
    pods, alone = pods_at_least(prod), set()
    for service in services:
        (workload,) = behind(service, prod)
        if pods[workload] < 2:
            alone.add(f"{workload.namespace}/{workload.name}")
    assert alone <= ALONE.keys()
    counts = {f"{key.namespace}/{key.name}": count for key, count in pods.items()}
    assert {counts[name] for name in ALONE} == {1}, "a reason for what is there twice"


def test_who_stays_alone_elects_no_leader(prod: tuple[Obj, ...]) -> None:
    alone = [o for o in of_kind(prod, "Deployment") if f"{o.namespace}/{o.name}" in ALONE]
    assert len(alone) == len(ALONE)
    for obj in alone:
        said = str(obj.body["spec"]["template"])
        assert not re.search("leader-?elect", said), f"{obj.key} may have a second pod now"


def test_the_docs_tell_who_stays_alone() -> None:
    told = (ROOT / "docs" / "components.md").read_text(encoding="utf-8")
    assert [name for name in ALONE if f"`{name.partition('/')[2]}`" not in told] == []
