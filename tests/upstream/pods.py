"""The pod that comes of a body, and what it names."""

from collections.abc import Iterator, Mapping
from typing import Any


def pod_of(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The pod that comes of a body, as the API server would see it."""
    spec = body.get("spec") or {}
    if body["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    is_workload = body["kind"] in ("Deployment", "DaemonSet", "StatefulSet", "Job", "CronJob")
    template: Mapping[str, Any] = spec.get("template") or {}
    return template if is_workload and "containers" in template.get("spec", {}) else None


def named_by(spec: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(kind, name) of all that a pod mounts or reads its environment from, wherever it is said."""
    found: list[Any] = [spec]
    while found:
        one = found.pop()
        for field, value in one.items() if isinstance(one, dict) else enumerate(one):
            match field, value:
                case "claimName", str():
                    yield "PersistentVolumeClaim", value
                case "secretName", str():
                    yield "Secret", value
                case "secret" | "secretRef" | "secretKeyRef", {"name": name}:
                    yield "Secret", name
                case "configMap" | "configMapRef" | "configMapKeyRef", {"name": name}:
                    yield "ConfigMap", name
                case "imagePullSecrets", _:
                    yield from (("Secret", secret["name"]) for secret in value)
            if isinstance(value, dict | list):
                found.append(value)
