"""Istio's AuthorizationPolicies, judged as its documentation says. Pure.

Which fields there may be is said in fields.py.
Source: istio.io/docs/reference/config/security/authorization-policy and conditions.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from upstream.model import Obj

ROOT_NAMESPACE = "istio-system"
HEADER = "request.headers["
CLAIM = "request.auth.claims["


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a policy can see. `headers` have small names; absent identities are empty."""

    method: str
    host: str
    path: str
    headers: Mapping[str, str]
    port: int = 0  # of the pod; 0 where no policy asks for it
    principal: str = ""
    request_principal: str = ""
    claims: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # of a token that holds


@dataclass(frozen=True, kw_only=True)
class Workload:
    """Where a request arrives."""

    namespace: str
    labels: Mapping[str, str]


def asked_providers(policies: Iterable[Obj], at: Workload, request: Request) -> list[str]:
    """The external authorizers that have to agree to the request."""
    return [
        one.body["spec"]["provider"]["name"]
        for one in _applying(policies, at, "CUSTOM")
        if _matches_any(one, request)
    ]


def is_allowed(policies: Iterable[Obj], at: Workload, request: Request) -> bool:
    """No policy denies it, and where any allows something, one allows it."""
    noted = tuple(policies)
    if any(_matches_any(one, request) for one in _applying(noted, at, "DENY")):
        return False
    allowing = _applying(noted, at, "ALLOW")
    return not allowing or any(_matches_any(one, request) for one in allowing)


def is_about(obj: Obj, at: Workload) -> bool:
    """Whether an object with a selector, or none, is about a workload."""
    wanted: Mapping[str, str] = (obj.body["spec"].get("selector") or {}).get("matchLabels") or {}
    return obj.namespace in (ROOT_NAMESPACE, at.namespace) and wanted.items() <= at.labels.items()


def _applying(policies: Iterable[Obj], at: Workload, action: str) -> list[Obj]:
    return [
        one
        for one in policies
        if (one.body["spec"].get("action") or "ALLOW") == action and is_about(one, at)
    ]


def _matches_any(policy: Obj, request: Request) -> bool:
    return any(_matches(rule, request) for rule in policy.body["spec"].get("rules") or ())


def _matches(rule: Mapping[str, Any], request: Request) -> bool:
    sources = [one["source"] for one in rule.get("from") or ()]
    operations = [one["operation"] for one in rule.get("to") or ()]
    return (
        (not sources or any(_fields(one, _source(request)) for one in sources))
        and (not operations or any(_fields(one, _operation(request)) for one in operations))
        and all(_condition(one, request) for one in rule.get("when") or ())
    )


def _source(request: Request) -> dict[str, str]:
    namespace = request.principal.partition("/ns/")[2].partition("/")[0]
    return {
        "principals": request.principal,
        "requestPrincipals": request.request_principal,
        "namespaces": namespace,
    }


def _operation(request: Request) -> dict[str, str]:
    return {
        "paths": request.path,
        "methods": request.method,
        "hosts": request.host,
        "ports": str(request.port),
    }


def _fields(said: Mapping[str, Sequence[str]], values: Mapping[str, str]) -> bool:
    negated = {f"not{name[0].upper()}{name[1:]}": name for name in values}
    return all(_is_in(values[name], said[name]) for name in values if name in said) and not any(
        _is_in(values[name], said[key]) for key, name in negated.items() if key in said
    )


def _condition(said: Mapping[str, Any], request: Request) -> bool:
    found = _values(said["key"], request)
    is_wanted = "values" not in said or any(_is_in(one, said["values"]) for one in found)
    return is_wanted and not (
        "notValues" in said and any(_is_in(one, said["notValues"]) for one in found)
    )


def _values(key: str, request: Request) -> tuple[str, ...]:
    """What a condition looks at; a claim may have several values, and none is no value."""
    if key.startswith(HEADER):
        return (request.headers.get(_inner(key, HEADER).lower(), ""),)
    if key.startswith(CLAIM):
        return request.claims.get(_inner(key, CLAIM), ())
    known = {
        "source.principal": request.principal,
        "source.namespace": _source(request)["namespaces"],
        "request.auth.principal": request.request_principal,
    }
    if key not in known:
        raise NotImplementedError(f"the condition {key}")
    return (known[key],)


def _inner(key: str, start: str) -> str:
    name = key.removeprefix(start).removesuffix("]")
    if "[" in name:
        raise NotImplementedError(f"the condition {key}")
    return name


def _is_in(value: str, patterns: Sequence[str]) -> bool:
    return any(_fits(value, pattern) for pattern in patterns)


def _fits(value: str, pattern: str) -> bool:
    """Exact, a prefix*, a *suffix; and * alone is anything that is there."""
    if pattern == "*":
        return bool(value)
    if pattern.endswith("*"):
        return value.startswith(pattern[:-1])
    return value.endswith(pattern[1:]) if pattern.startswith("*") else value == pattern
