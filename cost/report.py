"""The bill for eyes and for programs: a table, JSON, and the stack's output."""

from collections.abc import Iterable
from typing import Any

from cost.budget import Budget
from cost.catalog import Price
from cost.delta import Delta
from cost.delta import as_text as delta_text
from cost.estimate import Bill, Line, cents, dollars, total
from cost.usage import SCENARIOS, Range

Json = dict[str, Any]

VERSION = "1"  # of the JSON and of the output: another number, another meaning of a key
CURRENCY = "USD"
USE = "use, by cost.usage"  # the row of what hangs on it


def as_text(bill: Bill, delta: Delta | None = None) -> str:
    """A table for a log: fixed lines, then what hangs on use, what it does not know, what changes.

    Without a delta there is nothing that stands to compare with.
    """
    rows = [
        *sum_rows(bill),
        ("total", bill.monthly),
        *share_rows(bill),
    ]
    width = max(len(name) for name, _ in rows)
    table = [
        f"  {name:{width}} {dollars(amount.low):>12} {dollars(amount.expected):>12} "
        f"{dollars(amount.high):>12}"
        for name, amount in rows
    ]
    head = f"  {'':{width}} {'low':>12} {'expected':>12} {'high':>12}"
    changes = [delta_text(delta)] if delta else []
    told = [*(f"  {one}" for one in savings(bill)), *remarks(bill), *changes]
    return "\n".join([title(bill), *([head, *table] if bill.lines else []), *told])


def title(bill: Bill) -> str:
    """The sum in one line, and whether it is all."""
    where = f"{bill.place.provider} {bill.place.region}"
    if not bill.lines:
        return f"cost: nothing here is priced ({where})"
    least = "at least " if bill.missing else ""
    return (
        f"cost: {least}${dollars(bill.monthly.expected)} a month expected ({where}, "
        f"{_freshness(bill)}prices collected {bill.collected})"
    )


def _freshness(bill: Bill) -> str:
    live = sum(1 for line in bill.lines if line.prices and line.prices[0].is_live)
    return f"{live} of {len(bill.lines)} lines at live prices, others at " if live else ""


def share_rows(bill: Bill) -> list[tuple[str, Range]]:
    """Whose part is whose, where there are teams."""
    shares = bill.shares
    if not shares.teams:
        return []
    return [
        *((f"- team {name}", amount) for name, amount in shares.teams.items()),
        ("- platform", shares.platform),
        ("- nodes no team claims", shares.idle),
    ]


def sum_rows(bill: Bill) -> list[tuple[str, Range]]:
    """What is fixed, by category, and apart from it what hangs on use."""
    used = [line for line in bill.lines if line.demand.is_usage]
    return [
        *_category_rows(line for line in bill.lines if not line.demand.is_usage),
        *([(USE, total(used))] if used else []),
    ]


def _category_rows(lines: Iterable[Line]) -> list[tuple[str, Range]]:
    by_category: dict[str, list[Line]] = {}
    for line in lines:
        by_category.setdefault(line.demand.category, []).append(line)
    return [(name, total(found)) for name, found in by_category.items()]


def savings(bill: Bill) -> list[str]:
    """What spot saves, pool by pool."""
    return [f"spot, {line.demand.resource}: {line.saving}" for line in bill.lines if line.saving]


def remarks(bill: Bill) -> list[str]:
    """What the numbers leave out, one line each."""
    found = [f"  NO PRICE: {line.key}: {line.missing}" for line in bill.missing]
    reasons: dict[str, list[str]] = {}
    for one in bill.not_priced:
        reasons.setdefault(one.reason, []).append(one.resource)
    found += [
        f"  not priced: {', '.join(names)}: {reason}" for reason, names in sorted(reasons.items())
    ]
    if bill.place.provider == "existing":
        found.append("  not priced: nodes and control plane: the cluster is yours")
    found += [f"  shares: {remark}" for remark in bill.shares.remarks]
    found += [f"  {remark}" for remark in bill.price_remarks]
    if bill.is_old:
        found.append(f"  PRICES ARE OLD: collected on {bill.collected}, more than 90 days ago")
    return found


def as_output(bill: Bill, budget: Budget | None = None) -> Json:
    """What the stack exports: plain numbers, line by line, so that the next run can compare.

    The budget, where it has limits, goes with it: a policy sees nothing else of the settings.
    """
    return {
        "version": VERSION,
        "currency": CURRENCY,
        "monthly": _numbers(bill.monthly),
        "complete": not bill.missing and not bill.not_priced,
        **_shares(bill),
        "lines": {
            line.key: {
                "quantity": float(line.quantity.expected),
                "price": float(line.price.expected),
                "monthly": float(cents(line.monthly.expected)),
            }
            for line in bill.lines
            if not line.missing
        },
        **_budget(budget),
    }


def _budget(budget: Budget | None) -> Json:
    if budget is None or not budget.has_limits:
        return {}
    limits = {
        "monthly": budget.monthly,
        "perTeam": budget.per_team,
        "maxIncrease": budget.max_increase,
    }
    said = {name: float(limit) for name, limit in limits.items() if limit is not None}
    return {"budget": {**said, "scenario": budget.scenario, "level": budget.level}}


def as_json(bill: Bill, delta: Delta | None = None) -> Json:
    """Everything, under Infracost's names where they fit."""
    components: dict[tuple[str, str], list[Line]] = {}
    for line in bill.lines:
        components.setdefault((line.demand.resource, line.demand.type), []).append(line)
    return {
        "version": VERSION,
        "currency": CURRENCY,
        "provider": bill.place.provider,
        "region": bill.place.region,
        "timeGenerated": bill.day.isoformat(),
        "pricesCollected": bill.collected.isoformat(),
        "totalMonthlyCost": _numbers(bill.monthly),
        "totalMonthlyUsageCost": _numbers(
            total(line for line in bill.lines if line.demand.is_usage)
        ),
        **_shares(bill),
        "resources": [
            {
                "name": name,
                "resourceType": type_,
                "monthlyCost": _numbers(total(lines)),
                "costComponents": [_component(line) for line in lines],
            }
            for (name, type_), lines in components.items()
        ],
        "summary": {
            "totalPricedResources": len(components),
            "totalUnsupportedResources": len(bill.not_priced),
            "totalNoPriceComponents": len(bill.missing),
        },
        "notPriced": [dict(vars(one)) for one in bill.not_priced],
        **_delta(delta),
    }


def _delta(delta: Delta | None) -> Json:
    """Nothing where nothing stands: then all of it is new."""
    if delta is None:
        return {}
    past = Range(delta.lows[0], delta.before, delta.highs[0])
    now = Range(delta.lows[1], delta.after, delta.highs[1])
    return {
        "pastTotalMonthlyCost": _numbers(past),
        "diffTotalMonthlyCost": _numbers(now + past * -1),
        "diff": {
            "byResources": float(cents(delta.by_resources)),
            "byPrices": float(cents(delta.by_prices)),
            "lines": [
                {
                    "name": one.key,
                    "pastMonthlyCost": float(cents(one.before)),
                    "monthlyCost": float(cents(one.after)),
                    "byResources": float(cents(one.by_resources)),
                    "byPrices": float(cents(one.by_prices)),
                }
                for one in delta.changes
            ],
        },
    }


def _shares(bill: Bill) -> Json:
    """Nothing where there are no teams: then all of it is the platform's."""
    if not bill.shares.teams:
        return {}
    return {
        "shares": {
            "teams": {name: _numbers(amount) for name, amount in bill.shares.teams.items()},
            "platform": _numbers(bill.shares.platform),
            "idle": _numbers(bill.shares.idle),
        }
    }


def _component(line: Line) -> Json:
    return {
        "name": line.demand.item,
        "category": line.demand.category,
        "unit": line.unit,
        "monthlyQuantity": _exact(line.quantity),
        "price": _exact(line.price),
        "monthlyCost": _numbers(line.monthly),
        "usageBased": line.demand.is_usage,
        "priceNotFound": bool(line.missing),
        "assumption": line.missing or "; ".join(filter(None, (line.assumption, line.saving))),
        "sources": [
            {
                "sku": price.sku,
                "source": price.source,
                "date": price.dated,
                "grade": price.grade,
                "live": price.is_live,
            }
            for price in dict.fromkeys(line.prices)
        ],
    }


def provenance(price: Price) -> str:
    """Where a price is from, and whether it is today's."""
    kind = "live" if price.is_live else "snapshot"
    return f"{kind}: {price.source}, {price.dated}, {price.grade}"


def _numbers(amount: Range) -> Json:
    return {one: float(cents(getattr(amount, one))) for one in SCENARIOS}


def _exact(amount: Range) -> Json:
    return {one: float(getattr(amount, one)) for one in SCENARIOS}
