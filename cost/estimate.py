"""The bill: every demand priced in three scenarios. Pure; the day is an argument."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import reduce
from operator import add

from cost.catalog import Catalog, Price, PriceNotFoundError
from cost.demands import extract_demands
from cost.model import Demand, NotPriced, Place, Resource, Spread, Surroundings
from cost.teams import UNDIVIDED, Division, Part, Shares, divide
from cost.usage import ZERO, Range, Usage

CENT = Decimal("0.01")
HOURS = 730  # a month, as AWS counts; who bills fewer says so by `cap_hours`


@dataclass(frozen=True, kw_only=True)
class Line:
    """One item of one resource: quantity times price, or why there is none."""

    demand: Demand
    unit: str
    quantity: Range
    price: Range
    prices: tuple[Price, ...]  # expected, low, high
    assumption: str
    missing: str = ""
    saving: str = ""  # of spot, as a range: nobody is promised the best of it

    @property
    def monthly(self) -> Range:
        """Dollars a month; zero where the price is missing, which `missing` says."""
        return self.quantity * self.price

    @property
    def key(self) -> str:
        """What tells it from other lines, and stays."""
        return f"{self.demand.type.rpartition(':')[2]} {self.demand.resource}: {self.demand.item}"


@dataclass(frozen=True, kw_only=True)
class Bill:
    """What a stack costs a month."""

    place: Place
    day: date
    collected: date
    is_old: bool
    lines: tuple[Line, ...]
    not_priced: tuple[NotPriced, ...]
    shares: Shares
    price_remarks: tuple[str, ...] = ()

    @property
    def monthly(self) -> Range:
        """The sum of all lines that have a price."""
        return total(self.lines)

    @property
    def missing(self) -> tuple[Line, ...]:
        """The lines without a price: the sum is at least what it says."""
        return tuple(line for line in self.lines if line.missing)


def total(lines: Iterable[Line]) -> Range:
    """What lines cost together."""
    return reduce(add, (line.monthly for line in lines), ZERO)


def cents(amount: Decimal) -> Decimal:
    """As invoices round, and only for eyes: sums are of what was not rounded."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def dollars(amount: Decimal) -> str:
    """For eyes."""
    return f"{cents(amount):,}"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a bill is made by, beside the resources."""

    place: Place
    usage: Usage
    day: date
    catalog: Catalog
    hours: int = HOURS
    division: Division = UNDIVIDED


def make_bill(resources: Iterable[Resource], terms: Terms) -> Bill:
    """The bill of everything registered."""
    around = Surroundings(
        place=terms.place,
        usage=terms.usage,
        day=terms.day,
        catalog=terms.catalog,
        resources=tuple(resources),
    )
    demanded = extract_demands(around)
    lines = tuple(price_line(demand, terms) for demand in demanded.demands)
    return Bill(
        place=terms.place,
        day=terms.day,
        collected=terms.catalog.collected,
        is_old=terms.catalog.is_old(terms.day),
        lines=lines,
        not_priced=demanded.not_priced,
        shares=divide(map(_part, lines), terms.division),
        price_remarks=terms.catalog.remarks,
    )


def _part(line: Line) -> Part:
    return Part(
        amount=line.monthly,
        namespace=line.demand.namespace,
        nodes=line.demand.nodes,
        is_machine=line.demand.category == "nodes",
    )


def price_line(demand: Demand, terms: Terms) -> Line:
    """A demand with its prices; without that of what is planned it is a line that says so."""
    try:
        expected = _price(demand.skus[0], terms)
    except PriceNotFoundError as error:
        return Line(
            demand=demand,
            unit="",
            quantity=demand.quantity,
            price=ZERO,
            prices=(),
            assumption=demand.assumption,
            missing=str(error),
        )
    lows, gaps = _prices(demand.low_skus or demand.skus, terms)
    highs, more = _prices(demand.high_skus or demand.skus, terms)
    low = min((expected, *lows), key=lambda price: price.amount)
    high = max((expected, *highs), key=lambda price: price.amount)
    unknown = sorted({*gaps, *more})
    without = f"no price of {', '.join(unknown)}: left out of the range" if unknown else ""
    return Line(
        demand=demand,
        unit=expected.unit,
        quantity=demand.quantity * billed(expected, terms.hours),
        price=Range(low.amount, expected.amount, high.amount),
        prices=(expected, low, high),
        assumption="; ".join(filter(None, (demand.assumption, without))),
        saving=_saving(demand.spread, terms) if demand.spread else "",
    )


def _saving(spread: Spread, terms: Terms) -> str:
    """What spot is cheaper by in the dearest and in the cheapest zone; nothing where unknown."""
    found, gaps = _prices(spread.skus, terms)
    if gaps:
        return ""
    low, high, full = (price.amount for price in found)
    least, most = (f"{100 * (1 - spot / full):.0f}" for spot in (high, low))
    return f"{least} to {most} % less than on demand, by zone and while there is spot"


def billed(price: Price, hours: int) -> Decimal:
    """How many of its units an hourly or monthly price is due for when something ran so long."""
    if price.unit in ("hour", "LCU-hour", "NLCU-hour"):
        return Decimal(hours)
    if price.cap_hours:
        return Decimal(min(hours, price.cap_hours)) / price.cap_hours
    if "month" in price.unit:
        return Decimal(min(hours, HOURS)) / HOURS
    return Decimal(1)


def _price(sku: str, terms: Terms) -> Price:
    return terms.catalog.price_on(sku, terms.place.region, terms.day)


def _prices(skus: Iterable[str], terms: Terms) -> tuple[list[Price], list[str]]:
    found, gaps = [], []
    for sku in skus:
        try:
            found.append(_price(sku, terms))
        except PriceNotFoundError:
            gaps.append(sku)
    return found, gaps
