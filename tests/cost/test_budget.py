"""A bill beyond the budget is refused, and so is one that is only part of the bill."""

from decimal import Decimal

import pytest

from cost.budget import Budget, BudgetError, Scenario, check
from cost.report import as_output
from cost.teams import Division, Room
from tests.cost.stacks import Registered, bill_of, eks, pool

STACK = [eks(), *pool("general", ["m5.xlarge"], (1, 3, 6))]  # 517.48 expected


def budget(monthly: str, scenario: Scenario = "expected") -> Budget:
    return Budget(monthly=Decimal(monthly), scenario=scenario)


def test_a_bill_within_the_budget_passes_to_the_cent() -> None:
    check(bill_of(STACK), budget("517.48"))


def test_the_sum_that_a_bill_shows_is_a_budget_that_it_keeps() -> None:
    bill = bill_of(pool("gpu", ["g4dn.2xlarge"], (1, 1, 1), spot=True))
    assert bill.monthly.expected == Decimal("237.512")
    check(bill, budget("237.51"))
    with pytest.raises(BudgetError, match=r"is \$0\.01 more than the \$237\.50 allowed"):
        check(bill, budget("237.50"))


def test_a_bill_beyond_it_says_by_how_much_and_what_costs_most() -> None:
    with pytest.raises(BudgetError) as caught:
        check(bill_of(STACK), budget("517.47"))
    assert str(caught.value) == (
        "budget.monthly: $517.48 (expected) is $0.01 more than the $517.47 allowed; make the "
        "stack smaller or the budget larger. What costs most:\n"
        "  $420.48 NodeGroup general: nodes, m5.xlarge, on demand\n"
        "  $73.00 Cluster cluster: control plane, standard support\n"
        "  $24.00 NodeGroup general: root volumes, gp3"
    )


def test_the_scenario_decides() -> None:
    check(bill_of(STACK), budget("300", "low"))
    with pytest.raises(BudgetError, match=r"\$961.96 \(high\)"):
        check(bill_of(STACK), budget("600", "high"))


@pytest.mark.parametrize(
    ("unknown", "named"),
    [
        (pool("odd", ["x99.mega"], (1, 1, 1)), "NodeGroup odd: nodes, x99.mega, on demand"),
        ([Registered("aws:sagemaker/endpoint:Endpoint", "hidden")], "hidden"),
    ],
)
def test_what_has_no_price_is_within_no_budget(unknown: list[Registered], named: str) -> None:
    with pytest.raises(BudgetError, match=f"no price of {named}"):
        check(bill_of(unknown), budget("1000000"))


def test_without_a_budget_everything_passes() -> None:
    check(bill_of(STACK), Budget(monthly=None, scenario="expected"))


VISION = Division(
    quotas={"vision": Room(cpu=Decimal(4), memory_gib=Decimal(16))},
    machines={"m5.xlarge": Room(cpu=Decimal(4), memory_gib=Decimal(16))},
)


def limits(per_team: Decimal | None = None, max_increase: Decimal | None = None) -> Budget:
    return Budget(monthly=None, scenario="expected", per_team=per_team, max_increase=max_increase)


def test_no_team_may_cost_more_than_its_budget() -> None:
    bill = bill_of(STACK, division=VISION)
    check(bill, limits(per_team=Decimal("148.16")))
    with pytest.raises(BudgetError) as caught:
        check(bill, limits(per_team=Decimal("148.15")))
    assert str(caught.value).startswith(
        "budget.perTeam: team vision: $148.16 (expected) is $0.01 more than the $148.15 allowed; "
        "make its quota smaller or the budget larger. What costs most:\n"
    )


def test_what_stands_may_grow_by_so_much_at_once() -> None:
    three, four = (bill_of(pool("general", ["m5.xlarge"], (n, n, n))) for n in (3, 4))
    check(four, limits(max_increase=Decimal("148.16")), as_output(three))
    with pytest.raises(BudgetError, match=r"^budget\.maxIncrease: .* by \$148\.16 \(expected\)"):
        check(four, limits(max_increase=Decimal(148)), as_output(three))
    check(three, limits(max_increase=Decimal(0)), as_output(four))


def test_the_first_deployment_increases_nothing() -> None:
    check(bill_of(STACK), limits(max_increase=Decimal(0)), None)


@pytest.mark.parametrize("limit", ["per_team", "max_increase"])
def test_every_limit_needs_a_whole_bill(limit: str) -> None:
    with pytest.raises(BudgetError, match="no price of hidden"):
        check(
            bill_of([Registered("aws:sagemaker/endpoint:Endpoint", "hidden")]),
            limits(**{limit: Decimal(1000)}),
        )
