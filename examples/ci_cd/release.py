"""A release of a pipeline: it compiles to what is written, it runs, it gets the schedule."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kfp

from examples.reach import Place
from examples.runs import address, experiment_of, plan, start
from examples.train_and_gate.__main__ import PACKAGE, work
from examples.train_and_gate.compile import compiled

MINUTES = 45  # a token lasts an hour
PAGE = 100


class NoReleaseError(Exception):
    """It cannot be released; the message says why, and what to do."""


def check(package: Path = PACKAGE) -> None:
    """Raises `NoReleaseError` unless the code compiles to the package that is written."""
    with tempfile.TemporaryDirectory() as folder:
        made = compiled(Path(folder) / "pipeline.yaml").read_text()
    if made != package.read_text():
        raise NoReleaseError(
            f"{package.name} is not what the code compiles to; run "
            f"`python -m examples.{package.parent.name}.compile` and commit it"
        )


def try_out(
    pipelines: kfp.Client, place: Place, team: str, version: str, minutes: int = MINUTES
) -> str:
    """Run it and wait for its end; gives where to look.

    Raises `NoReleaseError` when it ends otherwise than well, or not in `minutes`.
    """
    run = start(pipelines, team, work(place, version))
    where = address(place, run)
    try:
        state = pipelines.wait_for_run_completion(run, minutes * 60).state
    except TimeoutError as error:
        raise NoReleaseError(f"{where} has not ended after {minutes} minutes") from error
    if state != "SUCCEEDED":
        raise NoReleaseError(f"{where} ended {state}: look there, mend it and push again")
    return where


def promote(pipelines: kfp.Client, place: Place, team: str, version: str, cron: str) -> list[str]:
    """Give this version the team's schedule; gives the names of the schedules it takes over from.

    The old ones go last: a job that is killed between leaves two, and the next one tidies up.
    """
    new = plan(pipelines, team, work(place, version), cron)
    old = [one for one in _planned(pipelines, team) if one.recurring_run_id != new]
    for one in old:
        pipelines.delete_recurring_run(one.recurring_run_id)
    return [str(one.display_name) for one in old]


def _planned(pipelines: kfp.Client, team: str) -> Iterator[Any]:
    """What runs by the clock under the pipeline's experiment."""
    experiment = pipelines.create_experiment(experiment_of(PACKAGE), namespace=team)
    token = ""
    while True:
        page = pipelines.list_recurring_runs(
            page_token=token, page_size=PAGE, experiment_id=experiment.experiment_id
        )
        yield from page.recurring_runs or []
        token = page.next_page_token or ""
        if not token:
            return
