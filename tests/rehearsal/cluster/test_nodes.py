"""A plan's pools as nodes."""

from dataclasses import replace

import pytest

from plan.model import Allocatable, ClusterPlan, Pool, Taint
from rehearsal.cluster.nodes import (
    node_bodies,
    node_body,
    outdated,
    plan_digest,
    pool_digest,
    storage_class_body,
)

GPU = Pool(
    name="gpu",
    instance_types=("g4dn.xlarge",),
    nodes=2,
    min_nodes=0,
    max_nodes=4,
    is_spot=True,
    zones=("r-a", "r-b"),
    labels={"team": "vision"},
    taints=(Taint(key="nvidia.com/gpu", value="true", effect="NoSchedule"),),
    allocatable=Allocatable(cpu_m=3920, memory_mib=14_800, pods=29, gpus=1, volumes=5),
)
PLAN = ClusterPlan(
    provider="existing",
    name="test",
    region="r",
    zones=("r-a", "r-b"),
    kubernetes="1.35",
    storage_class="standard",
    pools=(replace(GPU, name="general", nodes=3), GPU),
)


def test_each_pool_has_its_nodes_spread_over_the_zones() -> None:
    zones = {
        body["metadata"]["name"]: body["metadata"]["labels"]["topology.kubernetes.io/zone"]
        for body in node_bodies(PLAN)
    }

    assert zones == {
        "general-0": "r-a",
        "general-1": "r-b",
        "general-2": "r-a",
        "gpu-0": "r-a",
        "gpu-1": "r-b",
    }


def test_a_node_offers_exactly_what_the_plan_says() -> None:
    body = node_body(PLAN, GPU, 0)

    assert body["status"]["allocatable"] == {
        "cpu": "3920m",
        "memory": "14800Mi",
        "pods": "29",
        "ephemeral-storage": "200Gi",
        "nvidia.com/gpu": "1",
    }
    assert body["status"]["capacity"] == body["status"]["allocatable"]
    assert body["spec"]["taints"] == [
        {"key": "nvidia.com/gpu", "value": "true", "effect": "NoSchedule"}
    ]


def test_a_node_carries_what_pods_select_by() -> None:
    labels = node_body(PLAN, GPU, 1)["metadata"]["labels"]

    assert labels == {
        "kubernetes.io/hostname": "gpu-1",
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "topology.kubernetes.io/region": "r",
        "topology.kubernetes.io/zone": "r-b",
        "node.kubernetes.io/instance-type": "g4dn.xlarge",
        "kubeflow-stack/pool": "gpu",
        "team": "vision",
    }


def test_no_two_nodes_have_the_same_address() -> None:
    many = replace(PLAN, pools=tuple(replace(GPU, name=f"p{n}", nodes=300) for n in range(20)))
    addresses = [body["status"]["addresses"][0]["address"] for body in node_bodies(many)]

    assert len(set(addresses)) == len(addresses)


def test_only_what_makes_nodes_different_makes_them_outdated() -> None:
    node = node_body(PLAN, GPU, 1)
    fewer = replace(PLAN, pools=(replace(GPU, nodes=0, max_nodes=2),))
    none = replace(PLAN, pools=(replace(GPU, nodes=0, max_nodes=1),))
    other = replace(PLAN, pools=(replace(GPU, labels={}),))
    gone = replace(PLAN, pools=())

    assert [outdated(plan, node) for plan in (PLAN, fewer, none, other, gone)] == [
        False,
        False,
        True,
        True,
        True,
    ]


@pytest.mark.parametrize("change", [{"nodes": 1}, {"min_nodes": 1}, {"max_nodes": 9}])
def test_a_pools_count_changes_the_plan_but_not_its_nodes(change: dict[str, int]) -> None:
    changed = replace(GPU, **change)  # type: ignore[arg-type]

    assert pool_digest(changed) == pool_digest(GPU)
    assert plan_digest(replace(PLAN, pools=(changed,))) != plan_digest(replace(PLAN, pools=(GPU,)))


def test_the_storage_class_is_the_default_and_waits_for_the_pod() -> None:
    body = storage_class_body(PLAN)

    assert body["metadata"]["name"] == "standard"
    assert body["volumeBindingMode"] == "WaitForFirstConsumer"
    assert body["metadata"]["annotations"] == {
        "storageclass.kubernetes.io/is-default-class": "true"
    }
