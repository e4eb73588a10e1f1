"""CRDs in bulk: applied side by side, done when every one is Established."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import Any

from kube.client import Client
from kube.wait import wait_gone, wait_ready

WRITERS = 8
# Of all components together. The API server gives up a patch after 34 s, and to change the
# largest CRDs, whose rules it checks, costs it seconds of a core each.
PATCHES = BoundedSemaphore(4)
DEADLINE_SECONDS = 120


def apply_crds(client: Client, bodies: Iterable[Mapping[str, Any]], manager: str) -> None:
    """Server-side apply of each body; returns when all are served."""

    def apply_one(body: Mapping[str, Any]) -> None:
        with PATCHES:
            live = client.apply(body, manager)
        wait_ready(client, live, ("condition=Established",), DEADLINE_SECONDS)

    with ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(apply_one, bodies))


def remove_crds(client: Client, names: Iterable[str]) -> None:
    """Delete the CRDs with every object of their kinds; returns when they are gone."""

    def remove_one(name: str) -> None:
        body = {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": name},
        }
        if uid := client.delete(body):
            wait_gone(client, body, uid, DEADLINE_SECONDS)

    with ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(remove_one, names))
