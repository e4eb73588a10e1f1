"""A stack is refused where its pools can never hold it, with what is missing and the way out."""

from dataclasses import replace
from typing import Any

import pytest

from plan.build import make_plan
from plan.capacity import PodDemand
from plan.model import Plan
from plan.overcommit import growth, refuse_overcommit
from settings.mistakes import SettingsError
from settings.model import Settings
from tests.plan.test_capacity import demand

GPU = {
    "name": "gpu",
    "instanceTypes": ["g4dn.xlarge"],
    "nodes": 0,
    "maxNodes": 9,
    "taints": [{"key": "gpu", "effect": "NoSchedule"}],
}


def plan(*pools: dict[str, Any], **said: Any) -> Plan:
    settings = Settings.model_validate(
        {
            "cluster": {
                "provider": "existing",
                "kubernetes": "1.35",
                "zones": ["a"],
                "storageClass": "standard",
            },
            "pools": list(pools),
            "ingress": {"auth": {"adminEmail": "a@b.test"}},
            **said,
        }
    )
    return make_plan(settings, "dev")


def general(nodes: int, most: int) -> dict[str, Any]:
    """Nodes of 3920m CPU, 14.1 GiB and 58 pod slots."""
    return {"name": "general", "instanceTypes": ["m5.xlarge"], "nodes": nodes, "maxNodes": most}


def refusal(plan: Plan, *demands: PodDemand) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        refuse_overcommit(plan, demands)
    return [line.strip() for line in str(caught.value).splitlines()]


TWO_EACH = demand(name="web", replicas=6, cpu_m=1500, memory_mib=1024)  # a node takes two


def test_a_refusal_says_what_has_no_node_why_and_the_way_out() -> None:
    said = refusal(plan(general(1, 2), GPU), TWO_EACH)
    assert said[0] == "stack dev: does not fit its pools, not even with each at its maxNodes"
    assert said[1].startswith("capacity: pool general, nodes: 2: 4 pods request 77% of 7.84 CPU")
    assert said[2].startswith("capacity: pool gpu, nodes: 9: 0 pods")
    assert said[3:] == [
        "capacity: DOES NOT FIT: no node takes 2 pods: web",
        "these pods ask 3 CPU, 2.0 GiB and 2 pod slots; nodes lack CPU",
        "pools[0].maxNodes: 3 would do for general, not 2",
        "or have fewer kubeflow.components; capacity.overcommit: warn goes on all the same",
    ]


@pytest.mark.parametrize(
    ("asked", "lacking"),
    [
        (demand(replicas=3, cpu_m=10, memory_mib=9000), "nodes lack memory"),
        (demand(replicas=117, cpu_m=0, memory_mib=0), "nodes lack pod slots"),
        (demand(replicas=3, cpu_m=3000, memory_mib=9000), "nodes lack CPU, memory"),
    ],
)
def test_it_names_whatever_is_lacking(asked: PodDemand, lacking: str) -> None:
    assert refusal(plan(general(2, 2)), asked)[-3].endswith(lacking)


@pytest.mark.parametrize(
    ("pool", "asked", "lacking"),
    [
        (general(2, 2), demand(cpu_m=9000), "nodes lack CPU"),
        (general(2, 2), demand(gpus=1), "nodes lack GPUs"),
        (general(2, 2), demand(is_per_node=True, cpu_m=9000), "nodes lack CPU"),
        (GPU, demand(), "nodes lack a pool without taints"),
    ],
)
def test_where_no_number_of_nodes_would_do_the_type_is_to_be_changed(
    pool: dict[str, Any], asked: PodDemand, lacking: str
) -> None:
    said = refusal(plan(pool), asked)
    assert said[-3].endswith(lacking)
    assert said[-2].startswith("pools[].instanceTypes: no number of nodes would do")


def test_what_fits_once_pools_have_grown_goes_on_and_is_said() -> None:
    grows = plan(general(1, 3))
    refuse_overcommit(grows, [TWO_EACH])
    assert growth([TWO_EACH], grows.cluster.pools).endswith("grown, within their maxNodes")


def test_an_owner_may_insist() -> None:
    insists = plan(general(1, 2), capacity={"overcommit": "warn"})
    refuse_overcommit(insists, [TWO_EACH])
    assert "not even with every pool at its maxNodes" in growth([TWO_EACH], insists.cluster.pools)
    refusal(replace(insists, overcommit="refuse"), TWO_EACH)
