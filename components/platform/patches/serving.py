"""How KServe serves models: by Knative as upstream has it, or by plain Deployments. Pure."""

import json

from components.platform.patches.model import Addition, Entry, Json, Patch, Selector
from plan.model import KserveMode

SOURCE = "inferenceservice-config, _example: deploy and ingress"
# Upstream's name for it since KServe 0.16; the settings have the one that people know.
STANDARD = "Standard"
CLASS = "istio"


CONFIG = Selector(kind="ConfigMap", namespace="kubeflow", name="inferenceservice-config")


def serving_patches(mode: KserveMode) -> tuple[Entry, ...]:
    """Nothing for Knative; for plain Deployments the default mode and what takes requests in."""
    if mode == "Serverless":
        return ()
    return (
        Patch(
            name="kserve-raw-deployment",
            component="kserve",
            selector=CONFIG,
            why="without Knative a service in the default mode would never become ready",
            source=SOURCE,
            change=_raw,
        ),
        Addition(
            name="kserve-ingress-class",
            component="kserve",
            selector=CONFIG,
            why="Istio answers an Ingress by its class only where that class is an object that "
            "names Istio's controller, and upstream ships none: no model would be reached",
            source="istio.io/docs/tasks/traffic-management/ingress/kubernetes-ingress",
            make=_ingress_class,
        ),
    )


def _ingress_class(_: Json) -> Json:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {"name": CLASS},
        "spec": {"controller": "istio.io/ingress-controller"},
    }


def _raw(body: Json) -> Json:
    data = body["data"]
    deploy = {**json.loads(data["deploy"]), "defaultDeploymentMode": STANDARD}
    ingress = {
        **json.loads(data["ingress"]),
        "ingressClassName": CLASS,
        "enableGatewayApi": False,  # it needs the Gateway API's CRDs and a gateway of KServe's own
        "disableIngressCreation": False,
        "disableIstioVirtualHost": False,  # only read for Knative
    }
    texts = {"deploy": json.dumps(deploy, indent=2), "ingress": json.dumps(ingress, indent=2)}
    return {**body, "data": {**data, **texts}}
