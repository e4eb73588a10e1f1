"""`python -m examples.gpu_on_spot --stack STACK --team TEAM --name NAME`: train, or go on."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from examples.reach import NoWayInError, place_of
from examples.runs import Work, address, pipelines_of, start

PACKAGE = Path(__file__).with_name("pipeline.yaml")


def main(words: Sequence[str]) -> int:
    """Submit the compiled pipeline; prints where to look."""
    parser = argparse.ArgumentParser(prog="python -m examples.gpu_on_spot", description=__doc__)
    parser.add_argument("--stack", required=True, help="the Pulumi stack")
    parser.add_argument("--team", required=True, help="the namespace it runs in")
    parser.add_argument("--name", required=True, help="what it is kept as; the same name goes on")
    parser.add_argument("--rounds", type=int, default=200)
    said = parser.parse_args(words)
    try:
        place = place_of(said.stack)
    except NoWayInError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    pipelines = pipelines_of(place, said.team)
    work = Work(
        package=PACKAGE,
        name=f"gpu-on-spot {said.name}",
        arguments={"name": said.name, "rounds": said.rounds},
    )
    sys.stdout.write(f"{address(place, start(pipelines, said.team, work))}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
