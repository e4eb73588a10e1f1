"""Pods that are ready only once the API server trusts them: first the CA, then the mark."""

import base64
from pathlib import Path
from typing import Any

import rehearsal
from rehearsal.standins import self_patching, trust
from rehearsal.standins.world import MUTATING, POD, World
from tests.rehearsal.standins.shown import named, world_of
from upstream.exceptions import SELF_PATCHING

PLACE, NAME, BUNDLE = "kubeflow", "training-operator", "a bundle"
ENCODED = base64.b64encode(BUNDLE.encode()).decode()


def _world(bundle: str | None, **pod: Any) -> World:
    config = {"service": {"namespace": PLACE, "name": NAME}} | (
        {"caBundle": bundle} if bundle else {}
    )
    return world_of(
        {
            MUTATING: [named("config", webhooks=[{"clientConfig": config}])],
            POD: [named("pod", PLACE, spec={"serviceAccountName": NAME, **pod})],
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


def test_the_programs_are_those_the_order_knows_and_the_kubelet_holds() -> None:
    services = {(row.service.namespace, row.service.name) for row in SELF_PATCHING}
    assert set(self_patching.ACCOUNTS) == services
    stages = (Path(rehearsal.__file__).parent / "kwok" / "stages.yaml").read_text(encoding="utf-8")
    held = ", ".join(f'"{account}"' for account in self_patching.ACCOUNTS.values())
    assert f"select(.spec.serviceAccountName | IN({held}))" in stages
    assert f'.metadata.annotations["{self_patching.TRUSTED}"]' in stages
