"""Which release a cluster runs: a note that every whole `up` leaves last."""

from collections.abc import Callable
from typing import Any

from kube.client import Client
from kube.errors import KubeError
from plan.upgrade import upgrade_words
from upstream.advice import advice
from upstream.model import Obj
from upstream.pins import known_releases

COMPONENT = "namespaces"  # every selection has it
MARK: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "kubeflow-stack-release", "namespace": "kubeflow"},
}


def release_mark(release: str) -> Obj:
    """The note itself, to be applied when everything else is there."""
    return Obj(
        api_version=MARK["apiVersion"],
        kind=MARK["kind"],
        namespace=MARK["metadata"]["namespace"],
        name=MARK["metadata"]["name"],
        body={**MARK, "data": {"release": release}},
        component=COMPONENT,
    )


def running_release(kubeconfig: str) -> str | None:
    """The release of the last whole `up`; None before the first, and where nobody answers."""
    try:
        live = Client(kubeconfig).get(MARK)
    except KubeError:
        return None
    return str(live["data"]["release"]) if live else None


def say_upgrade(kubeconfig: str, planned: str, tell: Callable[[str], None]) -> None:
    """Tells what going from the running release to the planned one means, if it changes."""
    notes = {release: advice(release).notes for release in known_releases()}
    words = upgrade_words(running_release(kubeconfig), planned, notes)
    if words:
        tell(words)
