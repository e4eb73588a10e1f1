"""Waiting in tests: by watch, with a deadline, and an error that says what still lacks."""

import time
from collections.abc import Callable, Collection

from kube.client import Client


def until(
    client: Client,
    api_version: str,
    kind: str,
    lacking: Callable[[], Collection[object]],
    seconds: float,
) -> None:
    """Until nothing lacks; looked at anew whenever an object of this kind has changed."""
    resource = client.resource(api_version, kind)
    deadline = time.monotonic() + seconds
    while True:
        # Before the look: a change in between is one that the watch tells of.
        listed = client.call("GET", resource.path(), {"limit": "1"})
        found = lacking()
        if not found:
            return
        left = deadline - time.monotonic()
        assert left > 0, f"{kind}: after {seconds:g} s there still lacks {found}"
        since = {"resourceVersion": listed["metadata"]["resourceVersion"]}
        next(client.watch(resource, "", since, left), None)
