"""Versions in the registry: registered, tagged, and one of each model in production.

The registry itself knows no stages; here a stage is the property `stage` of a version.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from model_registry import ModelRegistry
from model_registry.types import ModelVersion

from examples.reach import Place

STAGE = "stage"
STAGES = ("staging", "production", "archived")
RUN = "kfp-run"  # the kind of source that a model has when a pipeline made it
SCHEMES = {"http": 80, "https": 443}


class NoSuchVersionError(Exception):
    """The registry has no such model, version or stage; the message says which."""


@dataclass(frozen=True, kw_only=True)
class Registered:
    """A version with the ids that others refer to it by, and where its model is stored."""

    model: str
    version: str
    model_id: str
    version_id: str
    uri: str
    run: str  # "" where no pipeline made it


def registry_of(place: Place, token: str) -> ModelRegistry:
    """The registry of a stack, at its own address."""
    url = urlsplit(place.url)
    return ModelRegistry(
        f"{url.scheme}://{url.hostname}",
        url.port or SCHEMES[url.scheme],
        author="registry-and-lineage",
        is_secure=url.scheme == "https",
        user_token=token,
        custom_ca=place.ca_file(),
    )


def register(registry: ModelRegistry, model: str, version: str, uri: str, run: str) -> Registered:
    """A new version of a model, in no stage; the registry refuses one that it has.

    `run` is the id of the pipeline's run that made it, "" for none.
    """
    source = {"model_source_kind": RUN, "model_source_id": run} if run else {}
    registry.register_model(
        model,
        uri,
        version=version,
        model_format_name="sklearn",
        model_format_version="1",
        **source,
    )
    return found(registry, model, version)


def tag(registry: ModelRegistry, model: str, version: str, tags: Mapping[str, str]) -> None:
    """Put words on a version; words that it has stay, unless they are said anew."""
    _with(registry, _version(registry, model, version), tags)


def stage(registry: ModelRegistry, model: str, version: str, into: str) -> list[str]:
    """Bring a version into a stage; gives the versions that it takes over from.

    Those of production are archived, after the new one is there: at no time is there none.
    """
    chosen = _version(registry, model, version)
    before = [one for one in _in(registry, model, into) if one.id != chosen.id]
    _with(registry, chosen, {STAGE: into})
    if into != "production":
        return []
    for one in before:
        _with(registry, one, {STAGE: "archived"})
    return [one.name for one in before]


def at_stage(registry: ModelRegistry, model: str, wanted: str) -> Registered:
    """The version of a stage; of several the one that came last."""
    versions = _in(registry, model, wanted)
    if not versions:
        raise NoSuchVersionError(f"no version of {model} is in {wanted}")
    return found(registry, model, versions[-1].name)


def found(registry: ModelRegistry, model: str, version: str) -> Registered:
    """A version and what belongs to it."""
    one = _version(registry, model, version)
    artifact = registry.get_model_artifact(model, version)
    if artifact is None:
        raise NoSuchVersionError(f"{model} {version} has no artefact: nothing to serve")
    return Registered(
        model=model,
        version=version,
        model_id=str(one.registered_model_id),
        version_id=str(one.id),
        uri=str(artifact.uri),
        run=artifact.model_source_id or "",
    )


def _version(registry: ModelRegistry, model: str, version: str) -> ModelVersion:
    _known(registry, model)
    one = registry.get_model_version(model, version)
    if one is None:
        raise NoSuchVersionError(f"the registry has no version {version} of {model}")
    return one


def _in(registry: ModelRegistry, model: str, wanted: str) -> list[ModelVersion]:
    """The versions of a stage, the one that came last at the end."""
    _known(registry, model)
    versions = registry.get_model_versions(model).order_by_creation_time().ascending()
    return [one for one in versions if (one.custom_properties or {}).get(STAGE) == wanted]


def _known(registry: ModelRegistry, model: str) -> None:
    if registry.get_registered_model(model) is None:
        raise NoSuchVersionError(f"the registry has no model {model}")


def _with(registry: ModelRegistry, version: ModelVersion, tags: Mapping[str, str]) -> None:
    version.custom_properties = {**(version.custom_properties or {}), **tags}
    registry.update(version)
