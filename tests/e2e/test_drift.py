"""Every component on the small pools: no default secret, every pod placed with a node lost."""

import base64
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest

from kube.client import Client
from rehearsal.engine.state import State
from rehearsal.placement import Placement, placement
from rehearsal.session import open_session
from tests.components.test_fit import MONITORING, SYSTEM
from tests.components.test_patches import KNOWN_PASSWORDS, KNOWN_TEXTS, texts, with_password
from tests.e2e.conftest import Project
from upstream.model import Obj
from upstream.pins import release_map

pytestmark = pytest.mark.rehearsal

Json = dict[str, Any]

BASE = ("cert-manager", "istio", "namespaces", "istio-resources", "oauth2-proxy", "dex")
EVERY = [name for name in release_map("26.03").components if name not in BASE]
# One zone: a volume is pinned to the zone of its first pod, and none but its nodes can take it.
CLUSTER = {"provider": "existing", "kubernetes": "1.35", "zones": ["a"], "storageClass": "fast"}
DIGITALOCEAN = [{"name": "base", "instanceTypes": ["s-4vcpu-16gb-amd"], "nodes": 3}]
AWS = [
    {"name": "general", "instanceTypes": ["m5.xlarge"], "nodes": 3},
    {
        "name": "gpu",
        "instanceTypes": ["g4dn.xlarge"],
        "nodes": 0,
        "minNodes": 0,
        "maxNodes": 2,
        "spot": True,
        "taints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}],
    },
]
SETTLE_SECONDS = 60
LOOK_SECONDS = 0.2


def configure(project: Project, pools: list[Json], patches: Iterable[Json] = ()) -> None:
    kubeflow = {"components": EVERY, "patches": list(patches)}
    project.configure(cluster=CLUSTER, pools=pools, kubeflow=kubeflow)


def settled(client: Client, lost: str = "") -> Placement:
    """Where the pods are once every controller has all it wants; fails naming what lacks."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while lacking := list(unsettled(client, lost)):
        assert time.monotonic() < deadline, (lacking, placement(client).waiting)
        time.sleep(LOOK_SECONDS)
    return placement(client)


def unsettled(client: Client, lost: str) -> Iterator[str]:
    """Workloads without all their pods, and pods that are on the lost node."""
    for kind in ("Deployment", "StatefulSet"):
        for body in client.list(client.resource("apps/v1", kind)):
            if body["status"].get("readyReplicas", 0) != body["spec"]["replicas"]:
                yield f"{kind} {body['metadata']['namespace']}/{body['metadata']['name']}"
    for pod in client.list(client.resource("v1", "Pod")):
        if pod["spec"].get("nodeName") in (lost, None):
            yield f"Pod {pod['metadata']['namespace']}/{pod['metadata']['name']}"


def neighbours() -> Iterator[Json]:
    """What stands on the nodes beside the platform: monitoring, and what a cloud runs itself."""
    yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "beside"}}
    for demand in (*MONITORING, *SYSTEM):
        name = demand.name.replace(" ", "-")
        asked = {"cpu": f"{demand.cpu_m}m", "memory": f"{demand.memory_mib}Mi"}
        container = {"name": "it", "image": "a/b:1", "resources": {"requests": asked}}
        template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}
        count = {} if demand.is_per_node else {"replicas": demand.replicas}
        yield {
            "apiVersion": "apps/v1",
            "kind": "DaemonSet" if demand.is_per_node else "Deployment",
            "metadata": {"name": name, "namespace": "beside"},
            "spec": {**count, "selector": {"matchLabels": {"app": name}}, "template": template},
        }


def lose(client: Client, node: str) -> None:
    """A machine is gone, and its pods with it, as the cloud's controller leaves it."""
    client.delete({"apiVersion": "v1", "kind": "Node", "metadata": {"name": node}})
    at_once = {"gracePeriodSeconds": 0}
    for pod in client.list(client.resource("v1", "Pod")):
        if pod["spec"].get("nodeName") == node:
            client.call("DELETE", client.path_of(pod), None, at_once, "application/json")


def node_of_the_databases(client: Client) -> str:
    """The worst node to lose: its pods' volumes must be had elsewhere."""
    pods = client.list(client.resource("v1", "Pod"), "app=mysql")
    return str(pods[0]["spec"]["nodeName"])


def assert_a_node_may_go(project: Project) -> None:
    """Three nodes carry everything, monitoring beside it, and so do two."""
    client = project.client
    before = settled(client)
    assert (len(before.nodes), before.waiting) == (3, ())
    lost = node_of_the_databases(client)
    lose(client, lost)
    after = settled(client, lost)
    assert after.waiting == ()
    assert len(after.nodes) == 2, "no node came in place of the lost one"
    assert lost not in {node.node for node in after.nodes}
    daemons = len([demand for demand in (*MONITORING, *SYSTEM) if demand.is_per_node]) + 1  # Istio
    assert pods_of(before) - pods_of(after) == daemons


def pods_of(found: Placement) -> int:
    return sum(node.pods for node in found.nodes)


def clear(text: str) -> str:
    """A text with what it says in base64, if that is what it is in, as the data of Secrets are."""
    try:
        return f"{text}\n{base64.b64decode(text, validate=True).decode()}"
    except ValueError:
        return text


def found_in(bodies: Mapping[str, Json]) -> list[tuple[str, str]]:
    """Objects in which a text stands that everybody knows, or a password that everybody tries."""
    said = {name: "\n".join(map(clear, texts(body))) for name, body in bodies.items()}
    hits = [(name, known) for name, text in said.items() for known in KNOWN_TEXTS if known in text]
    secrets = [
        Obj(
            api_version="v1",
            kind="Secret",
            namespace=body["metadata"].get("namespace", ""),
            name=body["metadata"]["name"],
            component="",
            body=body,
        )
        for body in bodies.values()
        if body.get("kind") == "Secret"
    ]
    return [*hits, *((name, p) for p in KNOWN_PASSWORDS for name in with_password(secrets, p))]


def in_the_state(project: Project) -> dict[str, Json]:
    """What the state keeps of every resource, its secrets opened."""
    session = open_session(project.root, project.stack)
    found: dict[str, Json] = {}
    for one in State(session.folder, session.key()):
        found[f"inputs of {one.urn}"] = one.inputs
        found[f"outputs of {one.urn}"] = one.outputs
    return found


def on_the_cluster(client: Client) -> dict[str, Json]:
    """Every object of every kind."""
    return {
        f"{kind.kind} {item['metadata'].get('namespace', '')}/{item['metadata']['name']}": item
        for kind in client.every_resource()
        for item in client.list(kind)
    }


def test_the_scan_finds_what_everybody_knows() -> None:
    for known in KNOWN_TEXTS:
        hidden = base64.b64encode(f"key: {known}".encode()).decode()
        assert found_in({"plain": {"a": [f"<{known}>"]}}) == [("plain", known)]
        assert found_in({"hidden": {"data": {"a": hidden}}}) == [("hidden", known)]
    body = {"kind": "Secret", "metadata": {"name": "db"}, "data": {"PASSWORD": "dGVzdA=="}}
    assert found_in({"secret": body}) == [("db.PASSWORD", "test")]


def test_no_default_secret_is_in_the_state_or_on_the_cluster(project: Project) -> None:
    configure(project, DIGITALOCEAN)
    project.succeed("up")
    state, cluster = in_the_state(project), on_the_cluster(project.client)
    assert len(state) > 1300
    assert len(cluster) > 800
    assert found_in(state) == []
    assert found_in(cluster) == []


def test_digitaloceans_small_pool_carries_everything_with_a_node_lost(project: Project) -> None:
    for body in neighbours():
        project.client.apply(body, "test")
    assert_a_node_may_go(project)


def test_so_does_the_one_of_aws(project: Project) -> None:
    configure(project, AWS)
    project.succeed("up")
    assert {node.pool for node in settled(project.client).nodes} == {"general"}
    assert_a_node_may_go(project)
