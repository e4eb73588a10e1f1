"""What KServe makes of an InferenceService, as far as requests see it.

Knative's activator and its local gateway, which are between, look at no token; they are left out.
"""

import json
from collections.abc import Iterator
from typing import Any

from components.teams.models import MODEL
from tests.request_path.rendered import TEAM, Platform
from upstream.model import Obj

OPEN, SHUT = "open", "shut"  # a public model, and one of the team's
PORT = 80


def model(platform: Platform, name: str) -> Iterator[Obj]:
    """A model of the team: its pods, its Service, and its route as the rendered settings say."""
    config = platform.text("ConfigMap", "kubeflow", "inferenceservice-config", "ingress")
    ingress = json.loads(config)
    host = ingress["domainTemplate"]
    values = {"Name": name, "Namespace": TEAM, "IngressDomain": ingress["ingressDomain"]}
    for key, value in values.items():
        host = host.replace(f"{{{{ .{key} }}}}", value)
    called = f"{name}-predictor"
    labels = {"component": "predictor", MODEL: name}
    yield _obj(
        "apps/v1",
        "Deployment",
        called,
        {"template": {"metadata": {"labels": labels}, "spec": {"containers": []}}},
    )
    yield _obj("v1", "Service", called, {"selector": labels, "ports": [{"port": PORT}]})
    place = {"host": f"{called}.{TEAM}.svc.cluster.local", "port": {"number": PORT}}
    yield _obj(
        "networking.istio.io/v1",
        "VirtualService",
        name,
        {
            "hosts": [host],
            "gateways": [ingress["ingressGateway"]],
            "http": [{"route": [{"destination": place}]}],
        },
    )


def _obj(api_version: str, kind: str, name: str, spec: dict[str, Any]) -> Obj:
    metadata = {"name": name, "namespace": TEAM}
    body = {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}
    return Obj(
        api_version=api_version, kind=kind, namespace=TEAM, name=name, body=body, component="models"
    )
