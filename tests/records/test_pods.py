"""Recorded workloads become demands: what the scheduler will count, sidecars included."""

import json
from typing import Any

import pytest

from plan.capacity import PodDemand
from records.pods import pod_demands
from records.record import Record

INJECTOR = "urn:pulumi:s::p::kubernetes:x:MutatingWebhookConfiguration::istio-sidecar-injector"


def record(type_: str, name: str, inputs: dict[str, Any], *depends_on: str) -> Record:
    return Record(
        urn=f"urn:pulumi:s::p::{type_}::{name}",
        type=type_,
        name=name,
        inputs=inputs,
        depends_on=depends_on,
        component="c",
    )


def workload(kind: str, pod: dict[str, Any], *depends_on: str, **spec: Any) -> Record:
    inputs = {"spec": {**spec, "template": {"spec": pod}}}
    return record(f"kubernetes:apps/v1:{kind}", "ns/web", inputs, *depends_on)


def container(**requests: str) -> dict[str, Any]:
    return {"name": "c", "resources": {"requests": requests}}


VALUES = record(
    "kubernetes:core/v1:ConfigMap",
    "istio-system/istio-sidecar-injector",
    {
        "data": {
            "values": json.dumps(
                {"global": {"proxy": {"resources": {"requests": {"cpu": "10m", "memory": "40Mi"}}}}}
            )
        }
    },
)


def only(*records: Record) -> PodDemand:
    (demand,) = pod_demands(records)
    return demand


def test_containers_add_up_and_an_init_container_may_ask_for_more() -> None:
    pod = {
        "containers": [container(cpu="100m"), container(cpu="0.2", memory="1Gi")],
        "initContainers": [container(cpu="1", memory="10Mi")],
    }
    demand = only(workload("Deployment", pod, replicas=2))
    assert (demand.replicas, demand.cpu_m, demand.memory_mib) == (2, 1000, 1024)
    assert not demand.is_per_node


def test_an_autoscaler_says_how_many_there_are_at_least() -> None:
    pod = {"containers": [container(cpu="100m")]}
    scaler = record(
        "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
        "ns/scaler",
        {"spec": {"minReplicas": 2, "scaleTargetRef": {"kind": "Deployment", "name": "web"}}},
    )
    assert only(scaler, workload("Deployment", pod)).replicas == 2
    assert only(scaler, workload("Deployment", pod, replicas=3)).replicas == 3


def test_an_injected_workload_pays_for_its_sidecar() -> None:
    pod = {"containers": [container(cpu="100m")]}
    assert only(VALUES, workload("Deployment", pod)).cpu_m == 100
    injected = only(VALUES, workload("Deployment", pod, INJECTOR))
    assert (injected.cpu_m, injected.memory_mib) == (110, 40)


def test_a_limit_counts_where_no_request_is_said() -> None:
    pod = {"containers": [{"name": "c", "resources": {"limits": {"nvidia.com/gpu": "1"}}}]}
    assert only(workload("StatefulSet", pod)).gpus == 1


def test_a_daemon_set_runs_on_each_node_it_tolerates() -> None:
    pod = {"containers": [container()], "tolerations": [{"operator": "Exists"}]}
    demand = only(workload("DaemonSet", pod))
    assert demand.is_per_node
    assert demand.tolerates_all


def test_what_makes_no_pods_makes_no_demand() -> None:
    assert pod_demands([VALUES]) == ()


@pytest.mark.parametrize("where", ["labels", "annotations"])
def test_a_pod_that_declines_its_sidecar_is_counted_without(where: str) -> None:
    declining = workload("Deployment", {"containers": [container(cpu="100m")]}, INJECTOR)
    template = declining.inputs["spec"]["template"]
    template["metadata"] = {where: {"sidecar.istio.io/inject": "false"}}
    found = pod_demands([declining, VALUES])
    assert [demand.cpu_m for demand in found] == [100]
    del template["metadata"]
    assert [demand.cpu_m for demand in pod_demands([declining, VALUES])] == [110]


def test_a_daemon_set_counts_on_the_nodes_it_chooses_and_no_other_workload_chooses() -> None:
    chosen = {"kubernetes.io/os": "linux", "gpu": "yes"}
    pod = {"containers": [container()], "nodeSelector": chosen}
    assert only(workload("DaemonSet", pod)).node_labels == {"gpu": "yes"}
    assert only(workload("Deployment", pod)).node_labels == {}
