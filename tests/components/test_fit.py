"""All of Kubeflow beside monitoring fits the small pools, also with one node lost."""

from dataclasses import replace

import pytest

from components.platform.patches.model import apply_patches
from components.platform.patches.table import platform_patches
from plan.capacity import Capacity, PodDemand, fit
from plan.components import choose
from plan.instances import instance_type
from plan.model import Pool
from plan.monitoring import COMPONENT as MONITORING
from records.expected import as_records
from records.pods import pod_demands
from tests.components.conftest import ARGS
from upstream.model import Obj, Release
from upstream.order import order
from upstream.pins import release_map

Full = tuple[tuple[Obj, ...], tuple[PodDemand, ...]]
TYPES = ("s-4vcpu-16gb-amd", "m5.xlarge")


def constant(name: str, pods: int, cpu_m: int, memory_mib: int) -> PodDemand:
    return PodDemand(
        name=name,
        replicas=pods,
        is_per_node=pods == 0,
        cpu_m=cpu_m,
        memory_mib=memory_mib,
        gpus=0,
        volumes=0,
        tolerates_all=pods == 0,
    )


# What a managed cluster runs itself: 15 pods, 1060m and 1380 MiB on three nodes (section 6).
SYSTEM = (constant("node agents", 0, 200, 200), constant("coredns and others", 6, 77, 130))


@pytest.fixture(scope="module")
def full(release: Release) -> Full:
    """The preset `full` and monitoring after every patch, and its demands, sidecars included."""
    return demands_of(release, is_highly_available=False)


def demands_of(release: Release, *, is_highly_available: bool) -> Full:
    args = replace(ARGS, is_highly_available=is_highly_available)
    kubeflow = choose("full", "Serverless", release_map(release.name)).components
    components = (*kubeflow, MONITORING)
    chosen = [obj for obj in release.objects if obj.component in components]
    crds = [crd for crd in release.all_crds if crd.component in components]
    objs = apply_patches(chosen, platform_patches(args))
    return objs, pod_demands(as_records(objs, order(objs, crds)))


@pytest.fixture(scope="module")
def highly_available(release: Release) -> tuple[PodDemand, ...]:
    """The same in a stack with `environment: prod`."""
    return demands_of(release, is_highly_available=True)[1]


def pool(name: str, nodes: int) -> Pool:
    return Pool(
        name="base",
        instance_types=(name,),
        nodes=nodes,
        min_nodes=nodes,
        max_nodes=nodes,
        is_spot=False,
        zones=(),
        labels={},
        taints=(),
        allocatable=instance_type(name).allocatable,
    )


def shares(capacity: Capacity) -> str:
    (load,) = capacity.pools
    return (
        f"{load.nodes} nodes, {load.pods} pods, CPU {load.cpu_m}m "
        f"{load.cpu_m / load.offered_cpu_m:.0%}, memory {load.memory_mib} MiB "
        f"{load.memory_mib / load.offered_memory_mib:.0%}"
    )


def test_sidecars_are_counted(full: Full) -> None:
    demands = {demand.name: demand for demand in full[1]}
    assert demands["kubeflow/katib-ui"].memory_mib == 24 + 40
    assert demands["auth/dex"].memory_mib == 22


@pytest.mark.parametrize("nodes", [3, 2])
@pytest.mark.parametrize("type_", TYPES)
def test_everything_fits_beside_monitoring(full: Full, type_: str, nodes: int) -> None:
    capacity = fit((*full[1], *SYSTEM), [pool(type_, nodes)])
    assert capacity.unplaced == ()
    (load,) = capacity.pools
    assert load.cpu_m <= load.offered_cpu_m * 0.85, shares(capacity)
    assert load.memory_mib <= load.offered_memory_mib * 0.85, shares(capacity)


@pytest.mark.parametrize("nodes", [3, 2])
@pytest.mark.parametrize("type_", TYPES)
def test_so_does_production(
    full: Full, highly_available: tuple[PodDemand, ...], type_: str, nodes: int
) -> None:
    more = sum(d.replicas for d in highly_available) - sum(d.replicas for d in full[1])
    assert more in (18, 19)  # 26.03.1-rc.2 has two of dex anyway
    capacity = fit((*highly_available, *SYSTEM), [pool(type_, nodes)])
    assert capacity.unplaced == (), shares(capacity)


@pytest.mark.parametrize("type_", TYPES)
def test_so_does_the_worst_case_of_the_autoscalers(full: Full, type_: str) -> None:
    objs, demands = full
    most = {
        f"{obj.namespace}/{obj.body['spec']['scaleTargetRef']['name']}": obj.body["spec"][
            "maxReplicas"
        ]
        for obj in objs
        if obj.kind == "HorizontalPodAutoscaler"
    }
    assert most.keys() <= {demand.name for demand in demands}
    grown = [replace(d, replicas=most.get(d.name, d.replicas)) for d in demands]
    assert fit((*grown, *SYSTEM), [pool(type_, 3)]).unplaced == ()


def test_an_upstream_that_asks_for_more_would_be_told(full: Full) -> None:
    huge = constant("huge", 1, 8000, 100)
    assert fit((*full[1], huge), [pool("m5.xlarge", 3)]).unplaced == ("huge",)
