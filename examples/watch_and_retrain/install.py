"""`python -m examples.watch_and_retrain.install …`: the sink, and a model that it watches."""

import argparse
import sys
from collections.abc import Sequence

import yaml

from examples.watch_and_retrain.manifests import payload_sink, watched_model


def main(words: Sequence[str]) -> int:
    """Print the sink and the model that it watches, for `kubectl apply -f -`."""
    parser = argparse.ArgumentParser(prog="python -m examples.watch_and_retrain.install")
    parser.add_argument("--team", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--uri", required=True, help="where the model is, e.g. s3://…/model")
    said = parser.parse_args(words)
    made = [*payload_sink(said.team), watched_model(said.name, said.team, said.uri)]
    sys.stdout.write(yaml.safe_dump_all(made, sort_keys=False))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
