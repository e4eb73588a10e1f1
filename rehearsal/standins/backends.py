"""Which Service a webhook call is for, and whether anything stands behind it."""

from collections.abc import Iterable, Iterator

from kube.client import Client
from kube.ready import endpoints_ready
from rehearsal.standins.world import DEPLOYMENT, ENDPOINTS, SERVICE, Body, World, is_available


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
        if endpoints_ready(_slices(self._world.all(ENDPOINTS), namespace, service)):
            return True
        label = f"kubernetes.io/service-name={service}"
        asked = self._ask(ENDPOINTS.api_version, ENDPOINTS.name, label)
        return endpoints_ready(_slices(asked, namespace, service))

    def _ask(self, api_version: str, kind: str, labels: str) -> Iterator[Body]:
        """Lazily, so that a hit in what is known costs no request."""
        yield from self._client.list(self._client.resource(api_version, kind), labels)


def _slices(pieces: Iterable[Body], namespace: str, service: str) -> dict[str, Body]:
    """A Service's own slices, by name."""
    return {p["metadata"]["name"]: p for p in pieces if _is_of(p, namespace, service)}


def _is_of(piece: Body, namespace: str, service: str) -> bool:
    metadata = piece["metadata"]
    owner = metadata.get("labels", {}).get("kubernetes.io/service-name")
    return bool(metadata["namespace"] == namespace and owner == service)


def _matches(deployment: Body, namespace: str, selector: Body) -> bool:
    labels = deployment["spec"]["template"]["metadata"].get("labels", {})
    in_place = deployment["metadata"]["namespace"] == namespace
    return in_place and all(labels.get(key) == value for key, value in selector.items())
