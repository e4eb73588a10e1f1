"""The workloads that an operator makes of one object: known before it has made them. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from records.record import Record

Body = Mapping[str, Any]

API_VERSION = "monitoring.coreos.com/v1"
TYPES = tuple(f"kubernetes:{API_VERSION}:{kind}" for kind in ("Alertmanager", "Prometheus"))
# What prometheus-operator gives its reloader where it is not told otherwise.
RELOADER = {"cpu": "10m", "memory": "50Mi"}


def as_made(record: Record) -> Record:
    """A record as it is, or as the workload that an operator will make of it."""
    if record.type not in TYPES:
        return record
    body = stateful_set({**record.inputs, "kind": record.type.rpartition(":")[2]})
    metadata = body["metadata"]
    name = f"{metadata['namespace']}/{metadata['name']}"
    return replace(record, type="kubernetes:apps/v1:StatefulSet", name=name, inputs=body)


def stateful_set(body: Body) -> dict[str, Any]:
    """What prometheus-operator makes of a Prometheus or an Alertmanager, as far as we count it."""
    kind, spec, metadata = body["kind"].lower(), body["spec"], body["metadata"]
    name = f"{kind}-{metadata['name']}"
    labels = {
        **spec["podMetadata"]["labels"],
        "app.kubernetes.io/name": kind,
        "app.kubernetes.io/managed-by": "prometheus-operator",
    }
    pod = {
        "containers": [
            {"name": kind, "image": spec["image"], "resources": spec["resources"]},
            {"name": "config-reloader", "image": "reloader", "resources": {"requests": RELOADER}},
        ],
        "nodeSelector": spec["nodeSelector"],
        "serviceAccountName": spec["serviceAccountName"],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": name, "namespace": metadata["namespace"]},
        "spec": {
            "replicas": int(spec["replicas"]),
            "serviceName": f"{kind}-operated",
            "podManagementPolicy": "Parallel",
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
            "volumeClaimTemplates": _claims(name, spec),
        },
    }


def _claims(name: str, spec: Body) -> list[dict[str, Any]]:
    template = (spec.get("storage") or {}).get("volumeClaimTemplate")
    return [{"metadata": {"name": f"{name}-db"}, "spec": template["spec"]}] if template else []
