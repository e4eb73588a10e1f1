"""What a stack may cost: a bill beyond it is refused, and so is one that cannot be known. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from cost.estimate import Bill, cents, dollars
from cost.usage import Range

Scenario = Literal["low", "expected", "high"]
Level = Literal["refuse", "warn"]
SHOWN = 3  # of the dearest lines


class BudgetError(Exception):
    """The bill is not within the budget; the message says by how much and what to do."""


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Dollars a month, in one scenario; None is no limit."""

    monthly: Decimal | None
    scenario: Scenario
    per_team: Decimal | None = None
    max_increase: Decimal | None = None  # over what stands
    level: Level = "refuse"

    @property
    def has_limits(self) -> bool:
        """Whether there is anything to keep to."""
        return any(one is not None for one in (self.monthly, self.per_team, self.max_increase))


def check(bill: Bill, budget: Budget, last: Mapping[str, Any] | None = None) -> None:
    """Raises `BudgetError` when the bill is above the budget, or is only part of the bill.

    `last` is the output `cost` of what stands; None: nothing does, and nothing increases.
    """
    mistakes = [*_over(bill, budget), *_teams(bill, budget), *_increase(bill, budget, last)]
    if mistakes:
        dearest = "".join(f"\n  {line}" for line in _dearest(bill, budget))
        raise BudgetError("\n".join(mistakes) + f" What costs most:{dearest}")
    unknown = [line.key for line in bill.missing] + [one.resource for one in bill.not_priced]
    if budget.has_limits and unknown:
        raise BudgetError(
            f"budget: cannot be kept, for there is no price of {', '.join(unknown)}; add prices "
            "to cost/prices/, have them asked for by cost.prices: auto, or remove budget"
        )


def _over(bill: Bill, budget: Budget) -> Iterator[str]:
    amount = _in(bill.monthly, budget)
    if budget.monthly is not None and amount > budget.monthly:
        yield (
            f"budget.monthly: {_beyond(amount, budget.monthly, budget)}; make the stack smaller "
            "or the budget larger."
        )


def _teams(bill: Bill, budget: Budget) -> Iterator[str]:
    for name, share in bill.shares.teams.items():
        amount = _in(share, budget)
        if budget.per_team is not None and amount > budget.per_team:
            yield (
                f"budget.perTeam: team {name}: {_beyond(amount, budget.per_team, budget)}; make "
                "its quota smaller or the budget larger."
            )


def _increase(bill: Bill, budget: Budget, last: Mapping[str, Any] | None) -> Iterator[str]:
    if budget.max_increase is None or last is None:
        return
    more = _in(bill.monthly, budget) - Decimal(str(last["monthly"][budget.scenario]))
    if more > budget.max_increase:
        yield (
            f"budget.maxIncrease: what stands would cost more by "
            f"{_beyond(more, budget.max_increase, budget)}; change less at once or allow more."
        )


def _beyond(amount: Decimal, limit: Decimal, budget: Budget) -> str:
    return (
        f"${dollars(amount)} ({budget.scenario}) is ${dollars(amount - limit)} more than the "
        f"${dollars(limit)} allowed"
    )


def _dearest(bill: Bill, budget: Budget) -> list[str]:
    lines = sorted(bill.lines, key=lambda line: _in(line.monthly, budget), reverse=True)
    return [f"${dollars(_in(line.monthly, budget))} {line.key}" for line in lines[:SHOWN]]


def _in(amount: Range, budget: Budget) -> Decimal:
    """To the cent, as the bill shows it and the policy reads it."""
    return cents(getattr(amount, budget.scenario))
