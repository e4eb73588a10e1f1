"""In prod, what requests pass through is there twice, apart, and a drain gets by."""

from dataclasses import replace
from typing import Any

import pytest

from components.platform.patches.availability import SPREAD_OVER
from components.platform.patches.model import apply_patches
from components.platform.patches.table import platform_patches
from tests.components.conftest import ARGS
from upstream.model import Obj, Release

TWICE = {
    "istio-system/istio-ingressgateway",
    "istio-system/istiod",
    "oauth2-proxy/oauth2-proxy",
    "auth/dex",
    "cert-manager/cert-manager-webhook",
    "knative-serving/webhook",
    "knative-serving/net-istio-webhook",
    "knative-serving/activator",
    "kubeflow/pod-defaults",
    "kubeflow/ml-pipeline",
}


@pytest.fixture(scope="module")
def prod(release: Release) -> tuple[Obj, ...]:
    return apply_patches(release.objects, platform_patches(replace(ARGS, is_highly_available=True)))


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


def test_a_drain_takes_one_pod_at_a_time_and_never_none(prod: tuple[Obj, ...]) -> None:
    budgets = of_kind(prod, "PodDisruptionBudget")
    assert len(budgets) == 2
    for budget in budgets:
        assert budget.body["spec"]["maxUnavailable"] == 1
        assert "minAvailable" not in budget.body["spec"]


def test_dev_has_one_of_each(patched: tuple[Obj, ...]) -> None:
    scalers = of_kind(patched, "HorizontalPodAutoscaler")
    assert {scaler.body["spec"]["minReplicas"] for scaler in scalers} == {1}
