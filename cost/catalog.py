"""Dated prices by what is sold and where: a price that is not there is an error, never 0."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

PRICES = Path(__file__).parent / "prices"
FILES = ("aws-ec2", "aws-spot", "aws-services", "digitalocean")
ANYWHERE = "*"
OLD = timedelta(days=90)
# Ten times as fast as the one in Python, and not in every build of PyYAML.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Grade = Literal["A", "B", "C"]


class PriceNotFoundError(Exception):
    """Nobody told this price; the message names what was looked for."""


@dataclass(frozen=True, kw_only=True)
class Price:
    """One price in dollars and where it is from. `dated` is a day, or `first..last` possible."""

    sku: str
    region: str
    unit: str
    amount: Decimal
    source: str
    dated: str
    grade: Grade
    note: str = ""
    since: date = date.min  # the first day it holds
    cap_hours: int | None = None  # a month is never billed for more hours than this
    is_live: bool = False  # asked for just now, and not from the snapshot


@dataclass(frozen=True, kw_only=True)
class EksSupport:
    """The last days of a Kubernetes version in standard and in extended support."""

    standard_until: date
    extended_until: date


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """All prices known, and when they were collected."""

    collected: date
    sources: Mapping[str, Mapping[str, str]]
    prices: Mapping[tuple[str, str], tuple[Price, ...]]
    eks_support: Mapping[str, EksSupport]
    withheld: Mapping[tuple[str, str], str] = field(default_factory=dict)  # and why
    remarks: tuple[str, ...] = ()

    def price_on(self, sku: str, region: str, day: date) -> Price:
        """The price there on that day; one of another region never takes its place."""
        if reason := self.withheld.get((sku, region)):
            raise PriceNotFoundError(reason)
        rows = self.prices.get((sku, region)) or self.prices.get((sku, ANYWHERE), ())
        valid = [price for price in rows if price.since <= day]
        if not valid:
            raise PriceNotFoundError(
                f"no price of {sku} in {region} on {day}; add it with source, date and grade to "
                "cost/prices/, or have it asked for by cost.prices: auto"
            )
        return max(valid, key=lambda price: price.since)

    def is_old(self, day: date) -> bool:
        """Whether the snapshot should be collected anew."""
        return day - self.collected > OLD


@cache
def load_catalog() -> Catalog:
    """The snapshot in the repository."""
    about = _read("sources.yaml")
    rows: dict[tuple[str, str], list[Price]] = defaultdict(list)
    for name in FILES:
        for row in _read(f"{name}.yaml"):
            rows[row["sku"], row["region"]].append(_price(row))
    return Catalog(
        collected=date.fromisoformat(about["collected"]),
        sources=about["sources"],
        prices={key: tuple(prices) for key, prices in rows.items()},
        eks_support={
            row["version"]: EksSupport(
                standard_until=row["standard_until"], extended_until=row["extended_until"]
            )
            for row in _read("eks-support.yaml")
        },
    )


def _price(row: Mapping[str, Any]) -> Price:
    typed: dict[str, Any] = {"amount": Decimal(row["price"]), "dated": row["date"]}
    if "since" in row:
        typed["since"] = date.fromisoformat(row["since"])
    if "cap_hours" in row:
        typed["cap_hours"] = int(row["cap_hours"])
    return Price(**{**{key: row[key] for key in row if key not in ("price", "date")}, **typed})


def _read(name: str) -> Any:
    return yaml.load((PRICES / name).read_text(), Loader=LOADER)
