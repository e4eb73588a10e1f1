"""What a bill changes against the one of the last deployment: by resources, and by prices. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cost.estimate import dollars

Output = Mapping[str, Any]
Lines = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, kw_only=True)
class Change:
    """One line that costs another amount: `by_resources` at today's prices, the rest by prices."""

    key: str
    before: Decimal
    by_resources: Decimal
    by_prices: Decimal

    @property
    def after(self) -> Decimal:
        """What it costs now."""
        return self.before + self.by_resources + self.by_prices


@dataclass(frozen=True, kw_only=True)
class Delta:
    """All lines that changed, in what is expected. `before` is the whole bill of then.

    `lows` and `highs` are the other sums, of then and of now: another `maxNodes` changes no more.
    It `is_whole` when everything had a price, then and now: a price that is not known, and is
    no line, cannot be told from a resource that is gone.
    """

    before: Decimal
    changes: tuple[Change, ...]
    lows: tuple[Decimal, Decimal]
    highs: tuple[Decimal, Decimal]
    is_whole: bool

    @property
    def by_resources(self) -> Decimal:
        """What more or fewer resources make of it."""
        return sum((one.by_resources for one in self.changes), Decimal(0))

    @property
    def by_prices(self) -> Decimal:
        """What other prices make of it."""
        return sum((one.by_prices for one in self.changes), Decimal(0))

    @property
    def after(self) -> Decimal:
        """The whole bill now."""
        return self.before + self.by_resources + self.by_prices


def against(last: Output | None, now: Output) -> Delta | None:
    """What a run changes; None where nothing stands, or nothing has a price."""
    if last is None or not (last["lines"] or now["lines"]):
        return None
    return compare(last, now)


def compare(before: Output | None, after: Output) -> Delta:
    """The output `cost` of a run against that of the last deployment; None: there was none."""
    old: Lines = before["lines"] if before else {}
    new: Lines = after["lines"]
    found = [_change(key, old.get(key), new.get(key)) for key in dict.fromkeys([*old, *new])]
    return Delta(
        before=sum((one.before for one in found), Decimal(0)),
        changes=tuple(one for one in found if one.by_resources or one.by_prices),
        lows=(_sum(before, "low"), _sum(after, "low")),
        highs=(_sum(before, "high"), _sum(after, "high")),
        is_whole=all(one["complete"] for one in (before, after) if one),
    )


def _sum(output: Output | None, scenario: str) -> Decimal:
    return _decimal(output["monthly"][scenario]) if output else Decimal(0)


def _change(key: str, old: Mapping[str, float] | None, new: Mapping[str, float] | None) -> Change:
    """A line that is new, gone, of another size, or of another price."""
    was = _decimal(old["quantity"]) if old else Decimal(0)
    is_ = _decimal(new["quantity"]) if new else Decimal(0)
    old_price = _decimal(old["price"]) if old else Decimal(0)
    price = _decimal(new["price"]) if new else old_price
    return Change(
        key=key,
        before=was * old_price,
        by_resources=(is_ - was) * price,
        by_prices=was * (price - old_price),
    )


def _decimal(number: float) -> Decimal:
    return Decimal(repr(float(number)))


def as_text(delta: Delta) -> str:
    """The change for a preview; one line where there is none."""
    return "\n".join(
        [
            f"cost: {summary(delta)}",
            *(
                f"  {signed(one.by_resources + one.by_prices):>12} {one.key}"
                for one in delta.changes
            ),
        ]
    )


def summary(delta: Delta) -> str:
    """The sums that change, in one line."""
    expected = (
        f"${dollars(delta.before)} => ${dollars(delta.after)} a month expected, "
        f"{signed(delta.by_resources)} by changed resources, "
        f"{signed(delta.by_prices)} by changed prices"
    )
    others = [
        f"{name} ${dollars(was)} => ${dollars(now)}"
        for name, (was, now) in (("low", delta.lows), ("high", delta.highs))
        if was != now
    ]
    if not delta.changes:
        expected = "what is expected is unchanged" if others else "unchanged"
    hides = not delta.is_whole and (delta.changes or others)
    gap = ["what has no price, then or now, counts as nothing"] if hides else []
    return "; ".join([expected, *others, *gap])


def signed(amount: Decimal) -> str:
    """For eyes, with a sign even where there is nothing to add."""
    return f"{'-' if amount < 0 else '+'}${dollars(abs(amount))}"
