"""Pods that are ready only once the API server trusts them: first the CA, then the mark."""

import base64
from typing import Any

from rehearsal.standins import self_patching, trust
from rehearsal.standins.world import MUTATING, POD, SERVICE, World
from tests.rehearsal.standins.shown import named, world_of

PLACE, NAME, BUNDLE = "kubeflow", "training-operator", "a bundle"
ENCODED = base64.b64encode(BUNDLE.encode()).decode()


def _world(bundle: str | None, **pod: Any) -> World:
    config = {"service": {"namespace": PLACE, "name": NAME}} | (
        {"caBundle": bundle} if bundle else {}
    )
    return world_of(
        {
            MUTATING: [named("config", webhooks=[{"clientConfig": config}])],
            SERVICE: [named(NAME, PLACE, spec={"selector": {"app": "it"}})],
            POD: [named("pod", PLACE, metadata={"labels": {"app": "it"}}, spec=pod)],
        }
    )


def _writes(world: World) -> list[tuple[str, str]]:
    return [(write.verb, write.name) for write in trust.writes(world, BUNDLE)]


def test_the_program_puts_its_ca_in_as_soon_as_its_pod_has_a_node() -> None:
    assert _writes(_world(None)) == []
    assert _writes(_world(None, nodeName="n-0")) == [("patch", "config")]


def test_its_pod_is_marked_once_the_ca_is_in() -> None:
    [write] = trust.writes(_world(ENCODED, nodeName="n-0"), BUNDLE)
    assert (write.verb, write.kind, write.name) == ("merge", POD, "pod")
    assert write.body == {"metadata": {"annotations": {self_patching.TRUSTED: "true"}}}


def test_a_marked_pod_is_left_alone() -> None:
    world = _world(ENCODED, nodeName="n-0")
    [pod] = world.all(POD)
    marked = {**pod["metadata"], "annotations": {self_patching.TRUSTED: "true"}}
    world.replace(POD, [{**pod, "metadata": marked}], 9)
    assert _writes(world) == []
