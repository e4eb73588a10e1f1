"""The bill for a pull request, as Markdown: the sums, what changes, and every line on demand."""

from cost.delta import Delta, signed, summary
from cost.estimate import Bill, Line, dollars
from cost.report import provenance, remarks, savings, share_rows, sum_rows, title
from cost.usage import SCENARIOS, Range


def as_markdown(bill: Bill, delta: Delta | None = None) -> str:
    """Without a delta nothing stands to compare with."""
    head = ["| | low | expected | high |", "|--|--:|--:|--:|"]
    rows = [
        *sum_rows(bill),
        ("**total**", bill.monthly),
        *share_rows(bill),
    ]
    sums = [_sums(name.removeprefix("- "), amount) for name, amount in rows]
    return "\n".join(
        [
            f"### {title(bill)}",
            "",
            *head,
            *sums,
            "",
            *(f"- {_cell(line.strip())}" for line in (*savings(bill), *remarks(bill))),
            "",
            *(_delta(delta) if delta else ()),
            "<details><summary>Every line</summary>",
            "",
            "| line | quantity | unit | price | a month | how, and source |",
            "|--|--:|--|--:|--:|--|",
            *(_row(line) for line in bill.lines),
            "",
            "</details>",
        ]
    )


def _delta(delta: Delta) -> list[str]:
    rows = [
        f"| {_cell(one.key)} | {dollars(one.before)} | {dollars(one.after)} "
        f"| {signed(one.by_resources)} | {signed(one.by_prices)} |"
        for one in delta.changes
    ]
    table = [
        "| changed line | was | is | by resources | by prices |",
        "|--|--:|--:|--:|--:|",
        *rows,
        "",
    ]
    return [f"**{summary(delta)}**", "", *(table if rows else ())]


def _sums(name: str, amount: Range) -> str:
    return f"| {' | '.join([name, *(dollars(getattr(amount, one)) for one in SCENARIOS)])} |"


def _row(line: Line) -> str:
    price = "none" if line.missing else f"{line.price.expected.normalize():f}"
    cells = (
        line.key,
        f"{line.quantity.expected.normalize():f}",
        line.unit,
        price,
        "?" if line.missing else dollars(line.monthly.expected),
        "; ".join(filter(None, (line.assumption, *map(provenance, line.prices[:1])))),
    )
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
