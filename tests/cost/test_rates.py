"""The bill by the hour: a node of each pool, and all the rest."""

from decimal import Decimal

from cost.estimate import HOURS
from cost.rates import rates_of
from cost.teams import Division, Room
from tests.cost.stacks import VIRGINIA, Registered, bill_of, eks, place, pool

POOLS = [
    *pool("general", ["m5.xlarge"], (1, 3, 8)),
    *pool("gpu", ["g4dn.xlarge"], (0, 0, 4), spot=True),
]


def test_nodes_by_the_hour_and_the_rest_are_the_bill_again() -> None:
    bill = bill_of([eks(), *POOLS])
    rates = rates_of(bill, ["general", "gpu"])
    assert set(rates.nodes) == {"general", "gpu"}
    assert (rates.nodes["general"] * 3 + rates.rest) * HOURS == bill.monthly.expected
    assert rates.whole * HOURS == bill.monthly.expected


def test_a_pool_of_no_nodes_has_a_price_too() -> None:
    bill = bill_of(POOLS)
    (line,) = [
        one for one in bill.lines if one.demand.resource == "gpu" and one.demand.category == "nodes"
    ]
    assert line.monthly.expected == 0
    assert rates_of(bill, ["gpu"]).nodes == {"gpu": line.price.expected}
    assert line.price.expected > 0


def test_nodes_that_are_in_no_pool_of_the_settings_are_of_the_rest() -> None:
    bill = bill_of(POOLS)
    rates = rates_of(bill, ["gpu"])
    assert rates.rest * HOURS == bill.monthly.expected


def test_what_is_billed_by_the_month_at_most_is_cheaper_by_the_hour() -> None:
    droplets = Registered(
        "digitalocean:index/kubernetesNodePool:KubernetesNodePool",
        "general",
        {"size": "s-4vcpu-16gb-amd", "nodeCount": 2},
    )
    bill = bill_of([droplets], place=place("digitalocean", "fra1"))
    rates = rates_of(bill, ["general"])
    assert abs(rates.nodes["general"] * 2 * HOURS - bill.monthly.expected) < Decimal("1e-20")


def test_a_pool_without_a_price_is_left_out() -> None:
    bill = bill_of(pool("exotic", ["zz9.plural"], (1, 1, 1)))
    assert bill.missing
    assert rates_of(bill, ["exotic"]).nodes == {}


def test_each_team_has_its_share_by_the_hour() -> None:
    machine = Room(cpu=Decimal(4), memory_gib=Decimal(16))
    division = Division(quotas={"vision": machine}, machines={"m5.xlarge": machine})
    bill = bill_of(POOLS[:2], place=VIRGINIA, division=division)
    share = bill.shares.teams["vision"].expected
    assert rates_of(bill, ["general"]).teams == {"vision": share / HOURS}
    assert share > 0
