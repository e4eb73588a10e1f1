"""A world made of plain objects, for tests of what stand-ins would write."""

from collections.abc import Mapping
from typing import Any

from rehearsal.standins.world import DEPLOYMENT, Kind, World

Body = dict[str, Any]


def world_of(objects: Mapping[Kind, list[Body]]) -> World:
    """A world that shows exactly these objects."""
    world = World()
    for kind, bodies in objects.items():
        world.replace(kind, bodies, 1)
    return world


def named(name: str, namespace: str = "", **rest: Any) -> Body:
    """An object with metadata as the API server gives it; `metadata` in `rest` is added."""
    metadata = {"name": name, "uid": f"uid-{name}", "resourceVersion": "1", "generation": 1}
    if namespace:
        metadata["namespace"] = namespace
    return {**rest, "metadata": {**metadata, **rest.get("metadata", {})}}


def available(name: str, namespace: str, labels: Mapping[str, str] | None = None) -> Body:
    """A Deployment that is Available."""
    return named(
        name,
        namespace,
        spec={"template": {"metadata": {"labels": dict(labels or {})}}},
        status={
            "observedGeneration": 1,
            "conditions": [{"type": "Available", "status": "True"}],
        },
    )


READY = {"conditions": [{"type": "Ready", "status": "True"}]}
CERT_MANAGER = {DEPLOYMENT: [available("cert-manager", "cert-manager")]}
