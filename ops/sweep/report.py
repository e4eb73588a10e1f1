"""Leftovers for people and for programs."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from io import StringIO

from rich.console import Console
from rich.table import Table

from ops.sweep.model import Leftover

UNKNOWN = "price unknown"
WIDTH = 160


def as_text(stack: str, found: Sequence[Leftover]) -> str:
    """A table, and what it costs as long as nobody does anything."""
    if not found:
        return f"{stack}: nothing left"
    table = Table("kind", "id", "name", "what", "$ a month", "held", box=None, pad_edge=False)
    for one in found:
        table.add_row(one.kind, one.id, one.name, one.what, price(one.monthly_usd), one.held)
    text = StringIO()
    Console(file=text, width=WIDTH, color_system=None, markup=False, emoji=False).print(table)
    lines = (line.rstrip() for line in text.getvalue().splitlines())
    return "\n".join((*lines, "", total(stack, found)))


def total(stack: str, found: Sequence[Leftover]) -> str:
    """One line: how many, what they cost, and of how many that is not known."""
    known = sum((one.monthly_usd for one in found if one.monthly_usd is not None), Decimal(0))
    unknown = sum(one.monthly_usd is None for one in found)
    beside = f", and {unknown} of unknown price" if unknown else ""
    return f"{stack}: {len(found)} left, ${known:.2f} a month{beside}"


def as_json(found: Sequence[Leftover]) -> str:
    """A list; an unknown price is null."""
    rows = [
        asdict(one) | {"monthly_usd": None if one.monthly_usd is None else str(one.monthly_usd)}
        for one in found
    ]
    return json.dumps(rows, indent=2)


def price(monthly: Decimal | None) -> str:
    """Dollars and cents; nothing for what costs nothing."""
    if monthly is None:
        return UNKNOWN
    return f"{monthly:.2f}" if monthly else "free"
