"""The resources of an exported state: what `pulumi stack export` writes. Pure."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from policies.model import STACK, UNKNOWN, Resource

# How Pulumi marks a value as more than plain data: here always a secret, whose text is encrypted.
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "[secret]"
ABSENT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"  # an unknown text that a failed run left


class NoStateError(ValueError):
    """The text is no exported state."""


def exported_resources(text: str) -> tuple[Resource, ...]:
    """Every resource of an exported state; raises `NoStateError` where it is none."""
    try:
        deployment = json.loads(text)["deployment"] or {}
        listed = deployment.get("resources") or []
        return tuple(_resources(listed))
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise NoStateError(
            "this is no exported state; `pulumi stack export -s STACK --file FILE` writes one"
        ) from error


def _resources(listed: list[Mapping[str, Any]]) -> Iterator[Resource]:
    for one in listed:
        name = one["urn"].rpartition("::")[2]
        told = "outputs" if one["type"] == STACK else "inputs"
        yield Resource(type=one["type"], name=name, inputs=_plain(one.get(told) or {}))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        if SIGNATURE in value:
            return SECRET
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return UNKNOWN if value == ABSENT else value
