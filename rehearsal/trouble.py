"""Why an object is not well: the last thing the cluster said about it or about its pods."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from kube.client import Client


def last_event(client: Client, namespace: str, name: str) -> str:
    """What the cluster said; empty when it said nothing."""
    return tell(client.list(client.resource("v1", "Event")), namespace, name)


def tell(events: Sequence[Mapping[str, Any]], namespace: str, name: str) -> str:
    """The newest warning about the object or about what it made, or else its newest Event. Pure."""
    about = [
        event
        for event in events
        if event["metadata"].get("namespace", "") == namespace
        and _is_about(str(event["involvedObject"].get("name", "")), name)
    ]
    if not about:
        return ""
    newest = max(about, key=lambda event: (event.get("type") == "Warning", _when(event)))
    return f"{newest.get('reason', '')}: {newest.get('message', '')}"


def _is_about(named: str, name: str) -> bool:
    """Itself, or a ReplicaSet or pod of it: `name-<hash>` or `name-<hash>-<suffix>`."""
    rest = named.removeprefix(f"{name}-")
    return named == name or (
        rest != named and bool(re.fullmatch(r"[a-z0-9]{5,10}(-[a-z0-9]{5})?|[0-9]+", rest))
    )


def _when(event: Mapping[str, Any]) -> datetime:
    """With or without a fraction of a second: as text the two do not sort."""
    said = (
        event.get("lastTimestamp")
        or (event.get("series") or {}).get("lastObservedTime")
        or event.get("eventTime")
        or event["metadata"]["creationTimestamp"]
    )
    return datetime.fromisoformat(said)
