"""In prod a node can be drained: the Eviction API lets one pod of each pair go at a time."""

from typing import Any

import pytest

from kube.client import Client
from kube.errors import ApiStatusError
from kube.wait import wait_gone, wait_ready
from tests.e2e.conftest import AT_A_DOMAIN, Project

pytestmark = pytest.mark.rehearsal

SECONDS = 60
TOO_MANY = 429
# With what everything needs: Istio, cert-manager, Dex, oauth2-proxy.
COMPONENTS = ["profiles", "spark", "trainer"]
PAIRS = {
    "auth/dex",
    "cert-manager/cert-manager-webhook",
    "istio-system/istio-ingressgateway",
    "istio-system/istiod",
    "kubeflow-system/jobset-controller-manager",
    "kubeflow-system/kubeflow-trainer-controller-manager",
    "kubeflow/spark-operator-webhook",
    "oauth2-proxy/oauth2-proxy",
}
Json = dict[str, Any]


@pytest.fixture(scope="module")
def prod(project: Project) -> Project:
    """A small stack of production on its cluster."""
    project.configure(environment="prod", kubeflow={"components": COMPONENTS}, ingress=AT_A_DOMAIN)
    project.succeed("up")
    return project


def listed(client: Client, api_version: str, kind: str) -> list[Json]:
    return list(client.list(client.resource(api_version, kind)))


def cordon(client: Client, node: str, *, unschedulable: bool) -> None:
    patch = {"spec": {"unschedulable": unschedulable}}
    client.call("PATCH", f"/api/v1/nodes/{node}", {}, patch, "application/merge-patch+json")


def evict(client: Client, pod: Json) -> None:
    place = pod["metadata"]["namespace"], pod["metadata"]["name"]
    body = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"namespace": place[0], "name": place[1]},
    }
    path = f"/api/v1/namespaces/{place[0]}/pods/{place[1]}/eviction"
    client.call("POST", path, {}, body, "application/json")


def wait_for_budgets(client: Client) -> None:
    """Until every pair is whole, an autoscaler's too, and its budget would let a pod go."""
    whole = ("expectedPods}=2", "currentHealthy}=2", "disruptionsAllowed}=1")
    asked = tuple(f"jsonpath={{.status.{one}" for one in whole)
    for budget in listed(client, "policy/v1", "PodDisruptionBudget"):
        wait_ready(client, budget, asked, SECONDS)


def drain(client: Client, node: str) -> list[str]:
    """As `kubectl drain` does it, one pod at a time; gives the namespaces it went through."""
    cordon(client, node, unschedulable=True)
    drained = []
    for pod in listed(client, "v1", "Pod"):
        owners = {owner["kind"] for owner in pod["metadata"].get("ownerReferences", ())}
        if pod["spec"].get("nodeName") != node or "DaemonSet" in owners:
            continue
        wait_for_budgets(client)
        evict(client, pod)
        wait_gone(client, pod, pod["metadata"]["uid"], SECONDS)
        drained.append(pod["metadata"]["namespace"])
    cordon(client, node, unschedulable=False)
    return drained


def homes(client: Client, pods: Json) -> list[str]:
    """The nodes of the running pods that a budget's selector takes."""
    labels = pods["spec"]["selector"]["matchLabels"].items()
    return [
        pod["spec"]["nodeName"]
        for pod in listed(client, "v1", "Pod")
        if pod["metadata"]["namespace"] == pods["metadata"]["namespace"]
        and labels <= pod["metadata"].get("labels", {}).items()
    ]


def test_every_pair_is_apart_and_every_node_can_be_drained(prod: Project) -> None:
    client = prod.client
    wait_for_budgets(client)
    budgets = listed(client, "policy/v1", "PodDisruptionBudget")
    names = {f"{b['metadata']['namespace']}/{b['metadata']['name']}" for b in budgets}
    assert names >= PAIRS
    for budget in budgets:
        assert len(set(homes(client, budget))) == 2, budget["metadata"]
    for node in sorted({home for budget in budgets for home in homes(client, budget)}):
        assert drain(client, node)
    wait_for_budgets(client)
    assert prod.changes("preview") == {}


def test_a_second_pod_of_a_pair_has_to_wait_for_the_first(prod: Project) -> None:
    """Without the budget the eviction would pass: what the drain above keeps to is real."""
    client = prod.client
    wait_for_budgets(client)
    nodes = [node["metadata"]["name"] for node in listed(client, "v1", "Node")]
    pods = [p for p in listed(client, "v1", "Pod") if p["metadata"]["namespace"] == "auth"]
    first, second = (p for p in pods if p["metadata"]["labels"].get("app") == "dex")
    for node in nodes:  # the next pod of dex stays without a node
        cordon(client, node, unschedulable=True)
    try:
        evict(client, first)
        wait_gone(client, first, first["metadata"]["uid"], SECONDS)
        with pytest.raises(ApiStatusError, match="disruption budget") as refused:
            evict(client, second)
        assert refused.value.status == TOO_MANY
    finally:
        for node in nodes:
            cordon(client, node, unschedulable=False)
