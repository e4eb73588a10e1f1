"""What a cluster holds before anybody uses it: nodes and a storage class. Waits until it stands."""

import socket
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from typing import Any

from kube.client import Client
from kube.errors import ApiStatusError
from kube.wait import wait_gone
from plan.model import POOL_LABEL, ClusterPlan
from rehearsal.cluster.files import admin_kubeconfig
from rehearsal.cluster.health import refuse_dead
from rehearsal.cluster.layout import Layout, State
from rehearsal.cluster.nodes import node_bodies, outdated, storage_class_body
from rehearsal.cluster.waiting import until

WRITERS = 8
SETTLE_SECONDS = 60.0
MANAGER = "rehearsal-cluster"
CONFLICT = 409

Body = Mapping[str, Any]


def populate(layout: Layout, state: State, plan: ClusterPlan) -> None:
    """Bring nodes and storage class to the plan and wait until every program has done its part."""
    client = Client(admin_kubeconfig(layout, state))
    if not plan.storage_provisioner:
        client.apply(storage_class_body(plan), MANAGER)
    _remove_outdated(client, plan)
    wanted = node_bodies(plan)
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(lambda body: _create(client, body), wanted))
    names = {body["metadata"]["name"] for body in wanted}

    def lacking() -> str | None:
        refuse_dead(state)
        return (
            _lacks_socket(state.socket)
            or _lacks_account(client)
            or _lacks_ready(_nodes(client), names)
        )

    until(f"cluster {layout.name}: nodes and controllers ready", lacking, SETTLE_SECONDS)


def _remove_outdated(client: Client, plan: ClusterPlan) -> None:
    """Nodes that are not in the plan go, and their pods with them, as when a machine is returned:
    a namesake may only come when they are gone, or it would inherit them.
    """
    for node in _nodes(client):
        if POOL_LABEL in node["metadata"].get("labels", {}) and outdated(plan, node):
            body = {"apiVersion": "v1", "kind": "Node", "metadata": node["metadata"]}
            uid = client.delete(body)
            _delete_pods_on(client, node["metadata"]["name"])
            if uid:
                wait_gone(client, body, uid, SETTLE_SECONDS)


def _delete_pods_on(client: Client, node: str) -> None:
    """At once: the kubelet that would end them is gone with its node."""
    for pod in client.list(client.resource("v1", "Pod")):
        if pod["spec"].get("nodeName") == node:
            options = {"gracePeriodSeconds": 0, "propagationPolicy": "Background"}
            with suppress(ApiStatusError):  # somebody else was first
                client.call("DELETE", client.path_of(pod), None, options, "application/json")


def _create(client: Client, body: Body) -> None:
    """A POST, because server-side apply drops the status, and with it the node's size."""
    try:
        client.call("POST", "/api/v1/nodes", None, body, "application/json")
    except ApiStatusError as error:
        if error.status != CONFLICT:
            raise


def _nodes(client: Client) -> Iterable[Body]:
    return client.list(client.resource("v1", "Node"))


def _lacks_socket(path: str) -> str | None:
    with closing(socket.socket(socket.AF_UNIX)) as probe:
        try:
            probe.connect(path)
        except OSError as error:
            return f"the admission stand-in does not listen on {path}: {error}"
    return None


def _lacks_account(client: Client) -> str | None:
    """The controller manager's sign of life."""
    account = {"name": "default", "namespace": "default"}
    found = client.get({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account})
    return None if found else "the controller manager has made no service account yet"


def _lacks_ready(nodes: Iterable[Body], names: Iterable[str]) -> str | None:
    ready = {node["metadata"]["name"] for node in nodes if _is_usable(node)}
    late = sorted(set(names) - ready)
    return f"not ready: {', '.join(late)}" if late else None


def _is_usable(node: Body) -> bool:
    conditions = node.get("status", {}).get("conditions", [])
    is_ready = any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)
    taints = node["spec"].get("taints", [])
    return is_ready and not any(t["key"] == "node.kubernetes.io/not-ready" for t in taints)
