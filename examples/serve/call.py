"""`python -m examples.serve.call --stack STACK --team TEAM --name NAME '[[…]]'`: ask a model."""

import argparse
import json
import ssl
import sys
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from examples.reach import NoWayInError, Place, place_of, token_of

SECONDS = 120  # it may have to wake up


def main(words: Sequence[str]) -> int:
    """Print what the model says of the rows."""
    parser = argparse.ArgumentParser(prog="python -m examples.serve.call", description=__doc__)
    parser.add_argument("--stack", required=True)
    parser.add_argument("--team", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("rows", type=json.loads, help="e.g. '[[5.1, 3.5, 1.4, 0.2]]'")
    said = parser.parse_args(words)
    try:
        place = place_of(said.stack)
    except NoWayInError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    asked = request_of(place, said.team, said.name, said.rows, token_of(said.team))
    trusted = ssl.create_default_context(cafile=place.ca_file())
    with urlopen(asked, timeout=SECONDS, context=trusted) as answer:
        sys.stdout.write(f"{answer.read().decode()}\n")
    return 0


def request_of(place: Place, team: str, name: str, rows: list[Any], token: str) -> Request:
    """The question, at the model's own address below the platform's."""
    url = f"https://{name}.{team}.{urlsplit(place.url).hostname}/v1/models/{name}:predict"
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    return Request(url, json.dumps({"instances": rows}).encode(), headers)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
