"""A reverse proxy that does what the rendered objects tell Istio's gateway, and nothing else.

In Envoy's order: header filters, external authorization, tokens, policies, route or redirect. A
field that is not acted on is an error (fields.py). Sources: istio.io/docs/reference/config on
Gateway, VirtualService and MeshConfig, Istio's order of filters (custom policies come first), and
istio/istio issue 36498 (redirects come last).
"""

import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import httpx
import yaml

from tests.request_path.authorization import Request, Workload, asked_providers, is_allowed
from tests.request_path.fields import refuse_unknown
from tests.request_path.rendered import Platform
from tests.request_path.tokens import BadTokenError, identified
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


DENIED = Answer(status=403, body=b"RBAC: access denied")


class Inside:
    """The Services of the cluster, each somewhere on loopback."""

    def __init__(self, platform: Platform, places: Mapping[str, int], otherwise: int) -> None:
        self._platform, self._places, self._otherwise = platform, places, otherwise

    def ask(self, host: str, port: int, asked: Asked, seconds: float | None) -> Answer:
        """A caller of the mesh asks: its sidecar answers, or lets the Service do it."""
        found = self._workload(host, port)
        if not self._has_sidecar(found):
            return self.send(host, port, asked, seconds)
        tokens = self._platform.of_kind("RequestAuthentication")
        try:
            told = identified(tokens, self.fetch, found, asked.request)
        except BadTokenError as error:
            return refusal(error)
        if not is_allowed(self._platform.of_kind("AuthorizationPolicy"), found, told):
            return DENIED
        return self.send(host, port, replace(asked, request=told), seconds)

    def fetch(self, url: str) -> bytes:
        """What istiod gets from an address in the cluster."""
        place = httpx.URL(url)
        request = Request(method="GET", host=place.host, path=place.path, headers={})
        question = Asked(port=80, request=request, query="", body=b"")
        return self.send(place.host, place.port or 80, question).body

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

    def send(self, host: str, port: int, asked: Asked, seconds: float | None = None) -> Answer:
        """What the Service says within some seconds, if any are said; nobody else is asked."""
        self._workload(host, port)
        at = self._places.get(host, self._otherwise)
        said = asked.request
        try:
            done = httpx.request(
                said.method,
                f"http://127.0.0.1:{at}{said.path}{asked.query}",
                headers={**said.headers, "host": said.host},
                content=asked.body,
                trust_env=False,
                timeout=seconds,
            )
        except httpx.ReadTimeout:
            return Answer(status=504, body=b"upstream request timeout")
        left = ("connection", "content-length", "transfer-encoding", "content-encoding")
        kept = tuple((k.lower(), v) for k, v in done.headers.multi_items() if k.lower() not in left)
        return Answer(status=done.status_code, headers=kept, body=done.content)


class Gateway:
    """Istio's ingress gateway, by the objects that configure it."""

    def __init__(self, platform: Platform, inside: Inside) -> None:
        self._platform, self._inside = platform, inside
        self._policies = platform.of_kind("AuthorizationPolicy")
        mesh = yaml.safe_load(platform.text("ConfigMap", "istio-system", "istio", "mesh"))
        refuse_unknown(platform.objs, mesh)
        self._providers = {one["name"]: one for one in mesh["extensionProviders"]}

    def server(self, port: int) -> Mapping[str, Any]:
        """The one server of all Gateways that listens there."""
        return self._listening(port)[1]

    def _listening(self, port: int) -> tuple[Obj, Mapping[str, Any]]:
        (found,) = (
            (gateway, server)
            for gateway in self._gateways()
            for server in gateway.body["spec"]["servers"]
            if server["port"]["number"] == port
        )
        return found

    def tls(self, port: int, certificate: str) -> ssl.SSLContext:
        """How the server at a port shakes hands, with a certificate and its key in one file."""
        said = self.server(port)["tls"]
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
            told = identified(
                self._platform.of_kind("RequestAuthentication"),
                self._inside.fetch,
                GATEWAY,
                asked.request,
            )
        except BadTokenError as error:
            return refusal(error)
        if not is_allowed(self._policies, GATEWAY, told):
            return DENIED
        return self._routed(replace(asked, request=told))

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

    def _pod_port(self, port: int) -> int:
        service = self._platform.one("Service", GATEWAY.namespace, "istio-ingressgateway")
        (found,) = (o["targetPort"] for o in service.body["spec"]["ports"] if o["port"] == port)
        return int(found)

    def _routed(self, asked: Asked) -> Answer:
        if (self.server(asked.port).get("tls") or {}).get("httpsRedirect"):
            return _sent_to("https", 301, asked)
        found = next(self._routes(asked), None)
        if found is None:
            return Answer(status=404)
        match, route = found
        if redirect := route.get("redirect"):
            return _sent_to(redirect["scheme"], redirect["redirectCode"], asked)
        (way,) = route["route"]
        host, port = way["destination"]["host"], way["destination"]["port"]["number"]
        inside = replace(asked, request=replace(asked.request, principal=IDENTITY))
        seconds = float(route["timeout"].removesuffix("s")) if "timeout" in route else None
        return self._inside.ask(host, port, _rewritten(inside, match, route), seconds)

    def _routes(self, asked: Asked) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
        """Every match that fits, with its route; what fits everything comes last, as where Istio
        joins them."""
        gateway, server = self._listening(asked.port)
        found = [
            (match, route)
            for one in self._platform.of_kind("VirtualService")
            if f"{gateway.namespace}/{gateway.name}"
            in {_full(name, one.namespace) for name in one.body["spec"]["gateways"]}
            and any(_admits(host, gateway, one) for host in server["hosts"])
            and any(_host_fits(asked.request.host, host) for host in one.body["spec"]["hosts"])
            for route in one.body["spec"]["http"]
            for match in route.get("match") or ({"uri": EVERYTHING},)
        ]
        for match, route in sorted(found, key=lambda one: one[0]["uri"] == EVERYTHING):
            if _path_fits(asked.request.path, match["uri"]):
                yield match, route

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


def refusal(error: BadTokenError) -> Answer:
    """What Envoy says of a token that does not hold."""
    return Answer(status=401, body=f"Jwt verification fails: {error}".encode())


def _full(name: str, namespace: str) -> str:
    return name if "/" in name else f"{namespace}/{name}"


def _host_fits(host: str, pattern: str) -> bool:
    own = pattern.rpartition("/")[2]
    return own in ("*", host) or (own.startswith("*.") and host.endswith(own[1:]))


def _admits(host: str, gateway: Obj, route: Obj) -> bool:
    """Whether a host of a Gateway's server takes routes of that namespace."""
    namespace = host.rpartition("/")[0] or "*"
    return namespace in ("*", route.namespace) or (
        namespace == "." and route.namespace == gateway.namespace
    )


def _path_fits(path: str, said: Mapping[str, str]) -> bool:
    ((way, wanted),) = said.items()
    return {"prefix": path.startswith(wanted), "exact": path == wanted}[way]


def _sent_to(scheme: str, status: int, asked: Asked) -> Answer:
    place = f"{scheme}://{asked.request.host}{asked.request.path}{asked.query}"
    return Answer(status=status, headers=(("location", place),))


def _rewritten(asked: Asked, match: Mapping[str, Any], route: Mapping[str, Any]) -> Asked:
    """The request as the Service sees it: another path, and headers that say the old one."""
    path = asked.request.path
    if wanted := (route.get("rewrite") or {}).get("uri"):
        path = wanted + path.removeprefix(match["uri"]["prefix"])
    added = ((route.get("headers") or {}).get("request") or {}).get("add") or {}
    headers = {**asked.request.headers, **added}
    return replace(asked, request=replace(asked.request, path=path, headers=headers))
