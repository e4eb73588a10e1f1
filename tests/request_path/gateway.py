"""A reverse proxy that does what the rendered objects tell Istio's gateway, and nothing else.

In Envoy's order: header filters, external authorization, tokens, policies, route or redirect. What
is not known here is an error. Sources: istio.io/docs/reference/config (Gateway, VirtualService,
RequestAuthentication, MeshConfig), Istio's order of filters (custom policies come first), and
istio/istio issue 36498 (redirects come last).
"""

import base64
import json
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import httpx
import yaml
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import ClaimsOption

from tests.request_path.authorization import Request, Workload, asked_providers, is_allowed
from tests.request_path.rendered import Platform
from upstream.model import Obj

GATEWAY = Workload(
    namespace="istio-system",
    labels={"app": "istio-ingressgateway", "istio": "ingressgateway"},
)
IDENTITY = "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account"
CLUSTER = ".svc.cluster.local"
ALWAYS_DOWNSTREAM = ("location", "www-authenticate")
EVERYTHING = {"prefix": "/"}
VERSIONS = {"TLSV1_2": ssl.TLSVersion.TLSv1_2}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request as it comes in, or goes on."""

    port: int
    request: Request
    query: str
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What goes back. Names of headers are small; a name may come twice."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


class Inside:
    """The Services of the cluster, each somewhere on loopback."""

    def __init__(self, platform: Platform, places: Mapping[str, int], otherwise: int) -> None:
        self._platform, self._places, self._otherwise = platform, places, otherwise

    def admits(self, host: str, port: int, request: Request) -> bool:
        """Whether the policies of what is behind a Service let the request in."""
        found = self._workload(host, port)
        policies = self._platform.of_kind("AuthorizationPolicy")
        return not self._has_sidecar(found) or is_allowed(policies, found, request)

    def _has_sidecar(self, found: Workload) -> bool:
        """Policies are kept by the sidecar: where there is none they are not."""
        namespace = self._platform.one("Namespace", "", found.namespace).body["metadata"]
        asked = namespace.get("labels", {}).get("istio-injection") == "enabled"
        return asked and found.labels.get("sidecar.istio.io/inject") != "false"

    def _workload(self, host: str, port: int) -> Workload:
        """What is behind a Service; fails where there is none, or not on that port."""
        name, namespace = host.removesuffix(CLUSTER).split(".")
        service = self._platform.one("Service", namespace, name).body["spec"]
        if port not in [one["port"] for one in service["ports"]]:
            raise LookupError(f"Service {namespace}/{name} has no port {port}")
        chosen = service["selector"].items()
        (labels,) = (
            obj.body["spec"]["template"]["metadata"]["labels"]
            for obj in self._platform.objs
            if obj.kind in ("Deployment", "StatefulSet")
            and obj.namespace == namespace
            and chosen <= obj.body["spec"]["template"]["metadata"]["labels"].items()
        )
        return Workload(namespace=namespace, labels=labels)

    def send(self, host: str, port: int, asked: Asked) -> Answer:
        """Ask the Service, as itself."""
        self._workload(host, port)
        at = self._places.get(host, self._otherwise)
        said = asked.request
        done = httpx.request(
            said.method,
            f"http://127.0.0.1:{at}{said.path}{asked.query}",
            headers={**said.headers, "host": said.host},
            content=asked.body,
            trust_env=False,
        )
        left = ("connection", "content-length", "transfer-encoding", "content-encoding")
        kept = tuple((k.lower(), v) for k, v in done.headers.multi_items() if k.lower() not in left)
        return Answer(status=done.status_code, headers=kept, body=done.content)


class Gateway:
    """Istio's ingress gateway, by the objects that configure it."""

    def __init__(self, platform: Platform, inside: Inside) -> None:
        self._platform, self._inside = platform, inside
        self._policies = platform.of_kind("AuthorizationPolicy")
        mesh = yaml.safe_load(platform.text("ConfigMap", "istio-system", "istio", "mesh"))
        self._providers = {one["name"]: one for one in mesh["extensionProviders"]}

    def server(self, port: int) -> Mapping[str, Any]:
        """The one server of all Gateways that listens there."""
        (found,) = (
            server
            for gateway in self._gateways()
            for server in gateway.body["spec"]["servers"]
            if server["port"]["number"] == port
        )
        return dict(found)

    def tls(self, port: int, certificate: str) -> ssl.SSLContext:
        """How the server at a port shakes hands, with a certificate and its key in one file."""
        said = self.server(port)["tls"]
        assert said["mode"] == "SIMPLE"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = VERSIONS[said["minProtocolVersion"]]
        context.set_ciphers(":".join(said["cipherSuites"]))
        context.load_cert_chain(certificate)
        return context

    def handle(self, asked: Asked) -> Answer:
        """One request through all filters; the answer carries what filters add to it."""
        at = replace(asked.request, port=self._pod_port(asked.port))
        answer = self._answer(self._without_headers(replace(asked, request=at)))
        return replace(answer, headers=(*answer.headers, *self._added()))

    def _answer(self, asked: Asked) -> Answer:
        if not any(_host_fits(asked.request.host, one) for one in self.server(asked.port)["hosts"]):
            return Answer(status=404)
        for provider in asked_providers(self._policies, GATEWAY, asked.request):
            asked_or_answer = self._authorized(self._providers[provider], asked)
            if isinstance(asked_or_answer, Answer):
                return asked_or_answer
            asked = asked_or_answer
        try:
            asked = self._with_identity(asked)
        except (JoseError, ValueError, KeyError) as error:
            return Answer(status=401, body=f"Jwt verification fails: {error}".encode())
        if not is_allowed(self._policies, GATEWAY, asked.request):
            return Answer(status=403, body=b"RBAC: access denied")
        return self._routed(asked)

    def _gateways(self) -> Iterator[Obj]:
        for one in self._platform.of_kind("Gateway"):
            selector = one.body["spec"]["selector"]
            if selector.items() <= GATEWAY.labels.items():
                yield one

    def _authorized(self, provider: Mapping[str, Any], asked: Asked) -> Asked | Answer:
        """The request with what the authorizer adds to it, or the authorizer's refusal."""
        said = provider["envoyExtAuthzHttp"]
        headers = asked.request.headers
        shown = {k: headers[k] for k in said["includeRequestHeadersInCheck"] if k in headers}
        question = replace(asked, request=replace(asked.request, headers=shown), body=b"")
        found = self._inside.send(said["service"], said["port"], question)
        if found.status == httpx.codes.OK:
            given = {k: v for k, v in found.headers if k in said["headersToUpstreamOnAllow"]}
            return replace(asked, request=replace(asked.request, headers={**headers, **given}))
        shown_back = (*said["headersToDownstreamOnDeny"], *ALWAYS_DOWNSTREAM)
        kept = tuple((k, v) for k, v in found.headers if k in shown_back)
        return replace(found, headers=kept)

    def _with_identity(self, asked: Asked) -> Asked:
        """The request with what its token says; raises for one that nobody here has signed."""
        for rule in self._rules_for(asked.request):
            claims = self._claims(rule, _bearer(asked.request))
            told = {
                one["header"].lower(): str(claims[one["claim"]])
                for one in rule["outputClaimToHeaders"]
                if isinstance(claims.get(one["claim"]), str | int | bool)
            }
            who = f"{claims['iss']}/{claims['sub']}"
            headers = {**asked.request.headers, **told}
            changed = replace(asked.request, headers=headers, request_principal=who)
            return replace(asked, request=changed)
        return asked

    def _rules_for(self, request: Request) -> list[Mapping[str, Any]]:
        """The one rule of the issuer that the token names; raises where nobody knows it."""
        token = _bearer(request)
        if not token:
            return []
        issuer = json.loads(_decoded(token.split(".")[1]))["iss"]
        found = [rule for rule in self._token_rules() if rule["issuer"] == issuer]
        if not found:
            raise ValueError("Jwt issuer is not configured")
        return found

    def _token_rules(self) -> list[Mapping[str, Any]]:
        return [
            rule
            for one in self._platform.of_kind("RequestAuthentication", GATEWAY.namespace)
            if one.body["spec"]["selector"]["matchLabels"].items() <= GATEWAY.labels.items()
            for rule in one.body["spec"]["jwtRules"]
        ]

    def _claims(self, rule: Mapping[str, Any], token: str) -> Mapping[str, Any]:
        keys = KeySet.import_key_set(json.loads(self._keys(rule)))
        claims = jwt.decode(token, keys, algorithms=["RS256"]).claims
        audience: ClaimsOption = (
            {"essential": True, "values": rule["audiences"]} if "audiences" in rule else {}
        )
        registry = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": rule["issuer"]},
            exp={"essential": True},
            aud=audience,
        )
        registry.validate(claims)
        return claims

    def _pod_port(self, port: int) -> int:
        service = self._platform.one("Service", GATEWAY.namespace, "istio-ingressgateway")
        (found,) = (o["targetPort"] for o in service.body["spec"]["ports"] if o["port"] == port)
        return int(found)

    def _keys(self, rule: Mapping[str, Any]) -> bytes:
        if "jwks" in rule:
            return str(rule["jwks"]).encode()
        url = httpx.URL(rule["jwksUri"])
        request = Request(method="GET", host=url.host, path=url.path, headers={})
        question = Asked(port=80, request=request, query="", body=b"")
        return self._inside.send(url.host, url.port or 80, question).body

    def _routed(self, asked: Asked) -> Answer:
        if (self.server(asked.port).get("tls") or {}).get("httpsRedirect"):
            return _to_https(asked)
        route = next(self._routes(asked), None)
        if route is None:
            return Answer(status=404)
        if "redirect" in route:
            return _to_https(asked)
        (way,) = route["route"]
        host, port = way["destination"]["host"], way["destination"]["port"]["number"]
        inside = replace(asked.request, principal=IDENTITY)
        if not self._inside.admits(host, port, inside):
            return Answer(status=403, body=b"RBAC: access denied")
        return self._inside.send(host, port, _rewritten(asked, route))

    def _routes(self, asked: Asked) -> Iterator[Mapping[str, Any]]:
        """Every route that fits; what fits everything comes last, as where Istio joins them."""
        names = {
            f"{one.namespace}/{one.name}"
            for one in self._gateways()
            if any(server["port"]["number"] == asked.port for server in one.body["spec"]["servers"])
        }
        found = [
            (match, route)
            for one in self._platform.of_kind("VirtualService")
            if names & {_full(name, one.namespace) for name in one.body["spec"]["gateways"]}
            and any(_host_fits(asked.request.host, host) for host in one.body["spec"]["hosts"])
            for route in one.body["spec"]["http"]
            for match in route.get("match") or ({"uri": EVERYTHING},)
        ]
        for match, route in sorted(found, key=lambda one: one[0]["uri"] == EVERYTHING):
            if _path_fits(asked.request.path, match["uri"]):
                yield route

    def _mutations(self) -> Iterator[Mapping[str, Any]]:
        for one in self._platform.of_kind("EnvoyFilter", GATEWAY.namespace):
            if one.body["spec"]["workloadSelector"]["labels"].items() <= GATEWAY.labels.items():
                for patch in one.body["spec"]["configPatches"]:
                    yield patch["patch"]["value"]["typed_config"]["mutations"]

    def _without_headers(self, asked: Asked) -> Asked:
        gone = {
            one["remove"]
            for said in self._mutations()
            for one in said.get("request_mutations") or ()
        }
        headers = {k: v for k, v in asked.request.headers.items() if k not in gone}
        return replace(asked, request=replace(asked.request, headers=headers))

    def _added(self) -> Iterator[tuple[str, str]]:
        for said in self._mutations():
            for one in said.get("response_mutations") or ():
                yield one["append"]["header"]["key"], one["append"]["header"]["value"]


def _bearer(request: Request) -> str:
    """Every rule here reads the same header, with the same prefix."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token if kind == "Bearer" else ""


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _full(name: str, namespace: str) -> str:
    return name if "/" in name else f"{namespace}/{name}"


def _host_fits(host: str, pattern: str) -> bool:
    own = pattern.rpartition("/")[2]
    return own in ("*", host) or (own.startswith("*.") and host.endswith(own[1:]))


def _path_fits(path: str, said: Mapping[str, str]) -> bool:
    ((way, wanted),) = said.items()
    return {"prefix": path.startswith(wanted), "exact": path == wanted}[way]


def _to_https(asked: Asked) -> Answer:
    place = f"https://{asked.request.host}{asked.request.path}{asked.query}"
    return Answer(status=301, headers=(("location", place),))


def _rewritten(asked: Asked, route: Mapping[str, Any]) -> Asked:
    """The request as the Service sees it: another path, and headers that say the old one."""
    (match,) = route["match"]
    path = asked.request.path
    if wanted := (route.get("rewrite") or {}).get("uri"):
        path = wanted + path.removeprefix(match["uri"]["prefix"])
    added = ((route.get("headers") or {}).get("request") or {}).get("add") or {}
    headers = {**asked.request.headers, **added}
    return replace(asked, request=replace(asked.request, path=path, headers=headers))
