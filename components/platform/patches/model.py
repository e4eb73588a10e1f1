"""One change to upstream's objects: which, what, why, on whose word. Pure.

An entry that finds nothing, or changes nothing, is an error: upstream moved, and a default would
survive.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

import pulumi

from upstream.changes import Change, applied, is_change
from upstream.crds import CRD_KIND
from upstream.model import Obj
from upstream.render import as_object

Json = dict[str, Any]


class PatchMissedError(pulumi.RunError):
    """Patches matched no rendered object."""


@dataclass(frozen=True, kw_only=True)
class Selector:
    """Objects by kind, namespace and name, the last two as regular expressions of the whole."""

    kind: str
    namespace: str
    name: str

    def matches(self, obj: Obj) -> bool:
        """Whether the object is meant."""
        return (
            obj.kind == self.kind
            and re.fullmatch(self.namespace, obj.namespace) is not None
            and re.fullmatch(self.name, obj.name) is not None
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


@dataclass(frozen=True, kw_only=True)
class Patch:
    """One entry: `change` gives a changed copy of a body and leaves the one it gets alone.

    `component` is whose objects it is about: where that is not installed, the patch is not either;
    "" is for all. `source` is where the fact behind `why` can be read. What it makes so may be so
    already where it says `may_hold_already`: bounds, and wishes that upstream may come to meet.
    """

    name: str
    component: str
    selector: Selector
    why: str
    source: str
    change: Callable[[Json], Json]
    may_hold_already: bool = False


@dataclass(frozen=True, kw_only=True)
class Addition:
    """One entry: the object that `make` gives for each one selected; the rest is as in `Patch`."""

    name: str
    component: str
    selector: Selector
    why: str
    source: str
    make: Callable[[Json], Json]


@dataclass(frozen=True, kw_only=True)
class Removal:
    """One entry: what is selected goes, since the settings have no use for it."""

    name: str
    component: str
    selector: Selector
    why: str
    source: str


Entry = Patch | Addition | Removal


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What one entry did, object by object."""

    entry: Entry
    changes: tuple[Change, ...]


def apply_patches(objs: Iterable[Obj], entries: Iterable[Entry]) -> tuple[Obj, ...]:
    """The objects with every entry applied; raises `PatchMissedError` for those without effect."""
    return traced(objs, entries)[0]


def traced(
    objs: Iterable[Obj], entries: Iterable[Entry]
) -> tuple[tuple[Obj, ...], tuple[Effect, ...]]:
    """The same, and what each entry did; what an addition made, later entries may change."""
    result = tuple(objs)
    installed = {obj.component for obj in result} | {""}
    missed, effects = [], []
    for entry in entries:
        if entry.component not in installed:
            continue
        changes = tuple(_changed(obj, entry) for obj in result if _is_meant(obj, entry))
        if not changes:
            hint = _nearest(entry.selector, result)
            missed.append(f"  patch '{entry.name}' ({entry.why}) found no {entry.selector}; {hint}")
        elif _is_idle(entry, changes):
            missed.append(f"  patch '{entry.name}' ({entry.why}) changes nothing: it is so without")
        effects.append(Effect(entry=entry, changes=changes))
        result = applied(result, changes)
    if missed:
        raise PatchMissedError("patches without effect\n" + "\n".join(missed))
    return result, tuple(effects)


def _nearest(selector: Selector, objs: Iterable[Obj]) -> str:
    """What may have been meant: another name or namespace, or a component that is left out."""
    if selector.kind == CRD_KIND:
        return "CRDs stand apart from all other objects, and no patch changes them: remove it"
    places = {obj.name: f"{obj.namespace}/{obj.name}" for obj in objs if obj.kind == selector.kind}
    close = get_close_matches(selector.name, places, n=3)
    if close:
        return f"did you mean {' or '.join(places[one] for one in close)}?"
    return "nothing like it is in the components of this stack"


def _is_idle(entry: Entry, changes: Iterable[Change]) -> bool:
    may_be = isinstance(entry, Patch) and entry.may_hold_already
    return not may_be and not any(map(is_change, changes))


def _is_meant(obj: Obj, entry: Entry) -> bool:
    return entry.component in ("", obj.component) and entry.selector.matches(obj)


def _changed(obj: Obj, entry: Entry) -> Change:
    match entry:
        case Addition():
            return Change(before=None, after=as_object(entry.make(dict(obj.body)), obj.component))
        case Removal():
            return Change(before=obj, after=None)
        case Patch():
            return Change(before=obj, after=replace(obj, body=entry.change(dict(obj.body))))


def with_spec(body: Json, **fields: Any) -> Json:
    """A copy of an object with fields of its spec replaced."""
    return {**body, "spec": {**body["spec"], **fields}}


def with_containers(body: Json, change: Callable[[Json], Json]) -> Json:
    """A copy of a workload with every container, init containers too, passed through `change`."""
    template = body["spec"]["template"]
    pod = dict(template["spec"])
    for group in ("initContainers", "containers"):
        if group in pod:
            pod[group] = [change(dict(container)) for container in pod[group]]
    return with_spec(body, template={**template, "spec": pod})


def with_data(data: Mapping[str, Any], body: Json) -> Json:
    """A copy of a ConfigMap with keys of its data replaced."""
    return {**body, "data": {**body["data"], **data}}


def with_env(variables: Mapping[str, Any], body: Json) -> Json:
    """A copy of a workload of one container with variables set; None takes one away.

    A value is a text, or a block that says where it comes from.
    """
    (container,) = body["spec"]["template"]["spec"]["containers"]
    kept = [one for one in container["env"] if one["name"] not in variables]
    new = [
        {"name": name, "valueFrom" if isinstance(value, dict) else "value": value}
        for name, value in variables.items()
        if value is not None
    ]
    return with_containers(body, lambda one: {**one, "env": [*kept, *new]})
