"""What cert-manager adds while Let's Encrypt asks by HTTP, and what Istio makes of it."""

from collections.abc import Iterator
from typing import Any

from tests.request_path.rendered import DOMAIN
from upstream.model import Obj

CHALLENGE = "/.well-known/acme-challenge/a-token"
NAME = "cm-acme-http-solver"
HOME = "istio-system"
LABELS = {"acme.cert-manager.io/http01-solver": "true"}


def solver(path: str) -> Iterator[Obj]:
    """The answering pod and its Service, and the route that Istio makes of the Ingress.

    Istio reads an Ingress of class `istio` as a route of the Ingress' namespace on port 80.
    """
    yield _obj(
        "apps/v1",
        "Deployment",
        {"template": {"metadata": {"labels": LABELS}, "spec": {"containers": []}}},
    )
    yield _obj("v1", "Service", {"selector": LABELS, "ports": [{"port": 8089}]})
    place = {"host": f"{NAME}.{HOME}.svc.cluster.local", "port": {"number": 8089}}
    route = {"match": [{"uri": {"exact": path}}], "route": [{"destination": place}]}
    yield _obj(
        "networking.istio.io/v1",
        "VirtualService",
        {"hosts": [DOMAIN], "gateways": [f"{HOME}/istio-ingressgateway"], "http": [route]},
    )


def _obj(api_version: str, kind: str, spec: dict[str, Any]) -> Obj:
    body = {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": NAME, "namespace": HOME},
        "spec": spec,
    }
    return Obj(
        api_version=api_version, kind=kind, namespace=HOME, name=NAME, body=body, component=NAME
    )
