"""When pools grow and shrink."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from plan.model import Allocatable, ClusterPlan, Pool, Taint
from plan.quantities import amount, pod_requests
from rehearsal.cluster.nodes import node_body
from rehearsal.standins.autoscaler import IDLE_SECONDS, Autoscaler
from rehearsal.standins.fitting import fits
from rehearsal.standins.world import NODE, POD
from tests.rehearsal.standins.shown import named, world_of

Body = dict[str, Any]

GENERAL = Pool(
    name="general",
    instance_types=("m5.xlarge",),
    nodes=1,
    min_nodes=1,
    max_nodes=2,
    is_spot=False,
    zones=("a",),
    labels={},
    taints=(),
    allocatable=Allocatable(cpu_m=4000, memory_mib=14_000, pods=58, gpus=0, volumes=5),
)
GPU = replace(
    GENERAL,
    name="gpu",
    nodes=0,
    min_nodes=0,
    taints=(Taint(key="nvidia.com/gpu", value="true", effect="NoSchedule"),),
    allocatable=replace(GENERAL.allocatable, gpus=1),
)
PLAN = ClusterPlan(
    provider="existing",
    name="t",
    region="r",
    zones=("a",),
    kubernetes="1.35",
    storage_class="standard",
    pools=(GENERAL, GPU),
)
TOLERANT = {"tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists"}]}


def _pod(name: str, asked: dict[str, str], **spec: Any) -> Body:
    container = {"name": "c", "resources": {"requests": asked}}
    return named(
        name,
        "ns",
        spec={"containers": [container], **spec},
        status={
            "conditions": [{"type": "PodScheduled", "reason": "Unschedulable", "status": "False"}]
        },
    )


def _node(pool: Pool, number: int) -> Body:
    return node_body(PLAN, pool, number)


def _wanted(pods: list[Body], nodes: list[Body]) -> list[tuple[str, str]]:
    writes = Autoscaler(PLAN).writes(world_of({POD: pods, NODE: nodes}))
    return [(w.verb, w.name or w.body["metadata"]["name"]) for w in writes]


BUSY = named("busy", "ns", spec={"containers": [], "nodeName": "general-0"})


def test_a_gpu_pool_grows_from_nothing_for_a_pod_that_wants_a_gpu() -> None:
    pod = _pod("train", {"nvidia.com/gpu": "1"}, **TOLERANT)

    assert _wanted([BUSY, pod], [_node(GENERAL, 0)]) == [("create", "gpu-0")]


@pytest.mark.parametrize(
    "pod",
    [
        _pod("intolerant", {"nvidia.com/gpu": "1"}),
        _pod("too large", {"cpu": "5"}),
        _pod("elsewhere", {"cpu": "1"}, nodeSelector={"disk": "ssd"}),
    ],
)
def test_no_pool_grows_for_a_pod_that_would_not_fit_it(pod: Body) -> None:
    assert _wanted([BUSY, pod], [_node(GENERAL, 0)]) == []


def test_the_plain_pool_grows_first_and_never_beyond_its_maximum() -> None:
    pod = _pod("work", {"cpu": "3"}, **TOLERANT)
    also = {**BUSY, "metadata": {**BUSY["metadata"], "name": "also"}}
    also = {**also, "spec": {"containers": [], "nodeName": "general-1"}}
    full = [_node(GENERAL, 0), _node(GENERAL, 1)]

    assert _wanted([BUSY, pod], [_node(GENERAL, 0)]) == [("create", "general-1")]
    assert _wanted([BUSY, also, _pod("work", {"cpu": "3"})], full) == []


def test_a_pool_does_not_grow_twice_while_its_new_node_is_still_empty() -> None:
    pods = [_pod("one", {"nvidia.com/gpu": "1"}, **TOLERANT)]

    assert _wanted([BUSY, *pods], [_node(GENERAL, 0), _node(GPU, 0)]) == []


def test_an_idle_node_goes_after_a_while_down_to_the_minimum() -> None:
    now = [0.0]
    autoscaler = Autoscaler(PLAN, clock=lambda: now[0])
    nodes = [_node(GENERAL, 0), _node(GENERAL, 1), _node(GPU, 0)]
    world = world_of({POD: [BUSY], NODE: nodes})

    assert list(autoscaler.writes(world)) == []
    now[0] = IDLE_SECONDS
    assert [write.name for write in autoscaler.writes(world)] == ["general-1", "gpu-0"]


def test_what_every_node_runs_keeps_no_node() -> None:
    now = [0.0]
    autoscaler = Autoscaler(PLAN, clock=lambda: now[0])
    daemon = named(
        "agent",
        "ns",
        metadata={"ownerReferences": [{"kind": "DaemonSet"}]},
        spec={"containers": [], "nodeName": "gpu-0"},
    )
    world = world_of({POD: [BUSY, daemon], NODE: [_node(GENERAL, 0), _node(GPU, 0)]})

    list(autoscaler.writes(world))
    now[0] = IDLE_SECONDS
    assert [write.name for write in autoscaler.writes(world)] == ["gpu-0"]


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ({"operator": "In", "values": ["general"]}, True),
        ({"operator": "NotIn", "values": ["general"]}, False),
        ({"operator": "Exists"}, True),
        ({"operator": "DoesNotExist"}, False),
    ],
)
def test_node_affinity_is_respected(expression: Body, holds: bool) -> None:
    term = {"matchExpressions": [{"key": "kubeflow-stack/pool", **expression}]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    pod = _pod("p", {}, affinity={"nodeAffinity": required})

    assert fits(pod, _node(GENERAL, 0)) is holds


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("250m", "0.25"),
        ("2", "2"),
        ("1.5Gi", "1610612736"),
        ("1k", "1000"),
        ("2e3", "2000"),
        ("1E", "1e18"),
    ],
)
def test_quantities_are_numbers(text: str, number: str) -> None:
    assert amount(text) == Decimal(number)


def test_a_pod_asks_for_its_containers_and_sidecars_or_a_larger_init_step() -> None:
    def container(cpu: str, **rest: str) -> Body:
        return {"resources": {"requests": {"cpu": cpu}}, **rest}

    spec = {
        "containers": [container("100m"), container("200m")],
        "initContainers": [container("50m", restartPolicy="Always"), container("1")],
    }

    assert pod_requests(spec) == {"cpu": Decimal(1), "pods": Decimal(1)}
    assert pod_requests({**spec, "initContainers": []}) == {
        "cpu": Decimal("0.3"),
        "pods": Decimal(1),
    }


def test_limits_count_as_requests_where_none_are_given() -> None:
    spec = {"containers": [{"resources": {"limits": {"nvidia.com/gpu": "1"}}}]}

    assert pod_requests(spec) == {"nvidia.com/gpu": Decimal(1), "pods": Decimal(1)}
