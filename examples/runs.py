"""KFP at a stack's address: its client, and runs of a compiled pipeline, now or by the clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import kfp

from examples.reach import Place, token_of


@dataclass(frozen=True, kw_only=True)
class Work:
    """A compiled pipeline, what one run of it is called, and what it is told."""

    package: Path
    name: str
    arguments: Mapping[str, object]


def pipelines_of(place: Place, team: str) -> kfp.Client:
    """A client of the team's, with a token that your kubeconfig may ask for."""
    return kfp.Client(
        host=f"{place.url}/pipeline",
        existing_token=token_of(team),
        ssl_ca_cert=place.ca_file(),
        namespace=team,
    )


def start(pipelines: kfp.Client, team: str, work: Work) -> str:
    """Submit it; gives the id of the run.

    Runs are found under an experiment that is called as the folder of the package.
    """
    experiment = pipelines.create_experiment(experiment_of(work.package), namespace=team)
    run = pipelines.create_run_from_pipeline_package(
        str(work.package),
        arguments=dict(work.arguments),
        run_name=work.name,
        experiment_id=experiment.experiment_id,
        namespace=team,
        enable_caching=True,
    )
    return str(run.run_id)


def plan(pipelines: kfp.Client, team: str, work: Work, cron: str) -> str:
    """The same by the clock, by a cron of six fields; gives the id of the plan."""
    experiment = pipelines.create_experiment(experiment_of(work.package), namespace=team)
    planned = pipelines.create_recurring_run(
        experiment.experiment_id,
        job_name=work.name,
        cron_expression=cron,
        pipeline_package_path=str(work.package),
        params=dict(work.arguments),
        enable_caching=True,
    )
    return str(planned.recurring_run_id)


def experiment_of(package: Path) -> str:
    """`…/train_and_gate/pipeline.yaml`: `train-and-gate`."""
    return package.parent.name.replace("_", "-")


def address(place: Place, run_id: str) -> str:
    """Where a run is looked at."""
    return f"{place.url}/_/pipeline/#/runs/details/{run_id}"
