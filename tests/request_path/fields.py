"""Which fields of Istio's objects the stand-in for its gateway acts on. Pure.

A field, a value or a kind that is not here is an error: nothing passes because it was overlooked.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from upstream.model import Obj

MESH = "MeshConfig"
GROUP = ".istio.io"
# `*` is any name; where values follow, no other is acted on.
FIELDS: Mapping[str, Mapping[str, frozenset[str] | None]] = {
    "Gateway": {
        "selector.*": None,
        "servers[].hosts[]": None,
        "servers[].port.name": None,
        "servers[].port.number": None,
        "servers[].port.protocol": frozenset({"HTTP", "HTTPS"}),
        "servers[].tls.cipherSuites[]": None,
        "servers[].tls.credentialName": None,
        "servers[].tls.httpsRedirect": None,
        "servers[].tls.minProtocolVersion": frozenset({"TLSV1_2"}),
        "servers[].tls.mode": frozenset({"SIMPLE"}),
    },
    "VirtualService": {
        "gateways[]": None,
        "hosts[]": None,
        "http[].headers.request.add.*": None,
        "http[].match[].uri.exact": None,
        "http[].match[].uri.prefix": None,
        "http[].redirect.redirectCode": None,
        "http[].redirect.scheme": None,
        "http[].rewrite.uri": None,
        "http[].route[].destination.host": None,
        "http[].route[].destination.port.number": None,
        "http[].timeout": None,
    },
    "RequestAuthentication": {
        "selector.matchLabels.*": None,
        "jwtRules[].audiences[]": None,
        "jwtRules[].forwardOriginalToken": None,
        "jwtRules[].fromHeaders[].name": frozenset({"Authorization"}),
        "jwtRules[].fromHeaders[].prefix": frozenset({"Bearer "}),
        "jwtRules[].issuer": None,
        "jwtRules[].jwks": None,
        "jwtRules[].jwksUri": None,
        "jwtRules[].outputClaimToHeaders[].claim": None,
        "jwtRules[].outputClaimToHeaders[].header": None,
    },
    "AuthorizationPolicy": {
        "action": frozenset({"ALLOW", "CUSTOM", "DENY"}),
        "provider.name": None,
        "selector.matchLabels.*": None,
        **{
            f"rules[].from[].source.{name}[]": None
            for one in ("Principals", "RequestPrincipals", "Namespaces")
            for name in (f"not{one}", f"{one[0].lower()}{one[1:]}")
        },
        **{
            f"rules[].to[].operation.{name}[]": None
            for one in ("Paths", "Methods", "Hosts", "Ports")
            for name in (f"not{one}", one.lower())
        },
        "rules[].when[].key": None,
        "rules[].when[].notValues[]": None,
        "rules[].when[].values[]": None,
    },
    "EnvoyFilter": {
        "workloadSelector.labels.*": None,
        "configPatches[].applyTo": frozenset({"HTTP_FILTER"}),
        "configPatches[].match.context": frozenset({"GATEWAY"}),
        "configPatches[].match.listener.filterChain.filter.name": frozenset(
            {"envoy.filters.network.http_connection_manager"}
        ),
        "configPatches[].patch.operation": frozenset({"INSERT_FIRST"}),
        "configPatches[].patch.value.name": None,
        "configPatches[].patch.value.typed_config.@type": frozenset(
            {"type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation"}
        ),
        **{
            f"configPatches[].patch.value.typed_config.mutations.{name}": None
            for name in (
                "request_mutations[].remove",
                "response_mutations[].append.header.key",
                "response_mutations[].append.header.value",
            )
        },
        "configPatches[].patch.value.typed_config.mutations.response_mutations[]"
        ".append.append_action": frozenset({"OVERWRITE_IF_EXISTS_OR_ADD"}),
    },
    MESH: {
        "accessLogFile": None,
        "defaultConfig.discoveryAddress": None,
        "defaultConfig.proxyMetadata.*": None,
        "defaultConfig.tracing.*": None,
        "enablePrometheusMerge": None,
        "extensionProviders[].envoyExtAuthzHttp.headersToDownstreamOnDeny[]": None,
        "extensionProviders[].envoyExtAuthzHttp.headersToUpstreamOnAllow[]": None,
        "extensionProviders[].envoyExtAuthzHttp.includeRequestHeadersInCheck[]": None,
        "extensionProviders[].envoyExtAuthzHttp.port": None,
        "extensionProviders[].envoyExtAuthzHttp.service": None,
        "extensionProviders[].name": None,
        "rootNamespace": frozenset({"istio-system"}),
        "tcpKeepalive.*": None,
        "trustDomain": frozenset({"cluster.local"}),
    },
}
# Between proxies of the mesh, of which there are none here.
ELSEWHERE = ("DestinationRule", "PeerAuthentication", "Sidecar")


def refuse_unknown(objs: Iterable[Obj], mesh: Mapping[str, Any]) -> None:
    """Raises `NotImplementedError` that names every field of Istio's that is not acted on."""
    ours = (
        (obj.kind, str(obj.key), obj.body["spec"])
        for obj in objs
        if obj.key.group.endswith(GROUP) and obj.kind not in ELSEWHERE
    )
    found = [
        f"{name}: {field}"
        for kind, name, spec in (*ours, (MESH, MESH, mesh))
        for field in _unknown(kind, spec)
    ]
    if found:
        raise NotImplementedError("; ".join(found))


def _unknown(kind: str, spec: Mapping[str, Any]) -> Iterator[str]:
    if kind not in FIELDS:
        yield "the whole kind"
        return
    for path, value in _leaves(spec, ()):
        rows = [row for row in FIELDS[kind] if _is_at(row, path, is_whole=value not in ({}, []))]
        if not rows:
            yield _named(path)
        elif value and any(value not in said for row in rows if (said := FIELDS[kind][row])):
            yield f"{_named(path)} {value!r}"


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value that is no list and no object, or is an empty one, and where it is."""
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _leaves(inner, (*path, str(name)))
    elif isinstance(value, list) and value:
        for inner in value:
            yield from _leaves(inner, (*path[:-1], f"{path[-1]}[]"))
    else:
        yield path, value


def _is_at(row: str, path: tuple[str, ...], *, is_whole: bool) -> bool:
    """Whether a row is about a place, or, of what is empty there, about something inside."""
    wanted = tuple(row.split("."))
    if not is_whole:
        wanted = tuple(one.removesuffix("[]") for one in wanted[: len(path)])
        path = tuple(one.removesuffix("[]") for one in path)
    return len(wanted) == len(path) and all(
        one in ("*", other) for one, other in zip(wanted, path, strict=True)
    )


def _named(path: tuple[str, ...]) -> str:
    return ".".join(path)
