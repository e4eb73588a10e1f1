"""`python -m examples.watch_and_retrain …`: look whether a model drifts, and train anew if so."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from examples.reach import NoWayInError, place_of
from examples.runs import pipelines_of
from examples.train_and_gate.__main__ import submit
from examples.watch_and_retrain.drift import TooFewRowsError, asked, drift


def main(words: Sequence[str]) -> int:
    """Print the verdict, write the report, and start a run where it drifts."""
    said = _parser().parse_args(words)
    try:
        found = drift(pd.read_csv(said.taught), asked(said.payloads))
        said.report.write_text(found.page)
        sys.stdout.write(f"{found}; {said.report} shows how\n")
        if found.is_drifting and said.stack:
            sys.stdout.write(f"{retrain(said.stack, said.team, said.version)}\n")
    except (NoWayInError, TooFewRowsError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def retrain(stack: str, team: str, version: str) -> str:
    """Submit the pipeline of examples/train_and_gate; gives where to look."""
    place = place_of(stack)
    return submit(pipelines_of(place, team), place, team, version, None)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m examples.watch_and_retrain")
    parser.add_argument("--taught", type=Path, required=True, help="what it was trained on, CSV")
    parser.add_argument("--payloads", type=Path, required=True, help="what the sink kept")
    parser.add_argument("--report", type=Path, default=Path("drift.html"))
    parser.add_argument("--stack", help="where to train anew; left out: only look")
    parser.add_argument("--team", default="")
    parser.add_argument("--version", default="retrained")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
