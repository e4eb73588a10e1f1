"""The whole program, declared for every stack: what a preview would register."""

import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

from rehearsal.engine.stackfile import load_stack

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
    return deploy(lambda: runpy.run_path(main, run_name="__main__"), config)


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
        assert "ExistingCluster$pulumi:providers:kubernetes::cluster" in goal.provider

    crds = graph["pulumi-python:dynamic/kubeflow:Crds", "istio-crds"]
    assert "gateways.networking.istio.io" in crds["digests"]
    assert len(crds["__provider"]) < 500, "the provider must travel by reference"

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


def with_stores(root: Path, **secrets: str) -> dict[str, str]:
    """The sandbox's configuration with both stores elsewhere, and these secrets."""
    config = {**load_stack(root, "sandbox").config, "kubeflow:kubeconfig": "nowhere"}
    said = json.loads(config["kubeflow:settings"])
    said["kubeflow"] = {"components": ["pipelines", "katib"]}
    said["stores"] = {
        "objects": {"kind": "spaces", "bucket": "ours", "region": "nyc3"},
        "database": {"kind": "managed", "host": "db.corp.test"},
    }
    config["kubeflow:settings"] = json.dumps(said)
    return {**config, **{f"kubeflow:{key}": value for key, value in secrets.items()}}


def test_every_secret_of_a_store_that_is_not_usable_is_named(
    deploy: Callable[..., Any], project_root: Path
) -> None:
    config = with_stores(
        project_root,
        objectStoreAccessKey="minio",
        objectStoreSecretKey="hs7Gd8fhq2",
        katibDatabasePassword="",
    )
    main = str(project_root / "__main__.py")
    with pytest.raises(pulumi.RunError) as caught:
        deploy(lambda: runpy.run_path(main, run_name="__main__"), config)
    fix = "pulumi config set --secret kubeflow:{} -s test"
    assert str(caught.value).splitlines() == [
        "stack test: secrets are not usable",
        "  kubeflow:katibDatabasePassword: is a value that everybody knows; generate another: "
        + fix.format("katibDatabasePassword"),
        "  kubeflow:objectStoreAccessKey: is a value that everybody knows; generate another: "
        + fix.format("objectStoreAccessKey"),
        "  kubeflow:pipelinesDatabasePassword: is missing; stores.database.kind managed with "
        "component pipelines needs it: " + fix.format("pipelinesDatabasePassword"),
    ]


def test_the_secrets_of_stores_are_declared_as_secrets_and_roll_what_reads_them(
    deploy: Callable[..., Any], project_root: Path
) -> None:
    main = str(project_root / "__main__.py")

    def declare(katib: str) -> Any:
        config = with_stores(
            project_root,
            objectStoreAccessKey="AKIA7",
            objectStoreSecretKey="hs7Gd8fhq2",
            pipelinesDatabasePassword="p8aJshd",
            katibDatabasePassword=katib,
        )
        return deploy(lambda: runpy.run_path(main, run_name="__main__"), config)

    graph, rotated = declare("k8sJdhs"), declare("another")
    for name in ("mlpipeline-minio-artifact", "mysql-secret", "katib-mysql-secrets"):
        assert graph.goals["kubernetes:core/v1:Secret", f"kubeflow/{name}"].secrets
    secret = graph["kubernetes:core/v1:Secret", "kubeflow/mlpipeline-minio-artifact"]
    assert secret["stringData"] == {"accesskey": "AKIA7", "secretkey": "hs7Gd8fhq2"}

    def template(of: Any, name: str) -> Any:
        return of["kubernetes:apps/v1:Deployment", f"kubeflow/{name}"]["spec"]["template"]

    assert template(graph, "katib-db-manager") != template(rotated, "katib-db-manager")
    assert template(graph, "ml-pipeline") == template(rotated, "ml-pipeline")
