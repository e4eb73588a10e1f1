"""`python -m examples.train_and_gate --stack STACK --team TEAM`: run it, now or by the clock."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import kfp

from examples.reach import NoWayInError, Place, place_of
from examples.runs import Work, address, experiment_of, pipelines_of, plan, start

PACKAGE = Path(__file__).with_name("pipeline.yaml")
NAME = experiment_of(PACKAGE)


def main(words: Sequence[str]) -> int:
    """Submit the compiled pipeline; prints where to look."""
    asked = _parser().parse_args(words)
    try:
        place = place_of(asked.stack)
    except NoWayInError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    platform = pipelines_of(place, asked.team)
    sys.stdout.write(f"{submit(platform, place, asked.team, asked.version, asked.cron)}\n")
    return 0


def submit(platform: kfp.Client, place: Place, team: str, version: str, cron: str | None) -> str:
    """Start a run, or plan one by a cron of six fields; gives what to say about it."""
    if cron:
        return f"planned: {plan(platform, team, work(place, version), cron)}, {cron}"
    return address(place, start(platform, team, work(place, version)))


def work(place: Place, version: str) -> Work:
    """What it is told: by itself it does not know where it runs."""
    said = {
        "version": version,
        "platform": place.url,
        "ca_certificate": place.ca_certificate,
    }
    return Work(package=PACKAGE, name=f"{NAME} {version}", arguments=said)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m examples.train_and_gate", description=__doc__)
    parser.add_argument("--stack", required=True, help="the Pulumi stack")
    parser.add_argument("--team", required=True, help="the namespace it runs in")
    parser.add_argument("--version", required=True, help="what the model is registered as")
    parser.add_argument("--cron", help="six fields, e.g. '0 0 6 * * *': every day at six")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
