"""Bills side by side: what several stacks are expected to cost, by category and by use. Pure."""

from collections.abc import Mapping

from cost.estimate import Bill, dollars
from cost.report import USE, sum_rows
from cost.usage import ZERO

HEAD = "expected, a month"


def as_table(bills: Mapping[str, Bill]) -> str:
    """A column for each stack, with the rows of all of their bills and the three sums."""
    found = [dict(sum_rows(bill)) for bill in bills.values()]
    named = sorted(dict.fromkeys(name for rows in found for name in rows), key=USE.__eq__)
    rows = [
        *((name, [rows.get(name, ZERO).expected for rows in found]) for name in named),
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
                    f"{dollars(amount):>{size}}"
                    for amount, size in zip(amounts, columns.values(), strict=True)
                ),
            ]
        )
        for name, amounts in rows
    ]
    return "\n".join([head, *body, *_gaps(bills)])


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
