"""`python -m examples.distribute training|spark …`: the objects, for `kubectl apply -f -`."""

import argparse
import sys
from collections.abc import Sequence

import yaml

from examples.distribute.jobs import computation, runtime, training


def main(words: Sequence[str]) -> int:
    """Print what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m examples.distribute", description=__doc__)
    parser.add_argument("what", choices=("training", "spark"))
    parser.add_argument("--team", required=True)
    parser.add_argument("--name", required=True)
    said = parser.parse_args(words)
    if said.what == "spark":
        made = [computation(said.name, said.team)]
    else:
        made = [runtime(said.team), training(said.name, said.team)]
    sys.stdout.write(yaml.safe_dump_all(made, sort_keys=False))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
