"""What pods the recorded resources will make: their requests, sidecars included. Pure."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from plan.capacity import PodDemand
from plan.quantities import cpu_millicores, mebibytes, pod_requests
from records.operators import as_made
from records.record import Record

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")
EVERY_NODE = ("kubernetes.io/os", "kubernetes.io/arch")  # has the same
INJECTOR = "MutatingWebhookConfiguration::istio-sidecar-injector"
INJECT = "sidecar.istio.io/inject"
INJECTOR_VALUES = "istio-system/istio-sidecar-injector"


def pod_demands(records: Iterable[Record]) -> tuple[PodDemand, ...]:
    """One demand per recorded workload; its pods carry a sidecar when the injector comes first."""
    noted = tuple(records)
    sidecar = _sidecar_requests(noted)
    least = _least_replicas(noted)
    return tuple(
        _demand(record, sidecar if _is_injected(record) else {}, least.get(record.name, 1))
        for record in map(as_made, noted)
        if record.type.startswith("kubernetes:apps/") and record.type.endswith(WORKLOADS)
    )


def _demand(record: Record, sidecar: Mapping[str, str], least: int) -> PodDemand:
    spec = record.inputs["spec"]
    pod = spec["template"]["spec"]
    is_per_node = record.type.endswith("DaemonSet")
    injected = {"resources": {"requests": sidecar}}
    asked = pod_requests({**pod, "containers": [*pod["containers"], injected]})
    return PodDemand(
        name=record.name,
        replicas=max(int(spec.get("replicas", 1)), least),
        is_per_node=is_per_node,
        # Any node may have other labels than the plan knows; a DaemonSet chooses by those it knows.
        node_labels=_chosen_by(pod) if is_per_node else {},
        cpu_m=cpu_millicores(asked.get("cpu", 0)),
        memory_mib=mebibytes(asked.get("memory", 0)),
        gpus=int(asked.get("nvidia.com/gpu", 0)),
        volumes=_volumes(spec),
        tolerates_all=any(
            toleration.get("operator") == "Exists" and not toleration.get("key")
            for toleration in pod.get("tolerations") or ()
        ),
    )


def _volumes(spec: Mapping[str, Any]) -> int:
    """The disks that come to a node with one of its pods."""
    named = spec["template"]["spec"].get("volumes") or ()
    claimed = sum("persistentVolumeClaim" in one or "ephemeral" in one for one in named)
    return claimed + len(spec.get("volumeClaimTemplates") or ())


def _chosen_by(pod: Mapping[str, Any]) -> Mapping[str, str]:
    chosen = pod.get("nodeSelector") or {}
    return {key: value for key, value in chosen.items() if key not in EVERY_NODE}


def _least_replicas(records: Iterable[Record]) -> Mapping[str, int]:
    """The minimum of every autoscaler of a Deployment, by the Deployment's name."""
    found = {}
    for record in records:
        if record.type.endswith(":HorizontalPodAutoscaler"):
            spec = record.inputs["spec"]
            namespace = record.name.rpartition("/")[0]
            target = f"{namespace}/{spec['scaleTargetRef']['name']}"
            found[target] = int(spec.get("minReplicas", 1))
    return found


def _is_injected(record: Record) -> bool:
    """Whether the injector is asked for its pods, and they do not decline."""
    metadata = record.inputs["spec"]["template"].get("metadata") or {}
    said = {**(metadata.get("annotations") or {}), **(metadata.get("labels") or {})}
    return said.get(INJECT) != "false" and any(urn.endswith(INJECTOR) for urn in record.depends_on)


def _sidecar_requests(records: Iterable[Record]) -> Mapping[str, str]:
    for record in records:
        if record.type.endswith(":ConfigMap") and record.name == INJECTOR_VALUES:
            values = json.loads(record.inputs["data"]["values"])
            requests: Mapping[str, str] = values["global"]["proxy"]["resources"]["requests"]
            return requests
    return {}
