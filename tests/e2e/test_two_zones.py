"""The stack aws-dev as it ships, two zones, every component: what a lost node means in each."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from kube.client import Client
from settings.aws import AWS_POOLS
from tests.e2e.conftest import ROOT, Project, claims, forget
from tests.e2e.test_drift import SETTLE_SECONDS, every, lose, neighbours, settled
from tests.e2e.watching import until
from tests.shipped import filled_in

pytestmark = pytest.mark.rehearsal

# Held at three nodes: what comes then is what the node group puts in a lost one's place.
POOLS = [{**pool, "maxNodes": max(pool["nodes"], 1)} for pool in AWS_POOLS]
ZONE = "topology.kubernetes.io/zone"
PLACE = {"name": "work", "namespace": "beside"}
SOMEBODYS_VOLUME = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": PLACE,
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}
SOMEBODY = {
    "apiVersion": "apps/v1",
    "kind": "StatefulSet",
    "metadata": PLACE,
    "spec": {
        "serviceName": "work",
        "selector": {"matchLabels": {"app": "work"}},
        "template": {
            "metadata": {"labels": {"app": "work"}},
            "spec": {
                "containers": [{"name": "work", "image": "a/b:1"}],
                "volumes": [{"name": "work", "persistentVolumeClaim": {"claimName": "work"}}],
            },
        },
    },
}


@pytest.fixture(params=["26.03", "26.03.1-rc.2"])
def as_shipped(project: Project, request: pytest.FixtureRequest) -> Iterator[Project]:
    """aws-dev with every component of a release, up; forgotten, for it has lost nodes."""
    text = filled_in((ROOT / "stacks" / "Pulumi.aws-dev.yaml").read_text())
    shipped: dict[str, Any] = yaml.safe_load(text)["config"]["kubeflow:settings"]
    kubeflow = {"components": every(request.param), "release": request.param}
    project.configure(**{**shipped, "pools": POOLS, "kubeflow": kubeflow})
    project.succeed("up")
    yield project
    forget(project)


def zones(client: Client) -> dict[str, str]:
    """The zone of each node."""
    nodes = client.list(client.resource("v1", "Node"))
    return {node["metadata"]["name"]: node["metadata"]["labels"][ZONE] for node in nodes}


def cordon(client: Client, node: str, *, closed: bool) -> None:
    path = client.resource("v1", "Node").path(name=node)
    client.call(
        "PATCH", path, None, {"spec": {"unschedulable": closed}}, "application/merge-patch+json"
    )


def start_work_on(client: Client, node: str) -> None:
    """Somebody's pod whose volume is made in this node's zone, and stays there."""
    others = zones(client).keys() - {node}
    for other in others:
        cordon(client, other, closed=True)
    client.apply(SOMEBODYS_VOLUME, "somebody")
    client.apply(SOMEBODY, "somebody")
    settled(client)
    for other in others:
        cordon(client, other, closed=False)


def in_which(client: Client) -> dict[str, str]:
    """The zone of each volume, by the claim it is for."""
    found = {}
    for volume in client.list(client.resource("v1", "PersistentVolume")):
        (term,) = volume["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"]
        (here,) = term["matchExpressions"]
        assert here["key"] == ZONE
        found[volume["spec"]["claimRef"]["name"]] = here["values"][0]
    return found


def test_a_lone_node_must_come_back_for_its_zones_volumes_and_another_need_not(
    as_shipped: Project,
) -> None:
    client = as_shipped.client
    for body in neighbours():
        client.apply(body, "test")
    where = zones(client)
    (lone,) = (node for node, zone in where.items() if [*where.values()].count(zone) == 1)
    start_work_on(client, lone)
    assert in_which(client)["work"] == where[lone]
    kept = claims(as_shipped)
    uids = {node["metadata"]["uid"] for node in client.list(client.resource("v1", "Node"))}

    lose(client, lone)

    def lacking() -> list[str]:
        nodes = client.list(client.resource("v1", "Node"))
        is_there = any(
            node["metadata"]["uid"] not in uids and node["metadata"]["labels"][ZONE] == where[lone]
            for node in nodes
        )
        return [] if is_there else [f"a node in {where[lone]}"]

    until(client, "v1", "Node", lacking, SETTLE_SECONDS)
    healed = settled(client)
    assert healed.waiting == ()
    assert len(healed.nodes) == len(where)
    assert claims(as_shipped) == kept, "the volumes are the same ones"

    lost = next(node for node, zone in zones(client).items() if zone != where[lone])
    lose(client, lost)
    after = settled(client, lost)
    assert after.waiting == ()
    assert lost not in {node.node for node in after.nodes}
    assert len(after.nodes) == len(where) - 1, "its zone has another, and that one has room"
