"""CRDs in bulk: applied side by side, done when every one is Established and served."""

import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore, Event
from typing import Any

from kube.client import Client
from kube.errors import DeadlineError, NoSuchKindError
from kube.wait import wait_gone, wait_ready

WRITERS = 8
# Of all components together: to change the largest CRDs costs the API server seconds of a core
# each, and it gives up a request after some 30 s.
PATCHES = BoundedSemaphore(8)
DEADLINE_SECONDS = 120
LOOK_SECONDS = 0.1


def apply_crds(client: Client, bodies: Iterable[Mapping[str, Any]], manager: str) -> None:
    """Server-side apply of each body; returns when all are served.

    Established comes first: for a moment the API server does not yet list the kind, and whoever
    asks for it then is told that there is none.
    """

    def apply_one(body: Mapping[str, Any]) -> None:
        with PATCHES:
            live = client.apply(body, manager)
        wait_ready(client, live, ("condition=Established",), DEADLINE_SECONDS)
        wait_served(client, body, DEADLINE_SECONDS)

    with ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(apply_one, bodies))


def wait_served(client: Client, body: Mapping[str, Any], seconds: float) -> None:
    """Until every served version of a CRD is listed; there is no watch for that, so by asking.

    Raises `DeadlineError` naming the CRD and the version.
    """
    spec, clock = body["spec"], Event()
    deadline = time.monotonic() + seconds
    for version in spec["versions"]:
        api_version = f"{spec['group']}/{version['name']}"
        while version["served"] and not _is_listed(client, api_version, spec["names"]["kind"]):
            if time.monotonic() > deadline:
                raise DeadlineError(
                    f"CustomResourceDefinition {body['metadata']['name']}: still not served as "
                    f"{api_version} after {seconds:.0f} s"
                )
            clock.wait(LOOK_SECONDS)


def _is_listed(client: Client, api_version: str, kind: str) -> bool:
    try:
        client.resource(api_version, kind)
    except NoSuchKindError:
        return False
    return True


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
