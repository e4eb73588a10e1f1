"""Records as plain data: what is known by its wire name, what is not as unknown."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from pulumi._types import is_input_type  # what the SDK's own serializer asks

from records.record import Record

UNKNOWN = "[computed]"  # as in a rehearsal's preview


def plain_records(records: Iterable[Record]) -> tuple[Record, ...]:
    """The same records with inputs that anybody can read, absent ones left out."""
    return tuple(replace(one, inputs=_inputs(one)) for one in records)


def _inputs(record: Record) -> Mapping[str, Any]:
    # Kubernetes objects come as they go to the API server, with keys that are people's own.
    as_written = record.type.startswith("kubernetes:")
    plain: Mapping[str, Any] = _plain(record.inputs, str if as_written else _camel)
    return plain


def _plain(value: Any, name: Callable[[str], str]) -> Any:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if is_input_type(type(value)):
        return _plain(vars(value), name)
    if isinstance(value, Mapping):
        return {name(key): _plain(inner, name) for key, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [_plain(inner, name) for inner in value]
    return UNKNOWN


def _camel(key: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), key)
