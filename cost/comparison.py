"""Bills side by side: what several stacks are expected to cost, by category. Pure."""

from collections.abc import Mapping
from decimal import Decimal

from cost.estimate import Bill, cents, total

HEAD = "expected, a month"


def as_table(bills: Mapping[str, Bill]) -> str:
    """A column for each stack, with the categories of all of them and the three sums."""
    categories = dict.fromkeys(
        line.demand.category for bill in bills.values() for line in bill.lines
    )
    rows = [
        *((name, [_category(bill, name) for bill in bills.values()]) for name in categories),
        ("total", [bill.monthly.expected for bill in bills.values()]),
        ("total, low", [bill.monthly.low for bill in bills.values()]),
        ("total, high", [bill.monthly.high for bill in bills.values()]),
    ]
    width = max(len(name) for name in (HEAD, *(name for name, _ in rows)))
    columns = {name: max(len(name), 12) for name in bills}
    head = " ".join([f"{HEAD:{width}}", *(f"{name:>{size}}" for name, size in columns.items())])
    body = [
        " ".join(
            [
                f"{name:{width}}",
                *(
                    f"{cents(amount):>{size},}"
                    for amount, size in zip(amounts, columns.values(), strict=True)
                ),
            ]
        )
        for name, amounts in rows
    ]
    return "\n".join([head, *body, *_gaps(bills)])


def _category(bill: Bill, name: str) -> Decimal:
    return total(line for line in bill.lines if line.demand.category == name).expected


def _gaps(bills: Mapping[str, Bill]) -> list[str]:
    """Which sums are only "at least"."""
    return [
        f"{name}: at least, for there is no price of {', '.join(unknown)}"
        for name, bill in bills.items()
        if (
            unknown := [
                *(line.key for line in bill.missing),
                *(one.resource for one in bill.not_priced),
            ]
        )
    ]
