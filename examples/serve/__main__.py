"""`python -m examples.serve …`: the model as it is to be, for `kubectl apply -f -`."""

import argparse
import sys
from collections.abc import Sequence

import yaml

from examples.serve.model import served_model


def main(words: Sequence[str]) -> int:
    """Print the model as it is to be."""
    parser = argparse.ArgumentParser(prog="python -m examples.serve", description=__doc__)
    parser.add_argument("--team", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--uri", required=True, help="where the model is, e.g. s3://…/model")
    parser.add_argument("--at-least", type=int, default=0, help="pods that never sleep")
    parser.add_argument("--canary", type=int, help="percent of the requests for a new URI")
    said = parser.parse_args(words)
    model = served_model(
        said.name, said.team, said.uri, at_least=said.at_least, canary_percent=said.canary
    )
    sys.stdout.write(yaml.safe_dump(model, sort_keys=False))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
