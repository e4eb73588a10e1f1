"""Waiting on conditions of live objects by watch, each with a deadline and a name."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kube.client import Client, Resource
from kube.errors import ApiStatusError, CutError, DeadlineError
from kube.finalizers import holds
from kube.ready import endpoints_ready, missing

Body = Mapping[str, Any]
Objects = Mapping[str, Body]
Listed = tuple[dict[str, Body], str]  # objects by name, and the version to watch on from

GONE = 410


def wait_ready(client: Client, live: Body, asked: tuple[str, ...], seconds: float) -> Body:
    """The live object once what `asked` (or else its kind) says holds; `DeadlineError` if not."""
    if missing(live, asked) is not None:
        live = _wait_object(client, live, lambda seen: missing(seen, asked), seconds)
    if live["kind"] == "Service" and live["apiVersion"] == "v1" and live["spec"].get("selector"):
        _wait_endpoints(client, live, seconds)
    return live


def wait_gone(client: Client, body: Body, uid: str, seconds: float) -> None:
    """Until the object with this uid is gone, whatever namesake a controller makes meanwhile.

    Raises `DeadlineError` naming the finalizers that hold it and who is to take them away.
    """
    live = client.get(body)
    if live is None or live["metadata"]["uid"] != uid:
        return

    def remains(seen: Objects) -> str | None:
        holders = [one for one in seen.values() if one["metadata"]["uid"] == uid]
        if not holders:
            return None
        return f"deletion; held by {holds(holders[0])}"

    _watch_until(client, _only(client, live), remains, seconds)


def _wait_object(
    client: Client, live: Body, lacks: Callable[[Body], str | None], seconds: float
) -> Body:
    last = dict(live)

    def lacking(seen: Objects) -> str | None:
        if not seen:
            return "the object itself, which is gone"
        last.clear()
        last.update(next(iter(seen.values())))
        return lacks(last)

    # From here on: what was there when it was applied is at hand, no need to ask for it again.
    since = {live["metadata"]["name"]: live}, str(live["metadata"]["resourceVersion"])
    _watch_until(client, _only(client, live), lacking, seconds, since)
    return last


def _wait_endpoints(client: Client, service: Body, seconds: float) -> None:
    query = {"labelSelector": f"kubernetes.io/service-name={service['metadata']['name']}"}
    slices = _Watched(
        client.resource("discovery.k8s.io/v1", "EndpointSlice"),
        service["metadata"]["namespace"],
        query,
        service,
    )

    def lacking(seen: Objects) -> str | None:
        return None if endpoints_ready(seen) else "a ready endpoint"

    _watch_until(client, slices, lacking, seconds)


@dataclass(frozen=True)
class _Watched:
    """What to list and watch, and the object that is really waited for."""

    resource: Resource
    namespace: str
    query: Mapping[str, str]
    about: Body


def _only(client: Client, live: Body) -> _Watched:
    return _Watched(
        client.resource(live["apiVersion"], live["kind"]),
        live["metadata"].get("namespace", ""),
        {"fieldSelector": f"metadata.name={live['metadata']['name']}"},
        live,
    )


def _watch_until(
    client: Client,
    watched: _Watched,
    lacking: Callable[[Objects], str | None],
    seconds: float,
    since: Listed | None = None,
) -> None:
    """Watch until `lacking` says None; list and watch start over when the server ends them."""
    deadline = time.monotonic() + seconds
    reason: str | None = "an answer"
    while reason is not None and (left := deadline - time.monotonic()) > 0:
        seen, version = since or _list(client, watched)
        since = None
        reason = lacking(seen)
        if reason is None:
            return
        query = {**watched.query, "resourceVersion": version}
        try:
            for kind, item in client.watch(watched.resource, watched.namespace, query, left):
                seen.pop(item["metadata"]["name"], None)
                if kind != "DELETED":
                    seen[item["metadata"]["name"]] = item
                reason = lacking(seen)
                if reason is None:
                    return
        except CutError as error:
            reason = f"{reason} ({error})"  # listed anew; an API server that is gone fails there
        except ApiStatusError as error:
            if error.status != GONE:
                raise
    about = watched.about
    place = about["metadata"].get("namespace")
    where = f"{place}/" if place else ""
    raise DeadlineError(
        f"{about['kind']} {where}{about['metadata']['name']}: "
        f"still waiting for {reason} after {seconds:.0f} s"
    )


def _list(client: Client, watched: _Watched) -> Listed:
    """What is there now, by name, and the version to watch on from."""
    answer = client.call("GET", watched.resource.path(watched.namespace), watched.query)
    shared = {"apiVersion": watched.resource.api_version, "kind": watched.resource.kind}
    seen: dict[str, Body] = {
        item["metadata"]["name"]: {**shared, **item} for item in answer["items"]
    }
    return seen, str(answer["metadata"]["resourceVersion"])
