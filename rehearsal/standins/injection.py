"""Istio's sidecar as a patch: what the scheduler and Pod Security see of it. Pure.

Left out: its volumes, environment and probes, which nothing in a rehearsal looks at.
"""

import json
from collections.abc import Mapping
from typing import Any

INJECT = "sidecar.istio.io/inject"
STATUS = "sidecar.istio.io/status"
TLS_MODE = "security.istio.io/tlsMode"
SIDECAR, VALIDATION = "istio-proxy", "istio-validation"

DEFAULT_REQUESTS = {"cpu": "100m", "memory": "128Mi"}
"""Istio's own defaults, where the injector's values name none."""

_RESOURCE_ANNOTATIONS = (
    ("requests", "cpu", "sidecar.istio.io/proxyCPU"),
    ("requests", "memory", "sidecar.istio.io/proxyMemory"),
    ("limits", "cpu", "sidecar.istio.io/proxyCPULimit"),
    ("limits", "memory", "sidecar.istio.io/proxyMemoryLimit"),
)
_RESTRICTED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "privileged": False,
    "readOnlyRootFilesystem": True,
    "runAsGroup": 1337,
    "runAsNonRoot": True,
    "runAsUser": 1337,
    "seccompProfile": {"type": "RuntimeDefault"},
}

Body = Mapping[str, Any]
Patch = list[dict[str, Any]]


def injection_patch(pod: Body, values: Body) -> Patch:
    """The JSON patch that gives a pod its sidecar; empty when it wants or needs none."""
    if not _wants(pod):
        return []
    spec, resources = pod["spec"], _resources(pod, values)
    shared = {"image": _image(values), "resources": resources, "securityContext": _RESTRICTED}
    proxy = {"name": SIDECAR, "args": ["proxy", "sidecar"], **shared}
    validation = {"name": VALIDATION, "args": ["istio-iptables", "--run-validation"], **shared}
    first = "/spec/initContainers/0" if spec.get("initContainers") else "/spec/initContainers"
    value: Any = validation if spec.get("initContainers") else [validation]
    return [
        {"op": "add", "path": first, "value": value},
        {"op": "add", "path": "/spec/containers/-", "value": proxy},
        *_mark(pod, "annotations", STATUS, json.dumps(_status())),
        *_mark(pod, "labels", TLS_MODE, "istio"),
    ]


def _wants(pod: Body) -> bool:
    metadata, spec = pod["metadata"], pod["spec"]
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    asked = labels.get(INJECT, annotations.get(INJECT, "true"))
    has_one = any(container["name"] == SIDECAR for container in spec["containers"])
    return asked != "false" and not spec.get("hostNetwork") and not has_one


def _resources(pod: Body, values: Body) -> dict[str, dict[str, str]]:
    given = values.get("global", {}).get("proxy", {}).get("resources", {})
    resources = {
        "requests": {**DEFAULT_REQUESTS, **given.get("requests", {})},
        "limits": dict(given.get("limits", {})),
    }
    annotations = pod["metadata"].get("annotations") or {}
    for group, resource, annotation in _RESOURCE_ANNOTATIONS:
        if annotation in annotations:
            resources[group][resource] = annotations[annotation]
    return {group: wanted for group, wanted in resources.items() if wanted}


def _image(values: Body) -> str:
    common = values.get("global", {})
    image = common.get("proxy", {}).get("image", "proxyv2")
    if "/" in image:
        return str(image)
    return f"{common.get('hub', 'docker.io/istio')}/{image}:{common.get('tag', 'latest')}"


def _status() -> dict[str, Any]:
    return {"initContainers": [VALIDATION], "containers": [SIDECAR], "revision": "default"}


def _mark(pod: Body, where: str, key: str, value: str) -> Patch:
    if not pod["metadata"].get(where):
        return [{"op": "add", "path": f"/metadata/{where}", "value": {key: value}}]
    escaped = key.replace("~", "~0").replace("/", "~1")
    return [{"op": "add", "path": f"/metadata/{where}/{escaped}", "value": value}]
