"""The door: HTTPS at the platform's domain and nothing else, reachable from outside. Pure."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from components.platform.patches.admission import admission
from components.platform.patches.mesh import header_filter
from components.platform.patches.model import (
    Addition,
    Entry,
    Json,
    Patch,
    Selector,
    with_data,
    with_spec,
)
from components.platform.patches.tls import credential_name
from plan.ingress import IngressPlan, TlsPlan

SOURCE = "istio.io/docs/reference/config/networking/gateway; reliability.md, SEC-19"
GATEWAY = Selector(kind="Gateway", namespace="kubeflow", name="kubeflow-gateway")
OTHER_GATEWAY = Selector(kind="Gateway", namespace="istio-system", name="istio-ingressgateway")
SERVICE = Selector(kind="Service", namespace="istio-system", name="istio-ingressgateway")
# For TLS 1.2, forward secret and authenticated; 1.3 has none other.
CIPHERS = tuple(
    f"ECDHE-{key}-{cipher}"
    for cipher in ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305")
    for key in ("ECDSA", "RSA")
)
HSTS = "max-age=31536000; includeSubDomains"
REDIRECT = "redirect-to-https"


def gateway_patches(plan: IngressPlan) -> tuple[Entry, ...]:
    """Both upstream Gateways, every route on them, and how callers outside get to them."""
    return (
        Patch(
            name="gateway-at-the-domain",
            component="istio-resources",
            selector=GATEWAY,
            why="upstream's answers plain HTTP, whatever host is asked for",
            source=SOURCE,
            change=lambda body: with_spec(body, servers=[_server(plan)]),
        ),
        Patch(
            name="other-gateway",
            component="istio",
            selector=OTHER_GATEWAY,
            why="upstream has a second one that no route uses; of two with the same host and TLS "
            "Istio would drop one, so it has port 80, which leads to HTTPS",
            source=SOURCE,
            change=lambda body: with_spec(body, servers=[_plain_server(plan)]),
        ),
        Patch(
            name="routes-at-the-domain",
            component="",
            selector=Selector(kind="VirtualService", namespace=".*", name=".*"),
            why="a route for any host would also answer at the hosts of models",
            source="pain-points.md, 27",
            change=partial(_at_host, plan.domain),
        ),
        Patch(
            name="notebooks-at-the-domain",
            component="notebooks",
            selector=Selector(
                kind="ConfigMap",
                namespace="kubeflow",
                name="(notebook|tensorboard)-controller-config-[a-z0-9]{10}",
            ),
            why="the controllers make routes of the same kind",
            source="pain-points.md, 27",
            change=partial(with_data, {"ISTIO_HOST": plan.domain}),
        ),
        *(_secure(plan, plan.tls) if plan.tls else ()),
        *(_balanced() if plan.is_balanced_by_service else ()),
    )


def _secure(plan: IngressPlan, tls: TlsPlan) -> tuple[Entry, ...]:
    hsts = Addition(
        name="strict-transport-security",
        component="istio-resources",
        selector=GATEWAY,
        why="a browser that was here once does not try plain HTTP again",
        source="RFC 6797",
        make=lambda _: header_filter(
            "strict-transport-security",
            {"response_mutations": [_overwrite("strict-transport-security", HSTS)]},
        ),
    )
    if not _needs_a_plain_path(tls):
        return (hsts,)
    redirect = Addition(
        name=REDIRECT,
        component="istio-resources",
        selector=GATEWAY,
        why="everything but the answer to Let's Encrypt leads to HTTPS",
        source=SOURCE,
        make=lambda _: _redirect_route(plan),
    )
    return (hsts, redirect)


def _balanced() -> tuple[Entry, ...]:
    """The gateway's own Service as the way in; a cloud's load balancer brings its own policy."""
    return (
        Patch(
            name="gateway-load-balancer",
            component="istio",
            selector=SERVICE,
            why="a domain has to lead somewhere",
            source="kubeflow.md, 3",
            change=lambda body: with_spec(body, type="LoadBalancer"),
        ),
        Addition(
            name="gateway-from-outside",
            component="istio",
            selector=SERVICE,
            why="upstream's policies admit nobody from outside where the network enforces them",
            source="kubeflow.md, 3; kubeflow/manifests issue 3547",
            make=lambda body: admission("allow-gateway-from-outside", body),
        ),
    )


def _server(plan: IngressPlan) -> Json:
    if plan.tls is None:
        return _plain_server(plan)
    return {
        "hosts": list(plan.hosts),
        "port": {"name": "https", "number": 443, "protocol": "HTTPS"},
        "tls": {
            "mode": "SIMPLE",
            "credentialName": credential_name(plan.tls),
            "minProtocolVersion": "TLSV1_2",
            "cipherSuites": list(CIPHERS),
        },
    }


def _plain_server(plan: IngressPlan) -> Json:
    port = {"name": "http", "number": 80, "protocol": "HTTP"}
    if plan.tls is None:
        return {"hosts": list(plan.hosts), "port": port}
    if _needs_a_plain_path(plan.tls):
        # Only routes of this namespace: a team's must not answer before the redirect.
        return {"hosts": ["istio-system/*"], "port": port}
    return {"hosts": ["*"], "port": port, "tls": {"httpsRedirect": True}}


def _needs_a_plain_path(tls: TlsPlan) -> bool:
    """Whether Let's Encrypt asks by HTTP: with httpsRedirect it would be sent to HTTPS, where only
    the certificate that it is to give could answer."""
    return tls.acme is not None and tls.acme.challenge == "http01"


def _redirect_route(plan: IngressPlan) -> Json:
    """For the same hosts as the answers: of two entries Envoy takes the one that says more."""
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": {"name": REDIRECT, "namespace": "istio-system"},
        "spec": {
            "hosts": list(plan.hosts),
            "gateways": ["istio-system/istio-ingressgateway"],
            "http": [{"redirect": {"scheme": "https", "redirectCode": 301}}],
        },
    }


def _at_host(domain: str, body: Json) -> Json:
    hosts: Sequence[str] = body["spec"]["hosts"]
    return with_spec(body, hosts=[domain]) if list(hosts) == ["*"] else body


def _overwrite(key: str, value: str) -> dict[str, Any]:
    header = {"header": {"key": key, "value": value}}
    return {"append": {**header, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}}
