"""Istio's RequestAuthentications: whose token holds at a workload, and what it tells. Pure.

Source: istio.io/docs/reference/config/security/request_authentication.
"""

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import ClaimsOption

from tests.request_path.authorization import Request, Workload, is_about
from upstream.model import Obj

Fetch = Callable[[str], bytes]


class BadTokenError(Exception):
    """A token that nobody known here has signed, or that is for others, or over."""


def identified(objs: Iterable[Obj], fetch: Fetch, at: Workload, request: Request) -> Request:
    """The request with what its token says; as it is where there is no token or nobody asks.

    `fetch` gets the keys of issuers. Raises `BadTokenError`.
    """
    rules = [rule for one in objs if is_about(one, at) for rule in one.body["spec"]["jwtRules"]]
    token = _bearer(request)
    if not rules or not token:
        return request
    try:
        claimed = json.loads(_decoded(token.split(".")[1]))["iss"]
        (rule,) = (rule for rule in rules if rule["issuer"] == claimed)
        claims = _claims(rule, token, fetch)
    except (JoseError, ValueError, KeyError, IndexError) as error:
        raise BadTokenError(str(error)) from error
    told = {
        one["header"].lower(): str(claims[one["claim"]])
        for one in rule.get("outputClaimToHeaders") or ()
        if isinstance(claims.get(one["claim"]), str | int | bool)
    }
    headers = {**request.headers, **told}
    if not rule.get("forwardOriginalToken"):
        del headers["authorization"]
    return replace(
        request,
        headers=headers,
        request_principal=f"{claims['iss']}/{claims['sub']}",
        claims={name: _texts(value) for name, value in claims.items()},
    )


def _claims(rule: Mapping[str, Any], token: str, fetch: Fetch) -> Mapping[str, Any]:
    said = rule["jwks"] if "jwks" in rule else fetch(rule["jwksUri"])
    claims = jwt.decode(token, KeySet.import_key_set(json.loads(said)), algorithms=["RS256"]).claims
    audience: ClaimsOption = (
        {"essential": True, "values": rule["audiences"]} if "audiences" in rule else {}
    )
    jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": rule["issuer"]}, exp={"essential": True}, aud=audience
    ).validate(claims)
    return claims


def _texts(value: Any) -> tuple[str, ...]:
    """What a policy may compare: a text, or each of a list."""
    if isinstance(value, list):
        return tuple(one for one in value if isinstance(one, str))
    return (value,) if isinstance(value, str) else ()


def _bearer(request: Request) -> str:
    """Every rule reads the same header, with the same prefix."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token if kind == "Bearer" else ""


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
