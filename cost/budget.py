"""What a stack may cost: a bill beyond it is refused, and so is one that cannot be known. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from cost.estimate import Bill, cents
from cost.usage import Range

Scenario = Literal["low", "expected", "high"]
SHOWN = 3  # of the dearest lines


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
    amount = _in(bill.monthly, budget)
    if amount > budget.monthly:
        raise BudgetError(
            f"budget.monthly: ${_dollars(amount)} ({budget.scenario}) is "
            f"${_dollars(amount - budget.monthly)} more than the ${_dollars(budget.monthly)} "
            "allowed; make the stack smaller or the budget larger. What costs most:"
            + "".join(f"\n  {line}" for line in _dearest(bill, budget))
        )
    unknown = [line.key for line in bill.missing] + [one.resource for one in bill.not_priced]
    if unknown:
        raise BudgetError(
            f"budget.monthly: cannot be kept, for there is no price of {', '.join(unknown)}; add "
            "prices to cost/prices/, or remove budget.monthly"
        )


def _dearest(bill: Bill, budget: Budget) -> list[str]:
    lines = sorted(bill.lines, key=lambda line: _in(line.monthly, budget), reverse=True)
    return [f"${_dollars(_in(line.monthly, budget))} {line.key}" for line in lines[:SHOWN]]


def _in(amount: Range, budget: Budget) -> Decimal:
    found: Decimal = getattr(amount, budget.scenario)
    return found


def _dollars(amount: Decimal) -> str:
    return f"{cents(amount):,}"
