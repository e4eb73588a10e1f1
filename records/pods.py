"""What pods the recorded resources will make: their requests, sidecars included. Pure."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from plan.capacity import PodDemand
from plan.quantities import cpu_millicores, mebibytes
from records.record import Record

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")
INJECTOR = "MutatingWebhookConfiguration::istio-sidecar-injector"
INJECTOR_VALUES = "istio-system/istio-sidecar-injector"


def pod_demands(records: Iterable[Record]) -> tuple[PodDemand, ...]:
    """One demand per recorded workload; its pods carry a sidecar when the injector comes first."""
    noted = tuple(records)
    sidecar = _sidecar_requests(noted)
    return tuple(
        _demand(record, sidecar if _is_injected(record) else {})
        for record in noted
        if record.type.startswith("kubernetes:apps/") and record.type.endswith(WORKLOADS)
    )


def _demand(record: Record, sidecar: Mapping[str, str]) -> PodDemand:
    spec = record.inputs["spec"]
    pod = spec["template"]["spec"]
    requests = [_requests(container) for container in pod["containers"]] + [sidecar]
    # An init container runs before the others: the pod needs the larger of both.
    first = [_requests(container) for container in pod.get("initContainers") or ()]
    return PodDemand(
        name=record.name,
        replicas=int(spec.get("replicas", 1)),
        is_per_node=record.type.endswith("DaemonSet"),
        cpu_m=_most(requests, first, "cpu", cpu_millicores),
        memory_mib=_most(requests, first, "memory", mebibytes),
        gpus=_most(requests, first, "nvidia.com/gpu", int),
        tolerates_all=any(
            toleration.get("operator") == "Exists" and not toleration.get("key")
            for toleration in pod.get("tolerations") or ()
        ),
    )


def _most(requests: list[Any], first: list[Any], what: str, amount: Callable[[str], int]) -> int:
    together = sum(amount(one.get(what, "0")) for one in requests)
    return max([together, *(amount(one.get(what, "0")) for one in first)])


def _requests(container: Mapping[str, Any]) -> Mapping[str, str]:
    resources = container.get("resources") or {}
    # Kubernetes takes a limit without a request for the request.
    return {**(resources.get("limits") or {}), **(resources.get("requests") or {})}


def _is_injected(record: Record) -> bool:
    return any(urn.endswith(INJECTOR) for urn in record.depends_on)


def _sidecar_requests(records: Iterable[Record]) -> Mapping[str, str]:
    for record in records:
        if record.type.endswith(":ConfigMap") and record.name == INJECTOR_VALUES:
            values = json.loads(record.inputs["data"]["values"])
            requests: Mapping[str, str] = values["global"]["proxy"]["resources"]["requests"]
            return requests
    return {}
