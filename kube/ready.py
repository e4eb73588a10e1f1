"""When an object counts as ready: the same conditions the Pulumi provider waits for. Pure.

Source: pulumi-kubernetes' awaiters and its `pulumi.com/waitFor` annotation.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

Body = Mapping[str, Any]

WAIT_FOR = "pulumi.com/waitFor"
SKIP_AWAIT = "pulumi.com/skipAwait"

_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]")


def waits(body: Body) -> tuple[str, ...]:
    """The conditions an object's `pulumi.com/waitFor` annotation asks for."""
    text = body["metadata"].get("annotations", {}).get(WAIT_FOR)
    if not text:
        return ()
    return tuple(json.loads(text)) if text.startswith("[") else (text,)


def skips_await(body: Body) -> bool:
    """Whether the object says that nobody shall wait for it."""
    annotations = body["metadata"].get("annotations", {})
    return str(annotations.get(SKIP_AWAIT, "")).lower() == "true"


def missing(live: Body, asked: tuple[str, ...]) -> str | None:
    """What a live object still lacks to be ready, in words; None when it is ready."""
    for wait in asked:
        if not _holds(live, wait):
            return wait
    if asked:
        return None
    check = _CHECKS.get((live["apiVersion"].rpartition("/")[0], live["kind"]))
    return check(live) if check else None


def is_awaited(body: Body) -> bool:
    """Whether registering the object has anything to wait for."""
    if skips_await(body):
        return False
    kind = (body["apiVersion"].rpartition("/")[0], body["kind"])
    return bool(waits(body)) or kind in _CHECKS


def _holds(live: Body, wait: str) -> bool:
    kind, _, expression = wait.partition("=")
    if kind == "condition":
        name, _, status = expression.partition("=")
        return _condition(live, name) == (status or "True")
    if kind != "jsonpath":
        raise ValueError(f"{WAIT_FOR}: {wait!r} starts with neither condition= nor jsonpath=")
    path, _, wanted = expression.partition("}")
    found = _at(live, path.lstrip("{"))
    return str(found) == wanted[1:] if wanted.startswith("=") else bool(found)


def _at(live: Any, path: str) -> Any:
    for key, index in _STEP.findall(path):
        try:
            live = live[key] if key else live[int(index)]
        except (KeyError, IndexError, TypeError):
            return None
    return live


def _condition(live: Body, name: str) -> str:
    # A CRD just applied says `conditions: null`.
    for condition in live.get("status", {}).get("conditions") or ():
        if condition["type"] == name:
            return str(condition["status"])
    return "Unknown"


def _deployment(live: Body) -> str | None:
    status = live.get("status", {})
    if status.get("observedGeneration", 0) < live["metadata"]["generation"]:
        return "the controller to see it"
    wanted = live["spec"].get("replicas", 1)
    if status.get("updatedReplicas", 0) < wanted or status.get("replicas", 0) > wanted:
        return f"{status.get('updatedReplicas', 0)} of {wanted} pods updated"
    if status.get("availableReplicas", 0) < wanted:
        return f"{status.get('availableReplicas', 0)} of {wanted} pods available"
    return None


def _stateful_set(live: Body) -> str | None:
    status = live.get("status", {})
    wanted = live["spec"].get("replicas", 1)
    if status.get("observedGeneration", 0) < live["metadata"]["generation"]:
        return "the controller to see it"
    if status.get("readyReplicas", 0) < wanted:
        return f"{status.get('readyReplicas', 0)} of {wanted} pods ready"
    return None


def _daemon_set(live: Body) -> str | None:
    status = live.get("status", {})
    if status.get("observedGeneration", 0) < live["metadata"]["generation"]:
        return "the controller to see it"
    wanted = status.get("desiredNumberScheduled", 0)
    if min(status.get("updatedNumberScheduled", 0), status.get("numberAvailable", 0)) < wanted:
        return f"{status.get('numberAvailable', 0)} of {wanted} pods available"
    return None


def _claim(live: Body) -> str | None:
    # A claim of a WaitForFirstConsumer class binds with its first pod, which waits for the claim.
    phase = live.get("status", {}).get("phase")
    return None if phase in ("Bound", "Pending") else f"phase {phase}"


def _service(live: Body) -> str | None:
    if live["spec"].get("type") != "LoadBalancer":
        return None
    return None if live.get("status", {}).get("loadBalancer", {}).get("ingress") else "an address"


def _job(live: Body) -> str | None:
    return None if _condition(live, "Complete") == "True" else "completion"


_CHECKS: Mapping[tuple[str, str], Callable[[Body], str | None]] = {
    ("apps", "Deployment"): _deployment,
    ("apps", "StatefulSet"): _stateful_set,
    ("apps", "DaemonSet"): _daemon_set,
    ("batch", "Job"): _job,
    ("", "PersistentVolumeClaim"): _claim,
    ("", "Service"): _service,
}


def endpoints_ready(slices: Mapping[str, Body]) -> bool:
    """Whether any endpoint of a Service's EndpointSlices takes traffic."""
    return any(
        endpoint.get("conditions", {}).get("ready", True)
        for part in slices.values()
        for endpoint in part.get("endpoints") or ()
    )
