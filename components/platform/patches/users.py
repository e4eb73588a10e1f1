"""The stack owner's own changes to upstream's objects, applied after all of ours. Pure.

A strategic merge knows the lists that Kubernetes merges by a key, for its own kinds; elsewhere, as
on a cluster, lists are replaced. A JSON patch (RFC 6902) has `add`, `remove`, `replace` and `test`.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pulumi

from components.platform.patches.model import Json, Patch, Selector
from components.platform.patches.shapes import misfits
from plan.model import JsonOperation, UserPatch
from upstream.kinds import BUILT_IN

# Lists that are merged, and the first field that every item of the patch has tells items apart.
MERGED_BY: Mapping[str, tuple[str, ...]] = {
    "containers": ("name",),
    "env": ("name",),
    "hostAliases": ("ip",),
    "imagePullSecrets": ("name",),
    "initContainers": ("name",),
    "ports": ("containerPort", "port"),
    "secrets": ("name",),
    "topologySpreadConstraints": ("topologyKey",),
    "volumeDevices": ("devicePath",),
    "volumeMounts": ("mountPath",),
    "volumes": ("name",),
    "webhooks": ("name",),
}
DIRECTIVE = "$patch"
CONTENTS = frozenset({"data", "stringData", DIRECTIVE})  # of a Secret; the last says all of it


class UserPatchError(pulumi.RunError):
    """A patch of the settings does not fit the object it found."""


def user_patches(wanted: Iterable[UserPatch]) -> tuple[Patch, ...]:
    """One entry each, named by its place in the settings.

    Raises `UserPatchError` for those that would change what a Secret holds.
    """
    wanted = tuple(wanted)
    if lines := [_secret_in_clear(patch) for patch in wanted if _says_a_secret(patch)]:
        raise UserPatchError("\n".join(lines))
    return tuple(
        Patch(
            name=patch.path,
            component="",
            selector=Selector(kind=patch.kind, namespace=patch.namespace, name=patch.name),
            why=patch.why,
            source="the settings",
            change=_change(patch),
        )
        for patch in wanted
    )


def _says_a_secret(patch: UserPatch) -> bool:
    fields = {operation.path.split("/")[1] for operation in patch.json_patch}
    said = fields | set(patch.strategic_merge or ())
    return patch.kind == "Secret" and not said.isdisjoint(CONTENTS)


def _secret_in_clear(patch: UserPatch) -> str:
    return (
        f"{patch.path}: no patch changes what a Secret holds: it would stand in clear in the "
        "stack's file, in place of what the stack generates or reads encrypted; make a Secret of "
        "your own beside the stack, and patch what reads this one (secretKeyRef, secretName) to "
        "read yours"
    )


def _change(patch: UserPatch) -> Callable[[Json], Json]:
    def change(body: Json) -> Json:
        what = f"{body['kind']} {body['metadata']['name']}"
        if patch.strategic_merge is not None:
            try:
                changed = _merged_object(body, patch.strategic_merge)
            except LookupError as error:
                raise UserPatchError(
                    f"{patch.path}.strategicMerge: {what}: {error.args[0]}"
                ) from error
        else:
            changed = body
            for number, operation in enumerate(patch.json_patch):
                try:
                    changed = _operated(changed, operation)
                except LookupError as error:
                    raise UserPatchError(
                        f"{patch.path}.jsonPatch[{number}]: {what}: "
                        f"{operation.op} {operation.path}: {error.args[0]}"
                    ) from error
        if _identity(changed) != _identity(body):
            raise UserPatchError(
                f"{patch.path}: {what} would become another object; a patch keeps apiVersion, "
                "kind, namespace and name"
            )
        # What was there already is ours: a value that is known only later looks like no text.
        before = set(misfits(body))
        if new := [one for one in misfits(changed) if one not in before]:
            raise UserPatchError("\n".join(f"{patch.path}: {what}: {one}" for one in new))
        return changed

    return change


def _identity(body: Any) -> tuple[str, ...]:
    meta = body.get("metadata") or {}
    return (
        str(body.get("apiVersion")),
        str(body.get("kind")),
        str(meta.get("namespace", "")),
        str(meta.get("name")),
    )


def _merged_object(body: Json, patch: Mapping[str, Any]) -> Json:
    group = str(body["apiVersion"]).rpartition("/")[0]
    return _merged(body, patch, by_key=(group, body["kind"]) in BUILT_IN)


def _merged(value: Mapping[str, Any], patch: Mapping[str, Any], *, by_key: bool) -> Json:
    """A copy of a mapping with a patch in it; null takes a field away."""
    if DIRECTIVE in patch and patch[DIRECTIVE] != "replace":
        raise LookupError(f"{DIRECTIVE}: {patch[DIRECTIVE]} is not known here; use null to remove")
    if DIRECTIVE in patch:
        return {key: new for key, new in patch.items() if key != DIRECTIVE}
    result = dict(value)
    for key, new in patch.items():
        old = result.get(key)
        if new is None:
            result.pop(key, None)
        elif isinstance(new, Mapping):
            result[key] = _merged(old if isinstance(old, Mapping) else {}, new, by_key=by_key)
        elif isinstance(new, list) and isinstance(old, list) and by_key and key in MERGED_BY:
            result[key] = _merged_list(key, old, new)
        else:
            result[key] = new
    return result


def _merged_list(where: str, old: list[Any], new: list[Any]) -> list[Any]:
    """Items of the same key merged where they stand, others added at the end."""
    fields = MERGED_BY[where]
    key = next((field for field in fields if all(_has(item, field) for item in new)), None)
    if key is None:
        which = " or ".join(fields)
        raise LookupError(f"{where}: each entry needs {which}, which says which one is meant")
    result = list(old)
    for item in new:
        place = next(
            (n for n, o in enumerate(result) if _has(o, key) and o[key] == item[key]), None
        )
        if item.get(DIRECTIVE) == "delete":
            result = [other for n, other in enumerate(result) if n != place]
        elif place is None:
            result.append(_merged({}, item, by_key=True))
        else:
            result[place] = _merged(result[place], item, by_key=True)
    return result


def _has(item: Any, field: str) -> bool:
    return isinstance(item, Mapping) and field in item


def _operated(body: Json, operation: JsonOperation) -> Json:
    keys = [key.replace("~1", "/").replace("~0", "~") for key in operation.path.split("/")[1:]]
    return dict(_at(body, keys, operation))


def _at(value: Any, keys: list[str], operation: JsonOperation) -> Any:
    """A copy of `value` with the operation done at `keys`; LookupError where it cannot be."""
    key, *rest = keys
    copy: Any
    place: Any
    if isinstance(value, list):
        copy, place = list(value), _position(value, key, operation, is_last=not rest)
        is_there = place < len(copy)
    elif isinstance(value, Mapping):
        copy, place = dict(value), key
        is_there = key in copy
    else:
        raise LookupError(f"{key!r} would be below a value that is neither a list nor a block")
    if not is_there and (rest or operation.op != "add"):
        raise LookupError(f"{key!r} is not there")
    if rest:
        copy[place] = _at(copy[place], rest, operation)
    elif operation.op == "remove":
        del copy[place]
    elif operation.op == "test":
        if copy[place] != operation.value:
            raise LookupError(f"it is {copy[place]!r}")
    elif operation.op == "add" and isinstance(copy, list):
        copy.insert(place, operation.value)
    else:
        copy[place] = operation.value
    return copy


def _position(items: list[Any], key: str, operation: JsonOperation, *, is_last: bool) -> int:
    if key == "-" and is_last and operation.op == "add":
        return len(items)
    if not key.isdigit() or int(key) > len(items):
        raise LookupError(f"{key!r} is no position in a list of {len(items)}")
    return int(key)
