"""Who may speak to whom, and as whom: mutual TLS everywhere, and no identity from outside. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from components.platform.patches.model import Addition, Entry, Json, Patch, Selector, with_spec

SOURCE = "istio.io/docs/ops/best-practices/security; reliability.md, 1.1"
GATEWAY_LABELS = {"app": "istio-ingressgateway"}
# Who is logged in, as the gateway tells it to what is behind it.
IDENTITY_HEADERS = (
    "kubeflow-userid",
    "kubeflow-groups",
    "x-auth-request-email",
    "x-auth-request-groups",
    "x-auth-request-user",
)
HEADER_MUTATION = "type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3"


@dataclass(frozen=True, kw_only=True)
class Plain:
    """Ports that callers without a sidecar need; all other ports of the pods stay strict."""

    component: str
    namespace: str
    deployment: str
    ports: tuple[int, ...]
    why: str


# Knative's two webhooks have such exceptions upstream.
STEPS = "steps of a pipeline run without a sidecar (KFP's API server sees to it), and call it"
PLAIN = (
    Plain(
        component="pipelines",
        namespace="kubeflow",
        deployment="ml-pipeline",
        ports=(8887, 8888),
        why=STEPS,
    ),
    Plain(
        component="pipelines",
        namespace="kubeflow",
        deployment="metadata-grpc-deployment",
        ports=(8080,),
        why=f"{STEPS}; so does metadata-envoy, which has none either",
    ),
    Plain(
        component="pipelines",
        namespace="kubeflow",
        deployment="seaweedfs",
        ports=(8111, 8333),
        why=f"{STEPS} for artefacts; the profile controller makes its users, without a sidecar",
    ),
    Plain(
        component="pipelines",
        namespace="kubeflow",
        deployment="cache-server",
        ports=(8443,),
        why="the API server calls this webhook, and is not in the mesh",
    ),
)
WEBHOOK_PORT = "9443"
EXCLUDED = "traffic.sidecar.istio.io/excludeInboundPorts"


def mesh_patches() -> tuple[Entry, ...]:
    """Mutual TLS mesh-wide but for named ports, and identity headers that only the gateway sets."""
    return (
        Addition(
            name="mesh-mutual-tls",
            component="istio",
            selector=Selector(
                kind="AuthorizationPolicy", namespace="istio-system", name="global-deny-all"
            ),
            why="upstream's mesh takes plain requests: whoever is on the network could send one",
            source=SOURCE,
            make=lambda _: peer_authentication("default", "istio-system", mtls={"mode": "STRICT"}),
        ),
        *(
            Addition(
                name=f"{row.deployment}-plain-callers",
                component=row.component,
                selector=Selector(kind="Deployment", namespace=row.namespace, name=row.deployment),
                why=row.why,
                source="AuthorizationPolicies of upstream that admit callers without an identity",
                make=partial(_exception, row),
            )
            for row in PLAIN
        ),
        Patch(
            name="kserve-webhook-port",
            component="kserve",
            selector=Selector(
                kind="Deployment",
                namespace="kubeflow",
                name="(llmisvc|kserve-localmodel)-controller-manager",
            ),
            why="the API server is not in the mesh: its calls of this webhook end in the sidecar",
            source="kubeflow.md, 2.4, static defects; upstream's other webhooks have the same",
            change=_outside_the_mesh,
        ),
        Addition(
            name="identity-headers-from-outside",
            component="oauth2-proxy",
            selector=Selector(
                kind="RequestAuthentication", namespace="istio-system", name="dex-jwt"
            ),
            why="whoever could send them would be whom they name",
            source="kubeflow issues 6702 and 7032 (forged kubeflow-userid)",
            make=lambda _: header_filter(
                "identity-headers",
                {"request_mutations": [{"remove": name} for name in IDENTITY_HEADERS]},
            ),
        ),
    )


def peer_authentication(name: str, namespace: str, **spec: Any) -> Json:
    """A PeerAuthentication."""
    return {
        "apiVersion": "security.istio.io/v1",
        "kind": "PeerAuthentication",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }


def header_filter(name: str, mutations: Mapping[str, Any]) -> Json:
    """Headers changed by the gateway before it looks at anything else: first of its filters."""
    chain = {"filterChain": {"filter": {"name": "envoy.filters.network.http_connection_manager"}}}
    value = {
        "name": f"kubeflow-stack.{name}",
        "typed_config": {
            "@type": f"{HEADER_MUTATION}.HeaderMutation",
            "mutations": dict(mutations),
        },
    }
    return {
        "apiVersion": "networking.istio.io/v1alpha3",
        "kind": "EnvoyFilter",
        "metadata": {"name": name, "namespace": "istio-system"},
        "spec": {
            "workloadSelector": {"labels": GATEWAY_LABELS},
            "configPatches": [
                {
                    "applyTo": "HTTP_FILTER",
                    "match": {"context": "GATEWAY", "listener": chain},
                    "patch": {"operation": "INSERT_FIRST", "value": value},
                }
            ],
        },
    }


def _exception(row: Plain, workload: Json) -> Json:
    return peer_authentication(
        f"{row.deployment}-plain-callers",
        row.namespace,
        selector=workload["spec"]["selector"],
        mtls={"mode": "STRICT"},
        portLevelMtls={str(port): {"mode": "PERMISSIVE"} for port in row.ports},
    )


def _outside_the_mesh(body: Json) -> Json:
    template = body["spec"]["template"]
    metadata = template.get("metadata", {})
    noted = {**(metadata.get("annotations") or {}), EXCLUDED: WEBHOOK_PORT}
    return with_spec(body, template={**template, "metadata": {**metadata, "annotations": noted}})
