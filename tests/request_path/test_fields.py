"""That nothing of Istio's is overlooked by the stand-in for its gateway."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.request_path.authorization import Request, Workload, is_allowed
from tests.request_path.fields import refuse_unknown
from tests.request_path.gateway import Asked, Inside
from tests.request_path.rendered import Platform
from tests.request_path.servers import silent
from upstream.model import Obj

AT = Workload(namespace="vision", labels={})


def istios(kind: str, spec: dict[str, Any], group: str = "networking") -> Obj:
    api_version, metadata = f"{group}.istio.io/v1", {"name": "x", "namespace": "vision"}
    body = {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}
    return Obj(
        api_version=api_version, kind=kind, namespace="vision", name="x", body=body, component="x"
    )


def policy(*rules: dict[str, Any], **more: Any) -> Obj:
    return istios("AuthorizationPolicy", {**more, "rules": [*rules]}, "security")


@pytest.mark.parametrize(
    ("kind", "spec", "said"),
    [
        ("Gateway", {"servers": [{"bind": "::"}]}, "servers[].bind"),
        ("Gateway", {"servers": [{"tls": {"mode": "MUTUAL"}}]}, "servers[].tls.mode 'MUTUAL'"),
        ("VirtualService", {"http": [{"mirror": {}}]}, "http[].mirror"),
        (
            "VirtualService",
            {"http": [{"match": [{"uri": {"regex": ".*"}}]}]},
            "http[].match[].uri.regex",
        ),
        ("VirtualService", {"http": [{"route": [{"weight": 1}]}]}, "http[].route[].weight"),
        ("RequestAuthentication", {"targetRefs": [{"kind": "Gateway"}]}, "targetRefs[].kind"),
        (
            "RequestAuthentication",
            {"jwtRules": [{"fromCookies": ["a"]}]},
            "jwtRules[].fromCookies[]",
        ),
        ("AuthorizationPolicy", {"action": "AUDIT"}, "action 'AUDIT'"),
        (
            "AuthorizationPolicy",
            {"rules": [{"from": [{"source": {"ipBlocks": ["::/0"]}}]}]},
            "rules[].from[].source.ipBlocks[]",
        ),
        (
            "EnvoyFilter",
            {"configPatches": [{"applyTo": "CLUSTER"}]},
            "configPatches[].applyTo 'CLUSTER'",
        ),
        ("ServiceEntry", {"hosts": ["a"]}, "the whole kind"),
    ],
)
def test_a_field_that_is_not_acted_on_is_an_error(
    kind: str, spec: dict[str, Any], said: str
) -> None:
    with pytest.raises(NotImplementedError) as caught:
        refuse_unknown([istios(kind, spec)], {})
    assert str(caught.value) == f"{istios(kind, spec).key}: {said}"


def test_so_is_one_of_the_meshs_own_settings() -> None:
    with pytest.raises(NotImplementedError, match=r"^MeshConfig: pathNormalization.normalization$"):
        refuse_unknown([], {"pathNormalization": {"normalization": "NONE"}})


def test_what_is_acted_on_may_be_empty() -> None:
    refuse_unknown([policy(), policy({}), istios("AuthorizationPolicy", {}, "security")], {})


@pytest.mark.parametrize(
    ("values", "is_in"),
    [(("ml",), True), (("ops",), True), (("m*",), True), (("*",), True), (("dev",), False)],
)
def test_one_of_a_claims_values_is_enough(values: tuple[str, ...], is_in: bool) -> None:
    asked = Request(method="GET", host="h", path="/", headers={}, claims={"groups": ("ml", "ops")})
    when = {"key": "request.auth.claims[groups]", "values": list(values)}
    assert is_allowed([policy({"when": [when]})], AT, asked) is is_in


def test_a_claim_that_is_not_there_is_no_value() -> None:
    asked = Request(method="GET", host="h", path="/", headers={})
    for key, is_let_in in (("values", False), ("notValues", True)):
        when = {"key": "request.auth.claims[groups]", key: ["*"]}
        assert is_allowed([policy({"when": [when]})], AT, asked) is is_let_in


@pytest.mark.parametrize("key", ["request.auth.claims[a][b]", "destination.ip"])
def test_a_condition_that_is_not_known_is_an_error(key: str) -> None:
    asked = Request(method="GET", host="h", path="/", headers={})
    with pytest.raises(NotImplementedError, match="the condition"):
        is_allowed([policy({"when": [{"key": key, "values": ["*"]}]})], AT, asked)


def test_a_route_does_not_wait_longer_than_it_says() -> None:
    platform = Platform(objs=tuple(a_service()))
    question = Asked(
        port=80,
        request=Request(method="GET", host="x.vision", path="/", headers={}),
        query="",
        body=b"",
    )
    with silent() as port:
        inside = Inside(platform, {}, port)
        answer = inside.send("x.vision.svc.cluster.local", 80, question, seconds=0.05)
    assert answer.status == httpx.codes.GATEWAY_TIMEOUT


def a_service() -> Iterator[Obj]:
    metadata = {"name": "x", "namespace": "vision"}
    labels = {"app": "x"}
    pods = {"template": {"metadata": {"labels": labels}}}
    specs = {
        ("v1", "Service"): {"selector": labels, "ports": [{"port": 80}]},
        ("apps/v1", "Deployment"): pods,
    }
    for (api_version, kind), spec in specs.items():
        yield Obj(
            api_version=api_version,
            kind=kind,
            namespace="vision",
            name="x",
            body={"metadata": metadata, "spec": spec},
            component="x",
        )
