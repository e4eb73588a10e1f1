"""`python -m examples.registry_and_lineage register|tag|stage|serve|lineage …`: what is where."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

import yaml
from model_registry import ModelRegistry
from model_registry.core import ModelRegistryAPIClient

from examples.reach import NoWayInError, place_of, token_of
from examples.registry_and_lineage.lineage import endpoints_of, note, trace
from examples.registry_and_lineage.stages import (
    STAGES,
    NoSuchVersionError,
    at_stage,
    register,
    registry_of,
    stage,
    tag,
)
from examples.serve.model import served_model


def main(words: Sequence[str]) -> int:
    """One word to the registry, or one question."""
    said = _parser().parse_args(words)
    try:
        place, token = place_of(said.stack), token_of(said.team)
        answer = done(registry_of(place, token), endpoints_of(place, token), said)
        sys.stdout.write(f"{answer}\n")
    except (NoSuchVersionError, NoWayInError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def done(
    registry: ModelRegistry, endpoints: ModelRegistryAPIClient, said: argparse.Namespace
) -> str:
    """What is asked for, and what there is to say about it."""
    match said.step:
        case "register":
            made = register(registry, said.name, said.version, said.uri, said.run)
            return f"registered: {made.model} {made.version} is {made.uri}"
        case "tag":
            tag(registry, said.name, said.version, dict(one.split("=", 1) for one in said.tags))
            return f"tagged: {said.name} {said.version}"
        case "stage":
            before = stage(registry, said.name, said.version, said.stage_name)
            instead = f", instead of {', '.join(before)}" if before else ""
            return f"{said.stage_name}: {said.name} {said.version}{instead}"
        case "serve":
            return _served(registry, endpoints, said)
        case _:
            return str(asyncio.run(trace(endpoints, said.team, said.endpoint)))


def _served(
    registry: ModelRegistry, endpoints: ModelRegistryAPIClient, said: argparse.Namespace
) -> str:
    """The model of a stage for `kubectl apply -f -`; the registry is told."""
    what = at_stage(registry, said.name, said.stage_name)
    asyncio.run(note(endpoints, said.team, said.endpoint, what))
    return yaml.safe_dump(served_model(said.endpoint, said.team, what.uri), sort_keys=False)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m examples.registry_and_lineage", description=__doc__
    )
    parser.add_argument("--stack", required=True, help="the Pulumi stack")
    parser.add_argument("--team", required=True)
    steps = parser.add_subparsers(dest="step", required=True)
    options = {
        "--name": {"help": "of the model"},
        "--version": {"help": "of the model"},
        "--uri": {"help": "where it is stored, e.g. s3://…/model"},
        "--stage": {"choices": STAGES, "dest": "stage_name"},
        "--endpoint": {"help": "the InferenceService"},
    }
    for step, needed in (
        ("register", ("--name", "--version", "--uri")),
        ("tag", ("--name", "--version")),
        ("stage", ("--name", "--version", "--stage")),
        ("serve", ("--name", "--stage", "--endpoint")),
        ("lineage", ("--endpoint",)),
    ):
        one = steps.add_parser(step)
        for option in needed:
            one.add_argument(option, required=True, **options[option])  # type: ignore[arg-type]
        if step == "register":
            one.add_argument("--run", default="", help="the id of the run that made it")
        if step == "tag":
            one.add_argument("tags", nargs="+", metavar="KEY=VALUE")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
