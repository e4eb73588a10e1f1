"""Every mistake of a settings file, one line each: path, value, what is allowed, how to fix it."""

from collections.abc import Sequence
from difflib import get_close_matches
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails


class SettingsError(Exception):
    """The settings are not valid; the message lists every mistake, sorted by path."""


def explain(error: ValidationError, model: type[BaseModel], where: str) -> SettingsError:
    """All mistakes of `error` in one error; `where` names the file's owner, e.g. the stack."""
    lines = sorted(f"  {_line(detail, model)}" for detail in error.errors())
    count = "1 mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
    return SettingsError(f"{where}: the settings have {count}\n" + "\n".join(lines))


def _line(detail: ErrorDetails, model: type[BaseModel]) -> str:
    path = _path(detail["loc"])
    if detail["type"] == "extra_forbidden":
        return f"{path}: unknown setting; {_suggestion(detail['loc'], model)}"
    if detail["type"] == "missing":
        return f"{path}: is missing; add it"
    if detail["input"] is None:
        return f"{path}: has no value; give it one, or leave the key out where it has a default"
    message = _plain(detail)
    if isinstance(detail["input"], str | int | float | bool):
        return f"{path}: {detail['input']!r} is not allowed; {message}"
    return f"{path}: {message}"


def _path(loc: Sequence[int | str]) -> str:
    """A place in the settings as programs write it: `pools[0].nodes` is of the first pool."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)
    return "".join(parts).removeprefix(".") or "settings"


def _plain(detail: ErrorDetails) -> str:
    """What is allowed, without Python's words for it."""
    said = detail["input"]
    if isinstance(said, int | float) and detail["type"] in ("string_type", "literal_error"):
        return "quote it: YAML takes it for a number"
    if detail["type"] in ("model_type", "model_attributes_type", "dict_type"):
        return "it has to be a block of keys and values"
    return detail["msg"].removeprefix("Value error, ")


def _suggestion(loc: Sequence[int | str], model: type[BaseModel]) -> str:
    keys = _keys_at(loc[:-1], model)
    close = get_close_matches(str(loc[-1]), keys, n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"remove it, or use one of {', '.join(keys)}" if keys else "remove it"


def _keys_at(loc: Sequence[int | str], model: type[BaseModel]) -> list[str]:
    """The keys that may be said at `loc`, a path of keys and list positions."""
    for part in loc:
        if isinstance(part, int):
            continue
        field = next((f for f in model.model_fields.values() if f.alias == part), None)
        inner = _model_in(field.annotation) if field else None
        if inner is None:
            return []
        model = inner
    return sorted(str(field.alias) for field in model.model_fields.values())


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The settings model inside an annotation such as `list[PoolSettings]` or `X | None`."""
    if isinstance(annotation, type) and not get_origin(annotation):
        return annotation if issubclass(annotation, BaseModel) else None
    if get_origin(annotation) in (list, Union, UnionType):
        return next(filter(None, map(_model_in, get_args(annotation))), None)
    return None
