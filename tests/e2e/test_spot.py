"""GPUs on spot: none until a pod asks, and when one is taken away only that team's pods move.

One story on one cluster: a Deployment that anybody makes, then the step of examples/gpu_on_spot.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from kube.client import Client
from kube.wait import wait_gone
from tests.e2e.argo_pods import pod_of
from tests.e2e.conftest import ROOT, Project
from tests.e2e.test_aws import CLUSTER
from tests.e2e.watching import until

pytestmark = pytest.mark.rehearsal

SECONDS = 150.0  # a pod of a lost node is collected after 40 to 60
PACKAGE = ROOT / "examples" / "gpu_on_spot" / "pipeline.yaml"
TEAMS = [
    {"name": "vision", "owner": "ada@corp.test", "size": "small", "quota": {"gpus": 1}},
]
TAINT = {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
TRAINER = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "trainer", "namespace": "team"},
    "spec": {
        "selector": {"matchLabels": {"app": "trainer"}},
        "template": {
            "metadata": {"labels": {"app": "trainer"}},
            "spec": {
                "tolerations": [TAINT],
                "containers": [
                    {
                        "name": "trainer",
                        "image": "trainer.corp.test/trainer:1",
                        "resources": {"limits": {"nvidia.com/gpu": "1"}},
                    }
                ],
            },
        },
    },
}
Json = dict[str, Any]


def pods(client: Client, namespace: str = "") -> Iterator[Json]:
    for pod in client.list(client.resource("v1", "Pod")):
        if namespace in ("", pod["metadata"]["namespace"]):
            yield pod


def nodes(client: Client, pool: str) -> dict[str, str]:
    """Names and identities of a pool's nodes."""
    return {
        node["metadata"]["name"]: node["metadata"]["uid"]
        for node in client.list(client.resource("v1", "Node"))
        if node["metadata"]["labels"]["kubeflow-stack/pool"] == pool
    }


def platform(client: Client) -> dict[str, str]:
    """Where each pod of the platform is, by its identity; what every node runs is left out."""
    return {
        pod["metadata"]["uid"]: pod["spec"].get("nodeName", "")
        for pod in pods(client)
        if pod["metadata"]["namespace"] not in ("team", "vision")
        and {owner["kind"] for owner in pod["metadata"]["ownerReferences"]} != {"DaemonSet"}
    }


def running(client: Client, before: str = "", namespace: str = "team") -> Json:
    """The running pod of a namespace, another than `before`, by a deadline."""

    def others() -> dict[str, Json]:
        found = {pod["metadata"]["uid"]: pod for pod in pods(client, namespace)}
        found.pop(before, None)
        return {uid: pod for uid, pod in found.items() if pod["status"].get("phase") == "Running"}

    def lacking() -> tuple[object, ...]:
        return () if others() else (nodes(client, "gpu"), list(pods(client, namespace)))

    until(client, "v1", "Pod", lacking, SECONDS)
    return next(iter(others().values()))


def test_gpus_come_when_asked_for_and_their_loss_moves_only_the_team(project: Project) -> None:
    project.configure(cluster=CLUSTER, kubeflow={"components": ["profiles"]}, teams=TEAMS)
    assert "every pod has a node" in project.succeed("up")
    client = project.client
    assert nodes(client, "gpu") == {}
    whole = platform(client)
    assert whole

    team = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}}
    client.apply(team, "team")
    client.apply(TRAINER, "team")
    first = running(client)
    (node,) = nodes(client, "gpu")
    assert first["spec"]["nodeName"] == node
    assert platform(client) == whole

    lost = nodes(client, "gpu")[node]
    client.delete({"apiVersion": "v1", "kind": "Node", "metadata": {"name": node}})
    second = running(client, first["metadata"]["uid"])
    there = nodes(client, "gpu")
    assert second["spec"]["nodeName"] in there
    assert lost not in there.values()
    assert platform(client) == whole

    def beside() -> set[str]:
        """What of kube-system shares a node with the trainer, by label."""
        return {
            pod["metadata"]["labels"].get("app", "")
            for pod in pods(client, "kube-system")
            if pod["spec"].get("nodeName") in there
        }

    # A node's DaemonSets come to it beside the trainer, not before.
    until(client, "v1", "Pod", lambda: {"nvidia-device-plugin"} - beside(), SECONDS)
    assert "cluster-autoscaler" not in beside()
    gone = client.delete(team)
    assert gone
    wait_gone(client, team, gone, SECONDS)


def test_a_step_that_lost_its_node_runs_again_on_another(project: Project) -> None:
    """Argo itself does not run here: each attempt is made as it makes it."""
    client = project.client
    no_gpus(client)
    whole = platform(client)
    client.apply(pod_of(PACKAGE, "train-on-gpu", "vision", 0), "argo")
    first = running(client, namespace="vision")
    (node,) = nodes(client, "gpu")
    assert first["spec"]["nodeName"] == node
    assert quota_used(client)["requests.nvidia.com/gpu"] == "1"

    lost = nodes(client, "gpu")[node]
    client.delete({"apiVersion": "v1", "kind": "Node", "metadata": {"name": node}})
    wait_gone(client, first, first["metadata"]["uid"], SECONDS)
    client.apply(pod_of(PACKAGE, "train-on-gpu", "vision", 1), "argo")
    second = running(client, first["metadata"]["uid"], "vision")
    there = nodes(client, "gpu")
    assert second["spec"]["nodeName"] in there
    assert lost not in there.values()
    assert platform(client) == whole
    assert client.delete(second)


def test_nothing_is_left(project: Project) -> None:
    assert "0 left" in project.succeed("destroy")


def no_gpus(client: Client) -> None:
    """What others left idle is given back, by a deadline."""
    until(client, "v1", "Node", lambda: nodes(client, "gpu"), SECONDS)


def quota_used(client: Client) -> dict[str, str]:
    place = {"name": "kf-resource-quota", "namespace": "vision"}
    found = client.get({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": place})
    assert found
    return dict(found["status"]["used"])
