"""prometheus-operator's effect: a StatefulSet for each Prometheus and Alertmanager.

Only once the operator is Available. Like the real one it holds its objects by a finalizer, so that
a destroy that takes the operator first hangs here too.
"""

from collections.abc import Iterator
from typing import Any

from records.operators import API_VERSION, stateful_set
from rehearsal.standins.world import (
    ALERTMANAGER,
    DEPLOYMENT,
    PROMETHEUS,
    STATEFUL_SET,
    Body,
    Kind,
    World,
    has_condition,
    is_available,
)
from rehearsal.standins.writing import Write

OPERATOR = ("monitoring", "prometheus-operator")
FINALIZER = "monitoring.coreos.com/status-cleanup"
KINDS = frozenset({ALERTMANAGER, DEPLOYMENT, PROMETHEUS, STATEFUL_SET})


def writes(world: World) -> Iterator[Write]:
    """What the operator would write next."""
    operator = world.get(DEPLOYMENT, *OPERATOR)
    if operator is None or not is_available(operator):
        return
    for kind in (PROMETHEUS, ALERTMANAGER):
        for body in world.all(kind):
            going = "deletionTimestamp" in body["metadata"]
            yield from _removal(kind, body) if going else _growth(world, kind, body)


def _growth(world: World, kind: Kind, body: Body) -> Iterator[Write]:
    metadata = body["metadata"]
    wanted = stateful_set({**body, "kind": kind.name})
    namespace, name = metadata["namespace"], wanted["metadata"]["name"]
    found = world.get(STATEFUL_SET, namespace, name)
    replicas = wanted["spec"]["replicas"]
    if FINALIZER not in metadata.get("finalizers", ()):
        yield _finalizers(kind, body, [*metadata.get("finalizers", ()), FINALIZER])
    elif found is None:
        wanted["metadata"]["ownerReferences"] = [_owner(kind, body)]
        yield Write(verb="create", kind=STATEFUL_SET, namespace=namespace, body=wanted)
    elif found["spec"]["replicas"] != replicas:
        new = {"spec": {"replicas": replicas}}
        yield Write(verb="merge", kind=STATEFUL_SET, namespace=namespace, name=name, body=new)
    elif _ready(found) != has_condition(body, "Available"):
        yield _condition(kind, body, "True" if _ready(found) else "False")


def _ready(found: Body) -> bool:
    return bool(found.get("status", {}).get("readyReplicas", 0) >= found["spec"]["replicas"])


def _removal(kind: Kind, body: Body) -> Iterator[Write]:
    """The StatefulSet goes by its owner reference."""
    finalizers = body["metadata"].get("finalizers", [])
    if FINALIZER in finalizers:
        yield _finalizers(kind, body, [one for one in finalizers if one != FINALIZER])


def _finalizers(kind: Kind, body: Body, finalizers: list[str]) -> Write:
    metadata = body["metadata"]
    return Write(
        verb="merge",
        kind=kind,
        namespace=metadata["namespace"],
        name=metadata["name"],
        body={"metadata": {"finalizers": finalizers}},
    )


def _condition(kind: Kind, body: Body, status: str) -> Write:
    metadata = body["metadata"]
    now = metadata["creationTimestamp"]  # required, and read by nobody
    said = {"type": "Available", "status": status, "lastTransitionTime": now}
    said["observedGeneration"] = metadata["generation"]
    return Write(
        verb="merge",
        kind=kind,
        namespace=metadata["namespace"],
        name=metadata["name"],
        subresource="status",
        body={"status": {"conditions": [said]}},
    )


def _owner(kind: Kind, body: Body) -> dict[str, Any]:
    metadata = body["metadata"]
    return {
        "apiVersion": API_VERSION,
        "kind": kind.name,
        "name": metadata["name"],
        "uid": metadata["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
