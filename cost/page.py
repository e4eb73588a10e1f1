"""The bill as one page that needs nothing else: sums, charts, and every line with its source."""

from collections.abc import Iterable
from decimal import Decimal
from html import escape
from pathlib import Path

from cost.delta import Change, Delta, signed, summary
from cost.estimate import Bill, Line, dollars
from cost.report import provenance, remarks, share_rows, sum_rows, title
from cost.usage import SCENARIOS, Range

STYLE = Path(__file__).with_name("page.css")
BARS = 12  # of lines that changed; the table has all lines
EXPLAINED = {
    "low": "smallest sizes, cheapest spot",
    "expected": "as planned, typical spot",
    "high": "largest sizes, all on demand",
}


def as_html(stack: str, bill: Bill, delta: Delta | None) -> str:
    """One page; without a delta nothing stands to compare with."""
    cards = [
        _bars("By category, expected", _spans(sum_rows(bill), bill.monthly)),
        _bars("Low, expected, high", _spans(_scenarios(bill), bill.monthly)),
        _bars("By team, expected", _spans(share_rows(bill), bill.monthly)),
        _delta(delta) if delta else "",
    ]
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>What {escape(stack)} costs</title>",
            f"<style>{STYLE.read_text()}</style></head><body>",
            f"<h1>What {escape(stack)} costs a month</h1>",
            f'<p class="soft">{bill.day}, {escape(title(bill).removeprefix("cost: "))}</p>',
            *(f'<p class="warn">{escape(line.strip())}</p>' for line in remarks(bill)),
            f'<div class="tiles">{"".join(_tile(one, bill) for one in SCENARIOS)}</div>',
            f'<div class="cards">{"".join(cards)}</div>',
            _table(bill.lines),
            "</body></html>",
        ]
    )


def _tile(scenario: str, bill: Bill) -> str:
    amount = getattr(bill.monthly, scenario)
    return (
        f'<div class="card"><div class="soft">{scenario}: {EXPLAINED[scenario]}</div>'
        f'<div class="sum">${dollars(amount)}</div></div>'
    )


def _scenarios(bill: Bill) -> list[tuple[str, Range]]:
    return [(one, Range(*(getattr(bill.monthly, one),) * 3)) for one in SCENARIOS]


def _spans(rows: Iterable[tuple[str, Range]], whole: Range) -> list[str]:
    """A bar of what is expected, and behind it a pale one from the low to the high amount."""
    listed = list(rows)
    top = max((amount.high for _, amount in listed), default=whole.high) or Decimal(1)
    return [
        _row(
            name.removeprefix("- "),
            _bar(amount.low / top, (amount.high - amount.low) / top, "span")
            + _bar(Decimal(0), amount.expected / top, ""),
            f"${dollars(amount.expected)}",
        )
        for name, amount in listed
    ]


def _delta(delta: Delta) -> str:
    """What changes against what stands, the largest first."""
    found = sorted(delta.changes, key=lambda one: abs(one.after - one.before), reverse=True)[:BARS]
    top = max((abs(one.after - one.before) for one in found), default=Decimal(0)) or Decimal(1)
    rows = [f'<p class="soft">{escape(summary(delta))}</p>', *(_changed(one, top) for one in found)]
    return _bars("Against what stands", rows)


def _changed(one: Change, top: Decimal) -> str:
    """Its name over its bar: these are long."""
    more = one.after - one.before
    bar = _bar(Decimal(0), abs(more) / top, "less" if more < 0 else "more")
    return (
        f'<p class="over">{escape(one.key)}</p><div class="row wide">'
        f'<span class="track">{bar}</span><span class="amount">{signed(more)}</span></div>'
    )


def _bars(heading: str, rows: list[str]) -> str:
    """A chart; none where it would be empty."""
    if not rows:
        return ""
    return f'<div class="card"><h2>{escape(heading)}</h2>{"".join(rows)}</div>'


def _row(name: str, bars: str, amount: str) -> str:
    return (
        f'<div class="row"><span class="name" title="{escape(name)}">{escape(name)}</span>'
        f'<span class="track">{bars}</span><span class="amount">{escape(amount)}</span></div>'
    )


def _bar(start: Decimal, length: Decimal, kind: str) -> str:
    return f'<i class="{kind}" style="left:{start:.2%};width:{length:.2%}"></i>'


def _table(lines: Iterable[Line]) -> str:
    heads = ("line", "low", "expected", "high", "how, and where the price is from")
    head = "".join(f"<th{' class=number' if one in SCENARIOS else ''}>{one}</th>" for one in heads)
    body = "".join(_cells(line) for line in lines)
    return (
        f"<details open><summary>Every line</summary><table><tr>{head}</tr>{body}</table></details>"
    )


def _cells(line: Line) -> str:
    amounts = "".join(
        f'<td class="number">{"?" if line.missing else dollars(getattr(line.monthly, one))}</td>'
        for one in SCENARIOS
    )
    return f"<tr><td>{escape(line.key)}</td>{amounts}<td>{escape(_how(line))}</td></tr>"


def _how(line: Line) -> str:
    if line.missing:
        return line.missing
    price = line.prices[0]
    parts = (
        f"{line.quantity.expected.normalize():f} x ${price.amount.normalize():f} a {line.unit}",
        line.assumption,
        line.saving,
        provenance(price),
    )
    return "; ".join(filter(None, parts))
