"""What a team costs at full use of its quota: parts of nodes, and volumes."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import pytest

from cost.catalog import Catalog, Price
from cost.estimate import Terms
from cost.model import Place
from cost.quotas import nodes_month, report, volumes_month
from cost.usage import USAGES
from plan.model import Allocatable, Pool, Quota, Taint

DAY = date(2026, 11, 25)


def price(sku: str, unit: str, amount: str) -> Price:
    return Price(
        sku=sku,
        region="r",
        unit=unit,
        amount=Decimal(amount),
        source="test",
        dated="2026-11-25",
        grade="A",
    )


PRICES = (
    price("aws.ec2.ondemand/plain", "hour", "0.1"),  # $73 a month
    price("aws.ec2.spot.typical/plain", "hour", "0.04"),
    price("aws.ec2.ondemand/gpu", "hour", "1"),
    price("aws.ebs.gp3.gb", "GB-month", "0.1"),
)
CATALOG = Catalog(
    collected=DAY,
    sources={},
    prices={(one.sku, one.region): (one,) for one in PRICES},
    eks_support={},
)
TERMS = Terms(place=Place("aws", "r"), usage=USAGES["none"], day=DAY, catalog=CATALOG)


def pool(kind: str, gpus: int = 0, taints: tuple[Taint, ...] = ()) -> Pool:
    return Pool(
        name=kind,
        instance_types=(kind,),
        nodes=1,
        min_nodes=1,
        max_nodes=4,
        is_spot=False,
        zones=("a",),
        labels={},
        taints=taints,
        allocatable=Allocatable(cpu_m=4000, memory_mib=16384, pods=50, gpus=gpus, volumes=5),
    )


PLAIN, GPU = pool("plain"), pool("gpu", gpus=2)
HALF_A_NODE = Quota(cpu_m=2000, memory_mib=4096, storage_mib=0, volumes=1, gpus=0, pods=10)


def test_what_runs_out_first_decides_how_much_of_a_node_it_is() -> None:
    assert nodes_month(HALF_A_NODE, [PLAIN], TERMS) == Decimal("36.5")
    assert nodes_month(replace(HALF_A_NODE, memory_mib=12288), [PLAIN], TERMS) == Decimal("54.75")


def test_volumes_are_priced_by_size() -> None:
    assert volumes_month(replace(HALF_A_NODE, storage_mib=10240), TERMS) == Decimal("1")


def test_a_node_with_gpus_brings_its_cores_along() -> None:
    one = replace(HALF_A_NODE, gpus=1)  # half of a node of two GPUs has 2 cores, 8 GiB
    assert nodes_month(one, [PLAIN, GPU], TERMS) == Decimal("365")
    more = replace(one, cpu_m=4000)
    assert nodes_month(more, [PLAIN, GPU], TERMS) == Decimal("401.5")


def test_spot_nodes_cost_what_spot_typically_costs() -> None:
    assert nodes_month(HALF_A_NODE, [replace(PLAIN, is_spot=True)], TERMS) == Decimal("14.6")


def test_a_tainted_pool_is_not_what_a_team_is_priced_by() -> None:
    taint = Taint(key="only", value="platform", effect="NoSchedule")
    cheap = replace(PLAIN, is_spot=True, taints=(taint,))
    assert nodes_month(HALF_A_NODE, [cheap, PLAIN], TERMS) == Decimal("36.5")


@dataclass(frozen=True)
class Team:
    name: str
    quota: Quota | None


def test_each_team_with_a_quota_has_a_line() -> None:
    teams = [Team("vision", HALF_A_NODE), Team("free", None)]
    assert report(teams, [PLAIN], TERMS) == (
        "team vision: $36.50 a month at full use of its quota: nodes $36.50, of those in "
        "the bill, volumes $0.00, on top"
    )


def test_what_is_not_limited_makes_it_the_least() -> None:
    teams = [Team("vision", replace(HALF_A_NODE, memory_mib=None, storage_mib=None))]
    assert report(teams, [PLAIN], TERMS) == (
        "team vision: at least $36.50 a month at full use of its quota: nodes $36.50, "
        "of those in the bill, volumes $0.00, on top; "
        "no limit of memory, storage"
    )


def test_a_price_that_is_not_there_is_said_and_not_zero() -> None:
    assert report([Team("vision", HALF_A_NODE)], [pool("rare")], TERMS) == (
        "team vision: NO PRICE of its quota: no price of aws.ec2.ondemand/rare in r on 2026-11-25; "
        "add it with source, date and grade to cost/prices/, or have it asked for by "
        "cost.prices: auto"
    )


@pytest.mark.parametrize("place", [Place("existing", "")])
def test_a_cluster_of_ones_own_has_no_price(place: Place) -> None:
    terms = replace(TERMS, place=place)
    assert report([Team("vision", HALF_A_NODE)], [PLAIN], terms) == ""
