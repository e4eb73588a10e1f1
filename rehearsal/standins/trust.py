"""Trust: the rehearsal's authority in the caBundle of webhook configurations and CRDs.

cert-manager's injector does it where an annotation asks, once it is Available and the certificate
exists; everywhere else the webhook's own program does, once the Deployment behind it is Available,
or before that where the pods are ready only then.
"""

import base64
from collections.abc import Iterator
from typing import Any

from rehearsal.standins import self_patching
from rehearsal.standins.backends import is_served
from rehearsal.standins.world import (
    CERTIFICATE,
    CRD,
    DEPLOYMENT,
    MUTATING,
    SERVICE,
    TLS_SECRET,
    VALIDATING,
    Body,
    World,
    is_available,
)
from rehearsal.standins.writing import Write

INJECT_FROM = "cert-manager.io/inject-ca-from"
INJECT_FROM_SECRET = "cert-manager.io/inject-ca-from-secret"
INJECTOR = ("cert-manager", "cert-manager-cainjector")
KINDS = frozenset({CERTIFICATE, CRD, DEPLOYMENT, MUTATING, SERVICE, TLS_SECRET, VALIDATING}) | (
    self_patching.KINDS
)


def writes(world: World, bundle: str) -> Iterator[Write]:
    """A patch for every object that has a bundle to be filled and somebody to fill it."""
    encoded = base64.b64encode(bundle.encode()).decode()
    for kind in (MUTATING, VALIDATING):
        for body in world.all(kind):
            places = _places(body.get("webhooks") or [])
            patch = _patch(world, body, places, encoded)
            if patch:
                yield Write(verb="patch", kind=kind, name=body["metadata"]["name"], body=patch)
    for body in world.all(CRD):
        patch = _patch(world, body, _conversion(body), encoded)
        if patch:
            yield Write(verb="patch", kind=CRD, name=body["metadata"]["name"], body=patch)
    yield from self_patching.writes(world, encoded)


def _places(webhooks: list[Body]) -> dict[str, Body]:
    """Client configurations by their JSON pointer; those with a URL are not ours to answer."""
    configs = {f"/webhooks/{n}/clientConfig": w["clientConfig"] for n, w in enumerate(webhooks)}
    return {pointer: config for pointer, config in configs.items() if "service" in config}


def _conversion(crd: Body) -> dict[str, Body]:
    config = crd["spec"].get("conversion", {}).get("webhook", {}).get("clientConfig", {})
    return {"/spec/conversion/webhook/clientConfig": config} if "service" in config else {}


def _patch(world: World, body: Body, places: dict[str, Body], encoded: str) -> list[dict[str, Any]]:
    if "deletionTimestamp" in body["metadata"]:
        return []
    annotations = body["metadata"].get("annotations") or {}
    stale = {p: config for p, config in places.items() if config.get("caBundle") != encoded}
    due = [p for p, config in stale.items() if _is_due(world, annotations, config["service"])]
    if not due:
        return []
    # The test makes a patch by position fail when the list has changed meanwhile.
    version = body["metadata"]["resourceVersion"]
    unchanged = {"op": "test", "path": "/metadata/resourceVersion", "value": version}
    return [unchanged, *({"op": "add", "path": f"{p}/caBundle", "value": encoded} for p in due)]


def _is_due(world: World, annotations: Body, service: Body) -> bool:
    if INJECT_FROM in annotations:
        return _injector_works(world) and _is_issued(world, annotations[INJECT_FROM])
    place = service["namespace"], service["name"]
    served = is_served(world, *place) or self_patching.is_starting(world, *place)
    if INJECT_FROM_SECRET in annotations:
        # Such a Secret is made by the webhook's program itself when it starts.
        return _injector_works(world) and served
    return served


def _injector_works(world: World) -> bool:
    injector = world.get(DEPLOYMENT, *INJECTOR)
    return injector is not None and is_available(injector)


def _is_issued(world: World, reference: str) -> bool:
    namespace, _, name = reference.partition("/")
    certificate = world.get(CERTIFICATE, namespace, name)
    if certificate is None:
        return False
    return world.get(TLS_SECRET, namespace, certificate["spec"]["secretName"]) is not None
