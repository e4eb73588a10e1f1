"""One registration as the engine sees it: plain inputs, secrets named, dependencies as URNs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pulumi
from google.protobuf import struct_pb2
from google.protobuf.json_format import MessageToDict
from pulumi.runtime import rpc
from pulumi.runtime.proto import alias_pb2, resource_pb2

from rehearsal.errors import RehearsalError

Json = dict[str, Any]

COMPUTED = "[computed]"
SECRET = "[secret]"
# How the SDK marks a value on the wire as more than plain data.
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET_MARK = "1b47061264138c4ac30d75fd1eb44270"


@dataclass(frozen=True, kw_only=True)
class Goal:
    """What the program wants one resource to be. `secrets` are top-level keys of `inputs`.

    `wire` are the inputs as they were registered, where each secret is marked in its own place.
    """

    urn: str
    type: str
    name: str
    parent: str
    is_custom: bool
    provider: str
    inputs: Json
    secrets: frozenset[str]
    unknown: frozenset[str]
    dependencies: tuple[str, ...]
    retains_on_delete: bool
    ignores: tuple[str, ...] = ()  # paths of inputs that stay as they were built
    goes_within: str = ""  # how long its delete may take, like "15m"; "": as its provider likes
    wire: struct_pb2.Struct = field(default_factory=struct_pb2.Struct)

    @property
    def shown_inputs(self) -> Json:
        """The inputs fit for a screen or a file: no secret, nothing unknown posing as known.

        Hidden is the value itself and nothing beside it: a Deployment is more than its checksum.
        """
        return {key: _shown(value) for key, value in MessageToDict(self.wire).items()}


def goal_of(request: resource_pb2.RegisterResourceRequest, urn: str) -> Goal:
    """The goal behind a registration; raises `RehearsalError` for options this engine lacks."""
    _refuse_unsupported(request)
    raw = rpc.deserialize_properties(request.object, keep_unknowns=True)
    secrets = frozenset(key for key, value in raw.items() if rpc.is_rpc_secret(value))
    plain = {
        key: rpc.unwrap_rpc_secret(value) if key in secrets else value for key, value in raw.items()
    }
    unknown = frozenset(key for key, value in plain.items() if _has_unknown(value))
    own = {urn, request.parent}
    listed = [*request.dependencies]
    for deps in request.propertyDependencies.values():
        listed.extend(deps.urns)
    provider_urn = request.provider.rpartition("::")[0]
    listed.append(provider_urn)
    return Goal(
        urn=urn,
        type=request.type,
        name=request.name,
        parent=request.parent,
        is_custom=request.custom,
        provider=provider_urn,
        inputs={key: known(value) for key, value in plain.items()},
        secrets=secrets,
        unknown=unknown,
        dependencies=tuple(dict.fromkeys(dep for dep in listed if dep and dep not in own)),
        retains_on_delete=bool(request.retainOnDelete),
        ignores=tuple(request.ignoreChanges),
        goes_within=request.customTimeouts.delete,
        wire=request.object,
    )


def _shown(value: Any) -> Any:
    if value == rpc.UNKNOWN:
        return COMPUTED
    if isinstance(value, dict):
        if value.get(SIGNATURE) == SECRET_MARK:
            return SECRET
        return {key: _shown(inner) for key, inner in value.items()}
    return [_shown(inner) for inner in value] if isinstance(value, list) else known(value)


def as_built(goal: Goal, inputs: Json) -> Goal:
    """The goal with what it ignores as it was built."""
    wanted = goal.inputs
    for path in goal.ignores:
        wanted = _with_old(wanted, inputs, path.split("."))
    return replace(goal, inputs=wanted)


def _with_old(new: Json, old: Json, path: list[str]) -> Json:
    key, *rest = path
    if key not in new or key not in old:
        return new
    kept = _with_old(new[key], old[key], rest) if rest else old[key]
    return {**new, key: kept}


def _refuse_unsupported(request: resource_pb2.RegisterResourceRequest) -> None:
    used = [
        option for option in ("importId", "replaceOnChanges", "remote") if getattr(request, option)
    ]
    # A provider's library names the former types of its own: no state of this engine has them.
    if not all(_is_former_type(alias) for alias in request.aliases):
        used.append("aliases")
    if used:
        raise RehearsalError(
            f"{request.name}: the built-in engine does not know {', '.join(used)}; "
            "use --engine pulumi for this stack"
        )


def _is_former_type(alias: alias_pb2.Alias) -> bool:
    spec = alias.spec
    elsewhere = spec.name or spec.stack or spec.project or spec.parentUrn or spec.noParent
    return bool(spec.type) and not elsewhere


def _has_unknown(value: Any) -> bool:
    if isinstance(value, pulumi.output.Unknown):
        return True
    if isinstance(value, Mapping):
        return any(_has_unknown(inner) for inner in value.values())
    return isinstance(value, list) and any(_has_unknown(inner) for inner in value)


def known(value: Any) -> Any:
    """Plain data: unknowns by name, and whole numbers as such (the wire has only floats)."""
    if isinstance(value, pulumi.output.Unknown):
        return COMPUTED
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: known(inner) for key, inner in value.items()}
    return [known(inner) for inner in value] if isinstance(value, list) else value
