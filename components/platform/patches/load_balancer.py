"""The gateway behind a load balancer that Kubernetes asks the cloud for. Pure."""

from functools import partial

from components.platform.patches.admission import admission
from components.platform.patches.model import Addition, Entry, Json, Selector
from plan.clouds import LoadBalancerPlan
from upstream.model import Key

GATEWAY = Selector(kind="Service", namespace="istio-system", name="istio-ingressgateway")
NAME = "istio-ingressgateway-entry"
ENTRY = Key("", "Service", "istio-system", NAME)


def load_balancer_patches(plan: LoadBalancerPlan) -> tuple[Entry, ...]:
    """A Service beside the gateway's own, with the ports asked for, and a policy for callers."""
    return (
        Addition(
            name="gateway-load-balancer",
            component="istio",
            selector=GATEWAY,
            why="the gateway's own Service also has its status port, and is for callers inside",
            source="digitalocean-cloud-controller-manager, docs/controllers/services",
            make=partial(_service, plan),
        ),
        Addition(
            name="gateway-load-balancer-policy",
            component="istio",
            selector=GATEWAY,
            why="the policies of istio-system admit nobody from outside, and Cilium enforces them",
            source="kubeflow.md, section 3",
            make=lambda body: admission(NAME, body, plan.ports),
        ),
    )


def _service(plan: LoadBalancerPlan, body: Json) -> Json:
    kept = ("name", "port", "protocol", "targetPort")
    ports = [port for port in body["spec"]["ports"] if port["name"] in plan.ports]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": NAME,
            "namespace": body["metadata"]["namespace"],
            "annotations": dict(plan.annotations),
        },
        "spec": {
            "type": "LoadBalancer",
            "externalTrafficPolicy": "Local",  # checked as unhealthy where there is no gateway
            "loadBalancerSourceRanges": list(plan.sources),
            "selector": body["spec"]["selector"],
            "ports": [{key: port[key] for key in kept if key in port} for port in ports],
        },
    }
