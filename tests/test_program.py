"""The whole program, declared for every stack: what a preview would register."""

import json
import runpy
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from plan.build import make_plan
from rehearsal.engine.aws_resources import answers
from rehearsal.engine.goal import Goal
from rehearsal.engine.stackfile import load_stack
from settings.load import read_settings

STACKS = sorted(
    path.name.split(".")[1]
    for path in (Path(__file__).parent.parent / "stacks").glob("Pulumi.*.yaml")
)


@pytest.fixture(scope="module", params=STACKS)
def stack_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def declared(deploy: Callable[..., Any], root: Path, name: str) -> Any:
    config = {**load_stack(root, name).config, "kubeflow:kubeconfig": "nowhere"}
    main = str(root / "__main__.py")
    plan = make_plan(read_settings(name, config["kubeflow:settings"]), name)
    return deploy(lambda: runpy.run_path(main, run_name="__main__"), config, answers(plan.cluster))


def outlived(urn: str, goals: Iterable[Goal]) -> set[str]:
    """What a destroy cannot begin with while `urn` is there: all it depends on."""
    by_urn = {goal.urn: goal for goal in goals}
    found: set[str] = set()
    waiting = [urn]
    while waiting:
        fresh = {one for one in by_urn[waiting.pop()].dependencies if one in by_urn} - found
        found |= fresh
        waiting.extend(fresh)
    return found


def test_the_stack_declares_kubeflow(
    deploy: Callable[..., Any], project_root: Path, stack_name: str
) -> None:
    """One run, many facts: a declared program is expensive, its checks are not."""
    graph = declared(deploy, project_root, stack_name)
    kubernetes = [goal for goal in graph.goals.values() if goal.type.startswith("kubernetes:")]
    assert len(kubernetes) > 250
    assert not [goal for goal in kubernetes if goal.type.endswith(":CustomResourceDefinition")]
    for goal in kubernetes:
        labels = goal.inputs["metadata"]["labels"]
        assert labels["kubeflow-stack/name"] == "test"
        assert "Cluster$pulumi:providers:kubernetes::cluster" in goal.provider

    crds = graph["pulumi-python:dynamic/kubeflow:Crds", "istio-crds"]
    assert "gateways.networking.istio.io" in crds["digests"]
    assert len(crds["__provider"]) < 500, "the provider must travel by reference"

    guard = graph.goals["pulumi-python:dynamic/kubeflow:UserWorkloads", "user-workloads"]
    assert guard.inputs["ending"] == "refuse"
    assert {"kubeflow", "istio-system", "knative-serving"} <= set(guard.inputs["namespaces"])
    assert set(crds["digests"]) < set(guard.inputs["crds"])
    assert len(guard.inputs["__provider"]) < 500
    assert outlived(guard.urn, graph.goals.values()) >= {
        goal.urn for goal in graph.goals.values() if goal.is_custom and goal is not guard
    }

    pipeline = graph.goals["kubernetes:apps/v1:Deployment", "kubeflow/ml-pipeline"]
    assert any(
        urn.endswith("MutatingWebhookConfiguration::istio-sidecar-injector")
        for urn in pipeline.dependencies
    )
    dex = graph.goals["kubernetes:apps/v1:Deployment", "auth/dex"]
    passwords = graph.goals["kubernetes:core/v1:Secret", "auth/dex-passwords"]
    assert passwords.secrets == {"stringData"}
    checksum = dex.inputs["spec"]["template"]["metadata"]["annotations"]
    assert len(checksum["kubeflow-stack/config-checksum"]) == 64
    assert "spec" not in dex.secrets, "a digest of secrets is no secret"

    injector = graph[
        "kubernetes:admissionregistration.k8s.io/v1:MutatingWebhookConfiguration",
        "istio-sidecar-injector",
    ]
    assert "caBundle" in injector["metadata"]["annotations"]["pulumi.com/waitFor"]
    assert graph.outputs["release"] == "26.03"
    assert graph.outputs["capacity"]["fits"] is True


def test_the_mode_of_serving_and_the_owners_patches_reach_what_is_declared(
    deploy: Callable[..., Any], project_root: Path
) -> None:
    config = {**load_stack(project_root, "sandbox").config, "kubeflow:kubeconfig": "nowhere"}
    said = json.loads(config["kubeflow:settings"])
    said["kubeflow"] = {
        "components": ["kserve"],
        "kserve": {"mode": "RawDeployment"},
        "patches": [
            {
                "target": {"kind": "Deployment", "name": "istiod"},
                "why": "a test",
                "strategicMerge": {"spec": {"minReadySeconds": 7}},
            }
        ],
    }
    main = str(project_root / "__main__.py")
    graph = deploy(
        lambda: runpy.run_path(main, run_name="__main__"),
        {**config, "kubeflow:settings": json.dumps(said)},
    )
    ingress_class = graph["kubernetes:networking.k8s.io/v1:IngressClass", "istio"]
    assert ingress_class["spec"] == {"controller": "istio.io/ingress-controller"}
    serving = graph["kubernetes:core/v1:ConfigMap", "kubeflow/inferenceservice-config"]
    assert json.loads(serving["data"]["deploy"]) == {"defaultDeploymentMode": "Standard"}
    assert (
        graph["kubernetes:apps/v1:Deployment", "istio-system/istiod"]["spec"]["minReadySeconds"]
        == 7
    )
    dashboard = graph["kubernetes:core/v1:ConfigMap", "kubeflow/centraldashboard-config"]
    menu = [item["link"] for item in json.loads(dashboard["data"]["links"])["menuLinks"]]
    assert menu == ["/kserve-endpoints/"]
