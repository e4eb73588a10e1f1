"""Capacity says yes only when every pod has a node, and says which have none."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.capacity import PodDemand, fit, report
from plan.model import Allocatable, Pool, Taint
from plan.quantities import cpu_millicores, mebibytes


def pool(**fields: Any) -> Pool:
    shape: dict[str, Any] = {
        "name": "general",
        "instance_types": ("m5.xlarge",),
        "nodes": 2,
        "min_nodes": 2,
        "max_nodes": 2,
        "is_spot": False,
        "zones": ("a",),
        "labels": {},
        "taints": (),
        "allocatable": Allocatable(cpu_m=4000, memory_mib=8192, pods=10, gpus=0, volumes=5),
    }
    return Pool(**{**shape, **fields})


def demand(**fields: Any) -> PodDemand:
    shape: dict[str, Any] = {
        "name": "web",
        "replicas": 1,
        "is_per_node": False,
        "cpu_m": 100,
        "memory_mib": 100,
        "gpus": 0,
        "volumes": 0,
        "tolerates_all": False,
    }
    return PodDemand(**{**shape, **fields})


def test_what_fits_is_told_with_its_load() -> None:
    capacity = fit([demand(replicas=3)], [pool()])
    assert capacity.fits
    assert report(capacity) == (
        "capacity: pool general, nodes: 2: 3 pods request 4% of 8 CPU and 2% of 16.0 GiB\n"
        "capacity: everything fits"
    )


def test_room_in_total_is_not_room_on_a_node() -> None:
    capacity = fit([demand(name="big", replicas=2, cpu_m=2500), demand(cpu_m=2500)], [pool()])
    assert capacity.unplaced == ("web",)
    assert report(capacity).endswith("DOES NOT FIT: no node takes 1 pods: web")


def test_a_long_list_of_what_does_not_fit_is_cut() -> None:
    demands = [demand(name=f"web-{number}", cpu_m=9000) for number in range(7)]
    assert report(fit(demands, [pool()])).endswith(
        "no node takes 7 pods: web-0, web-1, web-2, web-3, web-4 and 2 more"
    )


def test_pod_slots_run_out_too() -> None:
    capacity = fit([demand(replicas=21, cpu_m=0, memory_mib=0)], [pool()])
    assert capacity.unplaced == ("web",)


def test_a_tainted_pool_takes_only_what_tolerates_it() -> None:
    tainted = pool(taints=(Taint(key="gpu", value="", effect="NoSchedule"),))
    assert fit([demand()], [tainted]).unplaced == ("web",)
    agent = demand(name="cni", is_per_node=True, tolerates_all=True)
    assert fit([agent], [tainted]).pools[0].pods == 2
    assert fit([demand(is_per_node=True)], [tainted]).pools[0].pods == 0


def test_a_per_node_pod_that_does_not_fit_names_the_pool() -> None:
    capacity = fit([demand(name="cni", is_per_node=True, cpu_m=5000)], [pool()])
    assert capacity.unplaced == ("cni on a node of general",) * 2


def test_an_empty_pool_offers_nothing() -> None:
    empty = pool(nodes=0, min_nodes=0)
    assert fit([demand()], [empty]).unplaced == ("web",)
    assert "0 pods request nothing of 0 CPU" in report(fit([], [empty]))


@given(
    st.lists(
        st.builds(
            demand,
            replicas=st.integers(0, 5),
            cpu_m=st.integers(0, 5000),
            memory_mib=st.integers(0, 9000),
        ),
        max_size=8,
    )
)
def test_no_node_is_overfull_and_no_pod_is_lost(demands: list[PodDemand]) -> None:
    capacity = fit(demands, [pool()])
    load = capacity.pools[0]
    assert load.cpu_m <= load.offered_cpu_m
    assert load.memory_mib <= load.offered_memory_mib
    assert load.pods + len(capacity.unplaced) == sum(d.replicas for d in demands)


@pytest.mark.parametrize(
    ("quantity", "millicores"), [("500m", 500), ("1", 1000), (0.5, 500), ("1.0001", 1001)]
)
def test_cpu(quantity: str, millicores: int) -> None:
    assert cpu_millicores(quantity) == millicores


@pytest.mark.parametrize(
    ("quantity", "mib"), [("128Mi", 128), ("2Gi", 2048), ("1G", 954), ("1048577", 2), ("0", 0)]
)
def test_memory(quantity: str, mib: int) -> None:
    assert mebibytes(quantity) == mib


def test_what_is_for_some_nodes_only_counts_on_those() -> None:
    pools = [pool(), pool(name="gpu", nodes=1, labels={"gpu": "yes"})]
    agent = demand(is_per_node=True, node_labels={"gpu": "yes"})
    general, gpu = fit([agent], pools).pools
    assert (general.pods, gpu.pods) == (0, 1)


def test_a_node_takes_no_more_volumes_than_its_machine_has_places_for() -> None:
    stores = demand(name="store", replicas=11, cpu_m=1, memory_mib=1, volumes=1)
    machines = pool(
        allocatable=Allocatable(cpu_m=4000, memory_mib=8192, pods=50, gpus=0, volumes=5)
    )
    capacity = fit([stores], [machines])
    assert capacity.unplaced == ("store",)
    assert capacity.lacking == ("places for volumes",)
    assert fit([replace(stores, replicas=10)], [machines]).fits
