"""`python -m cost STACK`: what it would cost a month, offline and without credentials."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pulumi import RunError

from cost.budget import Budget, BudgetError, check
from cost.catalog import load_catalog
from cost.estimate import Bill, Terms, make_bill
from cost.model import Place
from cost.report import as_json, as_markdown, as_text
from cost.usage import USAGES
from cost.wishes import WishError, with_wishes
from plan.build import make_plan
from plan.model import Plan
from rehearsal import builtin
from rehearsal.engine.events import Event
from rehearsal.engine.goal import Goal
from rehearsal.errors import RehearsalError
from rehearsal.session import SETTINGS, Session, open_session
from settings.load import read_settings
from settings.mistakes import SettingsError
from upstream.errors import UpstreamError

ROOT = Path(__file__).parent.parent
ENCRYPTED = '{"auths": {}}'  # reads as a registry's login, too


class _Quiet:
    """The answer owns standard output; what the program says on the way is not part of it."""

    def __call__(self, event: Event) -> None:
        """A resource is planned."""

    def note(self, message: str) -> None:
        """Something said in words."""


@dataclass(frozen=True)
class _Declared:
    """A resource of a preview, as extractors read it."""

    type: str
    name: str
    inputs: dict[str, Any]
    component: str


def main(words: Sequence[str], root: Path = ROOT) -> int:
    """Print the bill; 0 when it is within the budget."""
    asked = _parser().parse_args(words)
    try:
        session = open_session(root, asked.stack)
        plan, bill = stack_bill(session, asked.wishes)
    except (RehearsalError, RunError, SettingsError, UpstreamError, WishError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    sys.stdout.write(f"{_formatted(bill, asked)}\n")
    try:
        check(bill, Budget(monthly=plan.cost.monthly_usd, scenario=plan.cost.scenario))
    except BudgetError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def stack_bill(session: Session, wishes: Sequence[str] = ()) -> tuple[Plan, Bill]:
    """The plan and the bill of a stack as a preview would declare it, with changed settings."""
    raw = with_wishes(json.loads(session.stack.config[SETTINGS]), wishes)
    plan = make_plan(read_settings(session.stack.name, json.dumps(raw)), session.stack.name)
    terms = Terms(
        place=Place(plan.cluster.provider, plan.cluster.region),
        usage=USAGES[plan.cost.usage],
        day=date.today(),
        catalog=load_catalog(),
    )
    return plan, make_bill(_declared(session, plan, raw), terms)


def _declared(session: Session, plan: Plan, raw: dict[str, Any]) -> list[_Declared]:
    """Everything that the program declares. Without its budget, or an expensive one shows none."""
    free = json.dumps({key: value for key, value in raw.items() if key != "budget"})
    # No price depends on a secret, and whoever asks may not be able to read them.
    secrets = dict.fromkeys(session.stack.encrypted, ENCRYPTED)
    config = {**secrets, **session.stack.config, SETTINGS: free}
    stack = replace(session.stack, config=config, encrypted=())
    with TemporaryDirectory() as folder:  # as if nothing had ever been built
        fresh = replace(session, stack=stack, plan=plan, folder=Path(folder))
        result = builtin.preview(fresh, None, _Quiet())
    return [_plain(goal) for goal in result.goals.values()]


def _plain(goal: Goal) -> _Declared:
    return _Declared(goal.type, goal.name, goal.inputs, goal.parent.rpartition("::")[2])


def _formatted(bill: Bill, asked: argparse.Namespace) -> str:
    if asked.json:
        return json.dumps(as_json(bill), indent=1)
    return as_markdown(bill) if asked.markdown else as_text(bill)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cost", description=__doc__)
    parser.add_argument("stack", help="a name from stacks/, e.g. aws-dev")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="every line with its source, as JSON")
    form.add_argument("--markdown", action="store_true", help="for a comment on a pull request")
    parser.add_argument(
        "--set",
        dest="wishes",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="as if the settings said so, e.g. cost.usage=large or cluster.region=us-east-1",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
