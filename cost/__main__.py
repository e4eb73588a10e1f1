"""`python -m cost STACK`, `compare STACK STACK`, `refresh-prices`: what it costs a month."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pulumi import RunError

from cost.asked import pool_names, stack_bill
from cost.budget import Budget, BudgetError, check
from cost.comparison import as_table
from cost.delta import against
from cost.estimate import Bill
from cost.live.refresh import refresh
from cost.live.source import SourceDownError
from cost.markdown import as_markdown
from cost.page import as_html
from cost.planned import budget_of
from cost.report import as_json, as_output, as_text
from cost.standing import NoOutputError, read_output
from cost.wishes import WishError
from plan.model import Plan
from rehearsal.errors import RehearsalError
from rehearsal.session import Session, open_session
from settings.mistakes import SettingsError
from upstream.errors import UpstreamError

ROOT = Path(__file__).parent.parent
MISTAKES = (NoOutputError, RehearsalError, RunError, SettingsError, UpstreamError, WishError)


def main(words: Sequence[str], root: Path = ROOT) -> int:
    """Print the bill; 0 when it is within the budget."""
    if list(words) == ["refresh-prices"]:
        return _refresh(root)
    does_compare = list(words[:1]) == ["compare"]
    asked = _parser(does_compare=does_compare).parse_args(words[1:] if does_compare else words)
    try:
        if does_compare:
            bills = {name: _priced(open_session(root, name), asked)[1] for name in asked.stacks}
            sys.stdout.write(f"{as_table(bills)}\n")
            return 0
        session = open_session(root, asked.stack)
        last = read_output(asked.against) if asked.against else session.last_cost()
        plan, bill = _priced(session, asked)
    except MISTAKES as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    sys.stdout.write(f"{_formatted(bill, last, asked)}\n")
    return _judged(bill, budget_of(plan), last)


def _refresh(root: Path) -> int:
    try:
        lines = refresh(root / "cost" / "prices", date.today())
    except SourceDownError as error:
        sys.stderr.write(f"error: {error}; the snapshot is as it was\n")
        return 1
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


def _priced(session: Session, asked: argparse.Namespace) -> tuple[Plan, Bill]:
    return stack_bill(session, [*_switches(session, asked), *asked.wishes])


def _switches(session: Session, asked: argparse.Namespace) -> Iterator[str]:
    """What `--region` and `--spot` mean as settings."""
    if asked.region:
        yield f"cluster.region={asked.region}"
    if asked.spot:
        yield from (f"pools[{name}].spot=false" for name in pool_names(session))


def _judged(bill: Bill, budget: Budget, last: Mapping[str, Any] | None) -> int:
    try:
        check(bill, budget, last)
    except BudgetError as error:
        is_warning = budget.level == "warn"
        sys.stderr.write(f"{'warning' if is_warning else 'error'}: {error}\n")
        return 0 if is_warning else 1
    return 0


def _formatted(bill: Bill, last: Mapping[str, Any] | None, asked: argparse.Namespace) -> str:
    delta = against(last, as_output(bill))
    if asked.json:
        return json.dumps(as_json(bill, delta), indent=1)
    if asked.html:
        return as_html(asked.stack, bill, delta)
    return as_markdown(bill, delta) if asked.markdown else as_text(bill, delta)


def _parser(*, does_compare: bool) -> argparse.ArgumentParser:
    program = "python -m cost compare" if does_compare else "python -m cost"
    parser = argparse.ArgumentParser(prog=program, description=__doc__)
    if does_compare:
        parser.add_argument("stacks", nargs="+", help="names from stacks/, side by side")
    else:
        parser.add_argument("stack", help="a name from stacks/, e.g. aws-dev")
        form = parser.add_mutually_exclusive_group()
        form.add_argument("--json", action="store_true", help="every line with its source, as JSON")
        form.add_argument("--markdown", action="store_true", help="for a pull request's comment")
        form.add_argument("--html", action="store_true", help="one page with charts")
        parser.add_argument(
            "--against",
            type=Path,
            metavar="FILE",
            help="what stands, by `pulumi stack output cost --json`; else it is the last rehearsal",
        )
    parser.add_argument("--region", help="as if it stood there")
    parser.add_argument("--spot", choices=("off",), help="as if no pool were spot")
    parser.add_argument(
        "--set",
        dest="wishes",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="as if the settings said so, e.g. cost.usage=large or pools[gpu].maxNodes=8",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
