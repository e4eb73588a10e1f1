"""Which Service a webhook call is for, and whether anything stands behind it."""

from collections.abc import Iterator

from kube.client import Client
from rehearsal.standins.world import DEPLOYMENT, ENDPOINTS, SERVICE, Body, World, is_available

HEADLESS = "None"


def has_ready_endpoint(slices: Iterator[Body]) -> bool:
    """Whether any endpoint of a Service's slices serves."""
    return any(
        endpoint.get("conditions", {}).get("ready", True)
        for piece in slices
        for endpoint in piece.get("endpoints") or ()
    )


def is_served(world: World, namespace: str, service: str) -> bool:
    """Whether an Available Deployment stands behind the Service."""
    found = world.get(SERVICE, namespace, service)
    selector = (found or {}).get("spec", {}).get("selector")
    if not selector:
        return False
    return any(
        _matches(deployment, namespace, selector) and is_available(deployment)
        for deployment in world.all(DEPLOYMENT)
    )


class Backends:
    """Services by address. What the watch has not shown yet is asked for before saying no."""

    def __init__(self, client: Client, world: World) -> None:
        self._client, self._world = client, world

    def service_at(self, host: str) -> tuple[str, str] | None:
        """(namespace, name) of the Service with this cluster address or DNS name."""
        if host.removesuffix(".cluster.local").endswith(".svc"):
            name, namespace, *_ = host.split(".")
            return namespace, name
        for body in (*self._world.all(SERVICE), *self._ask(SERVICE.api_version, SERVICE.name, "")):
            if body["spec"].get("clusterIP") == host:
                return body["metadata"]["namespace"], body["metadata"]["name"]
        return None

    def is_ready(self, namespace: str, service: str) -> bool:
        """Whether the Service has a ready endpoint right now."""
        seen = (piece for piece in self._world.all(ENDPOINTS) if _is_of(piece, namespace, service))
        if has_ready_endpoint(seen):
            return True
        label = f"kubernetes.io/service-name={service}"
        asked = self._ask(ENDPOINTS.api_version, ENDPOINTS.name, label)
        return has_ready_endpoint(p for p in asked if _is_of(p, namespace, service))

    def _ask(self, api_version: str, kind: str, labels: str) -> Iterator[Body]:
        """Lazily, so that a hit in what is known costs no request."""
        yield from self._client.list(self._client.resource(api_version, kind), labels)


def _is_of(piece: Body, namespace: str, service: str) -> bool:
    metadata = piece["metadata"]
    owner = metadata.get("labels", {}).get("kubernetes.io/service-name")
    return bool(metadata["namespace"] == namespace and owner == service)


def _matches(deployment: Body, namespace: str, selector: Body) -> bool:
    labels = deployment["spec"]["template"]["metadata"].get("labels", {})
    in_place = deployment["metadata"]["namespace"] == namespace
    return in_place and all(labels.get(key) == value for key, value in selector.items())
