"""Programs whose pods are ready only once their own webhook configurations have a CA.

The simulated kubelet holds their pods until they carry `TRUSTED` (kwok/stages.yaml).
"""

from collections.abc import Iterator

from rehearsal.standins.world import (
    MUTATING,
    POD,
    SERVICE,
    VALIDATING,
    Body,
    World,
    identity,
)
from rehearsal.standins.writing import Write
from upstream.exceptions import SELF_PATCHING

TRUSTED = "rehearsal/trusted"
KINDS = frozenset({MUTATING, POD, SERVICE, VALIDATING})
_SERVICES = frozenset((row.service.namespace, row.service.name) for row in SELF_PATCHING)


def writes(world: World, encoded: str) -> Iterator[Write]:
    """The mark for each pod that waits while all its configurations have the bundle."""
    for namespace, name in _SERVICES:
        if _is_trusted(world, (namespace, name), encoded):
            for pod in pods_behind(world, namespace, name):
                if TRUSTED not in (pod["metadata"].get("annotations") or {}):
                    yield _mark(pod)


def is_starting(world: World, namespace: str, service: str) -> bool:
    """Whether a program runs that puts its CA in before it is ready."""
    return (namespace, service) in _SERVICES and any(pods_behind(world, namespace, service))


def pods_behind(world: World, namespace: str, service: str) -> Iterator[Body]:
    """The Service's pods that have a node, ready or not."""
    found = world.get(SERVICE, namespace, service)
    selector = ((found or {}).get("spec", {}).get("selector") or {}).items()
    for pod in world.all(POD):
        labels = (pod["metadata"].get("labels") or {}).items()
        is_here = pod["metadata"].get("namespace") == namespace and "nodeName" in pod["spec"]
        if selector and is_here and selector <= labels:
            yield pod


def _is_trusted(world: World, service: tuple[str, str], encoded: str) -> bool:
    configs = [
        hook["clientConfig"]
        for kind in (MUTATING, VALIDATING)
        for body in world.all(kind)
        for hook in body.get("webhooks") or ()
    ]
    own = [one for one in configs if _named(one) == service]
    return bool(own) and all(config.get("caBundle") == encoded for config in own)


def _named(config: Body) -> tuple[str, str] | None:
    service = config.get("service")
    return (service["namespace"], service["name"]) if service else None


def _mark(pod: Body) -> Write:
    namespace, name = identity(pod)
    body = {"metadata": {"annotations": {TRUSTED: "true"}}}
    return Write(verb="merge", kind=POD, namespace=namespace, name=name, body=body)
