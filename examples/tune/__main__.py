"""`python -m examples.tune --team TEAM --name NAME`: an Experiment, for `kubectl apply -f -`."""

import argparse
import sys
from collections.abc import Sequence
from typing import get_args

import yaml

from examples.tune.experiment import Algorithm, experiment


def main(words: Sequence[str]) -> int:
    """Print the Experiment."""
    parser = argparse.ArgumentParser(prog="python -m examples.tune", description=__doc__)
    parser.add_argument("--team", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--algorithm", choices=get_args(Algorithm), default="random")
    parser.add_argument("--trials", type=int, default=12, help="in all")
    parser.add_argument("--at-once", type=int, default=2)
    said = parser.parse_args(words)
    made = experiment(
        said.name, said.team, said.algorithm, trials=said.trials, at_once=said.at_once
    )
    sys.stdout.write(yaml.safe_dump(made, sort_keys=False))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
