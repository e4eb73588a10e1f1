"""Which endpoint serves which version, and where that is from: told to the registry, and asked.

`model_registry` has no words for endpoints; the client generated beneath it has.
"""

from dataclasses import dataclass
from typing import Any

from model_registry.core import ModelRegistryAPIClient
from mr_openapi import (
    Configuration,
    ExecutionState,
    InferenceServiceCreate,
    InferenceServiceUpdate,
    ServeModelCreate,
    ServingEnvironmentCreate,
)
from mr_openapi.exceptions import NotFoundException

from examples.reach import Place
from examples.registry_and_lineage.stages import RUN, NoSuchVersionError, Registered

PAGE = "100"


@dataclass(frozen=True, kw_only=True)
class Lineage:
    """From the endpoint back to what made it; `run` is "" where no pipeline did.

    `served` are all versions that the endpoint was told to serve, in their order.
    """

    endpoint: str
    model: str
    version: str
    uri: str
    run: str
    served: tuple[str, ...]

    def __str__(self) -> str:
        made = f"run {self.run}" if self.run else "no pipeline's run"
        before = ", ".join(self.served)
        return (
            f"{self.endpoint} <- {self.model} {self.version} <- {self.uri} <- {made}"
            f"  (served so far: {before})"
        )


def endpoints_of(place: Place, token: str) -> ModelRegistryAPIClient:
    """The same registry by the client beneath."""
    said = Configuration(host=place.url, access_token=token, ssl_ca_cert=place.ca_file())
    return ModelRegistryAPIClient(said)


async def note(api: ModelRegistryAPIClient, team: str, endpoint: str, what: Registered) -> None:
    """Tell the registry that the team's endpoint serves this version from now on."""
    async with api.get_client() as client:
        room = await _room(client, team)
        try:
            service = await client.find_inference_service(name=endpoint, parent_resource_id=room.id)
            wanted = InferenceServiceUpdate(model_version_id=what.version_id)
            service = await client.update_inference_service(service.id, wanted)
        except NotFoundException:
            service = await client.create_environment_inference_service(
                room.id,
                InferenceServiceCreate(
                    name=endpoint,
                    registered_model_id=what.model_id,
                    model_version_id=what.version_id,
                    serving_environment_id=room.id,
                    runtime="kserve",
                ),
            )
        told = ServeModelCreate(
            model_version_id=what.version_id, last_known_state=ExecutionState.RUNNING
        )
        await client.create_inference_service_serve(service.id, told)


async def trace(api: ModelRegistryAPIClient, team: str, endpoint: str) -> Lineage:
    """Where the team's endpoint has its model from; raises `NoSuchVersionError`."""
    async with api.get_client() as client:
        try:
            room = await client.find_serving_environment(name=team)
            service = await client.find_inference_service(name=endpoint, parent_resource_id=room.id)
        except NotFoundException as error:
            raise NoSuchVersionError(f"nobody told what {endpoint} of {team} serves") from error
        model = await client.get_registered_model(service.registered_model_id)
        version = await client.get_model_version(service.model_version_id)
        artifact = await _artifact(client, version.id)
        serves = await client.get_inference_service_serves(service.id, page_size=PAGE)
        told = sorted(serves.items, key=lambda one: int(one.id))
        names = [(await client.get_model_version(one.model_version_id)).name for one in told]
    return Lineage(
        endpoint=f"{team}/{endpoint}",
        model=model.name,
        version=version.name,
        uri=artifact.uri,
        run=artifact.model_source_id or "" if artifact.model_source_kind == RUN else "",
        served=tuple(names),
    )


async def _room(client: Any, team: str) -> Any:
    """The registry's name for where a team serves."""
    try:
        return await client.find_serving_environment(name=team)
    except NotFoundException:
        return await client.create_serving_environment(ServingEnvironmentCreate(name=team))


async def _artifact(client: Any, version_id: str) -> Any:
    """The model of a version: what else hangs on it, e.g. documents, is passed over."""
    page = await client.get_model_version_artifacts(version_id, page_size=PAGE)
    every = [one.actual_instance for one in page.items]
    return next(one for one in every if one.artifact_type == "model-artifact")
