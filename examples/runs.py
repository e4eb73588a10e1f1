"""KFP at a stack's address: its client, and a run of a compiled pipeline."""

from collections.abc import Mapping
from pathlib import Path

import kfp

from examples.reach import Place, token_of


def pipelines_of(place: Place, team: str) -> kfp.Client:
    """A client of the team's, with a token that your kubeconfig may ask for."""
    return kfp.Client(
        host=f"{place.url}/pipeline",
        existing_token=token_of(team),
        ssl_ca_cert=place.ca_file(),
        namespace=team,
    )


def start(
    pipelines: kfp.Client, team: str, package: Path, name: str, arguments: Mapping[str, object]
) -> str:
    """Submit a compiled pipeline as `name`; gives the id of the run.

    Runs are found under an experiment that is called as the folder of the package.
    """
    experiment = pipelines.create_experiment(experiment_of(package), namespace=team)
    run = pipelines.create_run_from_pipeline_package(
        str(package),
        arguments=dict(arguments),
        run_name=name,
        experiment_id=experiment.experiment_id,
        namespace=team,
        enable_caching=True,
    )
    return str(run.run_id)


def experiment_of(package: Path) -> str:
    """`…/train_and_gate/pipeline.yaml`: `train-and-gate`."""
    return package.parent.name.replace("_", "-")


def address(place: Place, run_id: str) -> str:
    """Where a run is looked at."""
    return f"{place.url}/_/pipeline/#/runs/details/{run_id}"
