"""What of an object is not as Kubernetes describes its kind, by the models of its client. Pure.

Only Kubernetes' own kinds are known; of any other nothing is said.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from plan.quantities import is_quantity
from upstream.kinds import BUILT_IN

LIST, MAPPING = re.compile(r"List\[(.+)\]"), re.compile(r"Dict\[str, (.+)\]")
OF_QUANTITIES = frozenset({"V1ResourceRequirements", "V1VolumeResourceRequirements"})
QUANTITY = "quantity"
# A date is a text in YAML's JSON; `object` is one of two, like a port by name or by number.
PLAIN: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "bytes": (lambda value: isinstance(value, str), "a text in base64"),
    "bool": (lambda value: isinstance(value, bool), "true or false, without quotes"),
    "datetime": (lambda value: isinstance(value, str), "a text"),
    "float": (lambda value: _is_number(value, int | float), "a number, without quotes"),
    "int": (lambda value: _is_number(value, int), "a whole number, without quotes"),
    "object": (lambda _: True, ""),
    QUANTITY: (is_quantity, "a quantity like 500m or 2Gi"),
    "str": (lambda value: isinstance(value, str), "a text: quote it"),
}


def misfits(body: Mapping[str, Any]) -> Iterator[str]:
    """`path: what is wrong` for each field that its kind has not, or that has another type.

    So too for each label by which a workload looks for pods, and that its own pods have not.
    """
    group, _, version = str(body["apiVersion"]).rpartition("/")
    if (group, body["kind"]) in BUILT_IN:
        yield from _misfits("", body, f"{version.capitalize()}{body['kind']}")
        yield from _strangers(body)


def _strangers(body: Mapping[str, Any]) -> Iterator[str]:
    """The API server refuses such a workload."""
    if not _block(body, "spec", "template"):
        return
    labels = _block(body, "spec", "template", "metadata", "labels")
    for key, wanted in _block(body, "spec", "selector", "matchLabels").items():
        if labels.get(key) != wanted:
            has = f"have {labels[key]!r}" if key in labels else "have no such label"
            yield (
                f"spec.selector.matchLabels.{key}: {wanted!r} is not allowed; the pods {has}; let "
                f"spec.template.metadata.labels.{key} be the same"
            )


def _block(body: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    """What stands there, empty where nothing does, or what is no block: that is told already."""
    found: Any = body
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _misfits(path: str, value: Any, kind: str) -> Iterator[str]:
    if value is None:
        return
    if items := LIST.fullmatch(kind):
        yield from _of_list(path, value, items[1])
    elif values := MAPPING.fullmatch(kind):
        yield from _of_block(path, value, lambda _: values[1])
    elif kind in PLAIN:
        is_one, words = PLAIN[kind]
        if not is_one(value):
            yield f"{path}: {value!r} is not allowed; it has to be {words}"
    else:
        yield from _of_model(path, value, kind)


def _of_list(path: str, value: Any, kind: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{path}: it has to be a list, each entry after a hyphen"
        return
    for number, item in enumerate(value):
        yield from _misfits(f"{path}[{number}]", item, kind)


def _of_model(path: str, value: Any, kind: str) -> Iterator[str]:
    fields = _fields(kind)
    unknown = sorted(value.keys() - fields.keys()) if isinstance(value, Mapping) else []
    for key in unknown:
        close = get_close_matches(key, fields, n=1)
        hint = f"did you mean {close[0]}?" if close else f"it has {', '.join(sorted(fields))}"
        yield f"{_below(path, key)}: there is no such field; {hint}"
    yield from _of_block(path, value, lambda key: fields.get(key, "object"))


def _of_block(path: str, value: Any, kind_of: Callable[[str], str]) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{path}: {value!r} is not allowed; it has to be a block of keys and values"
        return
    for key, inner in value.items():
        yield from _misfits(_below(path, key), inner, kind_of(key))


def _fields(kind: str) -> Mapping[str, str]:
    """The type of each field of a model, by its name in YAML."""
    from kubernetes.client import models  # noqa: PLC0415  0.4 s, only for who has patches

    model = getattr(models, kind)
    types: Mapping[str, str] = {
        name: model.openapi_types[key] for key, name in model.attribute_map.items()
    }
    if kind not in OF_QUANTITIES:
        return types
    return {key: said.replace("str]", f"{QUANTITY}]") for key, said in types.items()}


def _below(path: str, key: str) -> str:
    return f"{path}.{key}".removeprefix(".")


def _is_number(value: Any, kind: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)
