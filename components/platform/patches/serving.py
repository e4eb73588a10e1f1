"""How KServe serves models: by Knative as upstream has it, or by plain Deployments. Pure."""

import json

from components.platform.patches.model import Json, Patch, Selector
from plan.model import KserveMode
from upstream.model import Obj

SOURCE = "inferenceservice-config, _example: deploy and ingress"
# Upstream's name for it since KServe 0.16; the settings have the one that people know.
STANDARD = "Standard"
CLASS = "istio"


def serving_patches(mode: KserveMode) -> tuple[Patch, ...]:
    """Nothing for Knative; for plain Deployments the default mode and what takes requests in."""
    if mode == "Serverless":
        return ()
    return (
        Patch(
            name="kserve-raw-deployment",
            component="kserve",
            selector=Selector(
                kind="ConfigMap", namespace="kubeflow", name="inferenceservice-config"
            ),
            why="without Knative a service in the default mode would never become ready",
            source=SOURCE,
            change=_raw,
        ),
    )


def serving_objects(mode: KserveMode, components: tuple[str, ...]) -> tuple[Obj, ...]:
    """The class of the Ingresses that KServe makes without Knative.

    Istio answers an Ingress by its `ingressClassName` only where that class is an object that names
    Istio's controller, and upstream ships none: no model would be reached from outside
    (istio.io/docs/tasks/traffic-management/ingress/kubernetes-ingress).
    """
    if mode == "Serverless" or "kserve" not in components:
        return ()
    body: Json = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {"name": CLASS},
        "spec": {"controller": "istio.io/ingress-controller"},
    }
    return (
        Obj(
            api_version=body["apiVersion"],
            kind=body["kind"],
            namespace="",
            name=CLASS,
            body=body,
            component="kserve",
        ),
    )


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
