"""Every mistake of a settings file, one line each: path, value, what is allowed, how to fix it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError
from pydantic_core import ErrorDetails

from settings.placeholders import placeholders
from settings.teams import twins

Kinds = dict[str, type[BaseModel] | None]  # the sections that may stand in one place, by kind

KEY = "[key]"  # where pydantic says that the key itself is wrong, and no file does
# What people write beside `clientId`, where it would stand in clear, and where it belongs.
SECRETS: Mapping[str, str] = {"bindPw": "loginClientSecret", "clientSecret": "loginClientSecret"}
BLOCK = "it has to be a block of keys and values"
# Pydantic's words name types of Python, and no way out.
WORDS: Mapping[str, str] = {
    "bool_type": "it has to be true or false, without quotes",
    "dict_type": BLOCK,
    "float_type": "it has to be a number, without quotes",
    "greater_than": "it has to be more than {gt:g}",
    "greater_than_equal": "it has to be at least {ge:g}",
    "int_from_float": "it has to be a whole number",
    "int_type": "it has to be a whole number, without quotes",
    "less_than_equal": "it has to be at most {le:g}",
    "list_type": "it has to be a list, each entry after a hyphen",
    "model_attributes_type": BLOCK,
    "model_type": BLOCK,
    "string_too_long": "it has to have at most {max_length} characters",
    "string_too_short": "it has to have {min_length} or more characters",
    "string_type": "it has to be a text",
    "too_short": "it needs at least {min_length}, and has {actual_length}; add to it",
}


class SettingsError(Exception):
    """The settings are not valid; the message lists every mistake, sorted by path."""


def explain(
    error: ValidationError, model: type[BaseModel], stack: str, said: object
) -> SettingsError:
    """All mistakes of `error` in `said`, the settings of `stack`."""
    # A default that hangs on a mistaken section is no mistake of its own.
    details = [one for one in error.errors() if one["type"] != "default_factory_not_called"]
    lines = (_line(detail, model, said) for detail in details)
    return mistakes(stack, (*lines, *twins(said)), said)


def mistakes(stack: str, lines: Iterable[str], said: object) -> SettingsError:
    """These mistakes, and the placeholders among what they are not about."""
    known = list(lines)
    paths = {line.partition(": ")[0] for line in known}
    left = [
        f"{path}: {text!r} is a placeholder; say what is yours"
        for path, text in placeholders(stack, said)
        if path not in paths
    ]
    found = sorted((*known, *left))
    count = "1 mistake" if len(found) == 1 else f"{len(found)} mistakes"
    listed = "\n".join(f"  {line}" for line in found)
    return SettingsError(f"stack {stack}: the settings have {count}\n{listed}")


def _line(detail: ErrorDetails, model: type[BaseModel], said: object) -> str:
    loc, at, others = _place(detail["loc"], model)
    path = _path(loc)
    if detail["type"].startswith("union_tag"):
        return _kind_mistake(detail, f"{path}.provider")
    if detail["type"] == "extra_forbidden":
        return f"{path}: unknown setting; {_suggestion(str(loc[-1]), at, others)}"
    if detail["type"] == "missing" or _is_default(loc, said):
        return f"{path}: is missing; add it"
    if detail["input"] is None:
        return f"{path}: has no value; give it one, or leave the key out where it has a default"
    message = _plain(detail)
    is_choice = "expected" in detail.get("ctx", {})
    if is_choice or isinstance(detail["input"], str | int | float | bool):
        return f"{path}: {detail['input']!r} is not allowed; {message}"
    return f"{path}: {message}"


def _is_default(loc: Sequence[int | str], said: object) -> bool:
    """Whether a whole key is at fault that nobody said: its default does not do here."""
    return len(loc) == 1 and isinstance(said, Mapping) and loc[0] not in said


def _kind_mistake(detail: ErrorDetails, path: str) -> str:
    if detail["type"] == "union_tag_not_found":
        return f"{path}: is missing; add it"
    said, allowed = detail["ctx"]["tag"], detail["ctx"]["expected_tags"]
    return f"{path}: {said!r} is not allowed; use {allowed.replace(', ', ' or ')}"


def _path(loc: Sequence[int | str]) -> str:
    """A place in the settings as programs write it: `pools[0].nodes` is of the first pool."""
    said = (part for part in loc if part != KEY)
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in said)
    return "".join(parts).removeprefix(".") or "settings"


def _plain(detail: ErrorDetails) -> str:
    """What is allowed, without Python's words for it."""
    said = detail["input"]
    if expected := detail.get("ctx", {}).get("expected"):
        return _one_of(expected, said)
    if isinstance(said, int | float) and detail["type"] == "string_type":
        return _quote_it(said)
    if words := WORDS.get(detail["type"]):
        return words.format_map(detail.get("ctx", {}))
    return detail["msg"].removeprefix("Value error, ")


def _quote_it(said: float) -> str:
    kind = "true or false" if isinstance(said, bool) else "a number"
    return f"quote it: YAML takes it for {kind}"


def _one_of(expected: str, said: Any) -> str:
    """The words that are allowed, and the one that was probably meant."""
    words = re.findall(r"'([^']*)'", expected)
    if not isinstance(said, str) and str(said) in words:
        return _quote_it(said)
    close = get_close_matches(said, words, n=1) if isinstance(said, str) else []
    hint = f"; did you mean {f'[{said}]' if said in close else close[0]}?" if close else ""
    return f"use {expected}{hint}"


def _suggestion(key: str, at: type[BaseModel] | None, others: Kinds) -> str:
    keys = _keys(at)
    if key in SECRETS:
        return f"it is a secret: pulumi config set --secret kubeflow:{SECRETS[key]}"
    theirs = [kind for kind, other in others.items() if key in _keys(other)]
    if theirs:
        return f"only {' and '.join(theirs)} has it; remove it, or use one of {', '.join(keys)}"
    close = get_close_matches(key, keys, n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"remove it, or use one of {', '.join(keys)}" if keys else "remove it"


def _keys(model: type[BaseModel] | None) -> list[str]:
    return sorted(str(field.alias) for field in model.model_fields.values()) if model else []


def _place(
    loc: Sequence[int | str], model: type[BaseModel]
) -> tuple[tuple[int | str, ...], type[BaseModel] | None, Kinds]:
    """Where it stands in the file, the section around it, and what might stand there instead.

    Where several kinds may stand pydantic names the kind in the path; no file does.
    """
    path: list[int | str] = []
    around: type[BaseModel] | None = model
    kinds: Kinds = {}
    others: Kinds = {}
    for number, part in enumerate(loc):
        if part in kinds:
            around, others = kinds[str(part)], kinds
            kinds = {}
            continue
        path.append(part)
        if isinstance(part, int) or around is None or number == len(loc) - 1:
            continue
        field = next((f for f in around.model_fields.values() if f.alias == part), None)
        found = list(_models_in(field.annotation)) if field else []
        kinds = dict.fromkeys(_tags(field.annotation)) if field else {}
        if len(found) > 1:
            kinds = {kind: one for one in found for kind in _kinds(one)}
        around, others = found[0] if len(found) == 1 else None, {}
    return tuple(path), around, others


def _kinds(model: type[BaseModel]) -> Sequence[str]:
    """The words that choose this section among others, e.g. its provider."""
    return [
        word
        for field in model.model_fields.values()
        if get_origin(field.annotation) is Literal and field.is_required()
        for word in get_args(field.annotation)
    ]


def _tags(annotation: Any) -> Iterator[str]:
    """The names of the forms that a value without a section may have, e.g. a word or a list."""
    for form in get_args(annotation):
        yield from (part.tag for part in get_args(form) if isinstance(part, Tag))


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The settings models inside an annotation such as `list[PoolSettings]` or `X | Y`."""
    if isinstance(annotation, type) and not get_origin(annotation):
        if issubclass(annotation, BaseModel):
            yield annotation
    elif get_origin(annotation) in (list, Union, UnionType, Annotated):
        for part in get_args(annotation):
            yield from _models_in(part)
