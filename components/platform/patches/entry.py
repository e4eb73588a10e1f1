"""The gateway on node ports, for a load balancer that is not Kubernetes' own. Pure."""

from collections.abc import Mapping
from functools import partial

from components.platform.patches.admission import admission
from components.platform.patches.model import Addition, Entry, Json, Patch, Selector, with_spec

GATEWAY = Selector(kind="Service", namespace="istio-system", name="istio-ingressgateway")
POLICY = "istio-ingressgateway-entry"


def entry_patches(node_ports: Mapping[str, int]) -> tuple[Entry, ...]:
    """The gateway's Service with fixed node ports, and a policy that lets the balancer in."""
    return (
        Patch(
            name="gateway-node-ports",
            component="istio",
            selector=GATEWAY,
            why="the load balancer is in the graph and leads to ports that are known beforehand; "
            "Local keeps the caller's address and passes the health check only where a pod is",
            source="kubernetes.io/docs/tutorials/services/source-ip",
            change=partial(_on_node_ports, node_ports),
        ),
        Addition(
            name="gateway-entry-policy",
            component="istio",
            selector=GATEWAY,
            why="the policies of istio-system admit nobody from outside, and EKS enforces them",
            source="kubeflow.md, section 3",
            make=lambda body: admission(POLICY, body, node_ports),
        ),
    )


def _on_node_ports(node_ports: Mapping[str, int], body: Json) -> Json:
    ports = [
        {**port, "nodePort": node_ports[port["name"]]} if port["name"] in node_ports else port
        for port in body["spec"]["ports"]  # others stay for Knative; no security group opens theirs
    ]
    return with_spec(body, type="NodePort", externalTrafficPolicy="Local", ports=ports)
