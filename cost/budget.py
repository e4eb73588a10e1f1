"""What a stack may cost: a bill beyond it is refused, and so is one that cannot be known. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from cost.estimate import Bill, cents

Scenario = Literal["low", "expected", "high"]


class BudgetError(Exception):
    """The bill is not within the budget; the message says by how much and what to do."""


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Dollars a month, in one scenario; None is no limit."""

    monthly: Decimal | None
    scenario: Scenario


def check(bill: Bill, budget: Budget) -> None:
    """Raises `BudgetError` when the bill is above the budget, or is only part of the bill."""
    if budget.monthly is None:
        return
    unknown = [line.key for line in bill.missing] + [one.resource for one in bill.not_priced]
    amount = getattr(bill.monthly, budget.scenario)
    if amount > budget.monthly:
        dearest = sorted(
            bill.lines, key=lambda line: getattr(line.monthly, budget.scenario), reverse=True
        )
        listed = "".join(
            f"\n  ${cents(getattr(line.monthly, budget.scenario)):,} {line.key}"
            for line in dearest[:3]
        )
        raise BudgetError(
            f"budget.monthly: ${cents(amount):,} ({budget.scenario}) is "
            f"${cents(amount - budget.monthly):,} more than the ${budget.monthly:,} allowed; make "
            f"the stack smaller or the budget larger. What costs most:{listed}"
        )
    if unknown:
        raise BudgetError(
            f"budget.monthly: cannot be kept, for there is no price of {', '.join(unknown)}; add "
            "prices to cost/prices/, or remove budget.monthly"
        )
