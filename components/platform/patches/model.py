"""One change to upstream's objects: which, what, why, on whose word. Pure.

A patch that finds nothing to change is an error: upstream moved, and a default would survive.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pulumi

from upstream.model import Obj

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
    "" is for all. `source` is where the fact behind `why` can be read.
    """

    name: str
    component: str
    selector: Selector
    why: str
    source: str
    change: Callable[[Json], Json]


@dataclass(frozen=True, kw_only=True)
class Removal:
    """Objects of a component, where it is installed, that the settings have no use for."""

    component: str
    selector: Selector
    why: str


def without(objs: Iterable[Obj], removals: Iterable[Removal]) -> tuple[Obj, ...]:
    """The objects that stay; raises `PatchMissedError` for removals without effect."""
    left = tuple(objs)
    installed = {obj.component for obj in left}
    for one in removals:
        if one.component not in installed:
            continue
        stay = tuple(
            obj for obj in left if obj.component != one.component or not one.selector.matches(obj)
        )
        if len(stay) == len(left):
            raise PatchMissedError(f"nothing to remove ({one.why}): found no {one.selector}")
        left = stay
    return left


def apply_patches(objs: Iterable[Obj], patches: Iterable[Patch]) -> tuple[Obj, ...]:
    """The objects with every patch applied; raises `PatchMissedError` for those without effect."""
    result = list(objs)
    installed = {obj.component for obj in result} | {""}
    missed = []
    for patch in patches:
        if patch.component not in installed:
            continue
        hits = [
            place
            for place, obj in enumerate(result)
            if patch.component in ("", obj.component) and patch.selector.matches(obj)
        ]
        if not hits:
            missed.append(f"  patch '{patch.name}' ({patch.why}) found no {patch.selector}")
        for place in hits:
            obj = result[place]
            result[place] = replace(obj, body=patch.change(dict(obj.body)))
    if missed:
        raise PatchMissedError("patches without effect\n" + "\n".join(missed))
    return tuple(result)


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
