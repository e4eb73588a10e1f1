"""`python -m examples.ci_cd check|submit|promote …`: what a CI job calls; `account`: who it is."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

from examples.ci_cd.account import account
from examples.ci_cd.release import NoReleaseError, check, promote, try_out
from examples.reach import Place
from examples.runs import pipelines_of


def main(words: Sequence[str]) -> int:
    """One step of a release; 1 when there is to be none."""
    said = _parser().parse_args(words)
    try:
        sys.stdout.write(f"{_done(said)}\n")
    except NoReleaseError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def _done(said: argparse.Namespace) -> str:
    if said.step == "check":
        check()
        return "the code compiles to what is written"
    if said.step == "account":
        return yaml.safe_dump_all(account(said.team), sort_keys=False)
    place = Place(url=said.url, ca_certificate=said.ca.read_text() if said.ca else "")
    pipelines = pipelines_of(place, said.team)
    if said.step == "submit":
        return f"succeeded: {try_out(pipelines, place, said.team, said.version)}"
    before = promote(pipelines, place, said.team, said.version, said.cron)
    return f"{said.version} runs at {said.cron} in {said.team}, instead of {before or 'nothing'}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m examples.ci_cd", description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    steps.add_parser("check", help="the code compiles to the package that is committed")
    who = steps.add_parser("account", help="who the CI is, for `kubectl apply -f -`")
    who.add_argument("--team", required=True)
    for name, does in (("submit", "run it and wait"), ("promote", "give it the schedule")):
        step = steps.add_parser(name, help=does)
        step.add_argument("--url", required=True, help="the platform's, e.g. https://ml.corp.test")
        step.add_argument("--ca", type=Path, help="a file with its CA, if not everybody trusts it")
        step.add_argument("--team", required=True)
        step.add_argument("--version", required=True, help="e.g. the commit")
        if name == "promote":
            step.add_argument("--cron", default="0 0 6 * * *", help="six fields")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
