"""Who removes a finalizer: what an object that does not go is waiting for. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

Body = Mapping[str, Any]

_KSERVE = "kubeflow/kserve-controller-manager"
_KATIB = "kubeflow/katib-controller"
# Finalizer -> the Deployment whose controller takes it away.
CONTROLLERS: Mapping[str, str] = {
    "profile-finalizer": "kubeflow/profiles-deployment",
    "inferenceservice.finalizers": _KSERVE,
    "trainedmodel.finalizer": _KSERVE,
    "serving.kserve.io/llmisvc-finalizer": "kubeflow/llmisvc-controller-manager",
    "serving.kserve.io/llmisvcconfig-finalizer": "kubeflow/llmisvc-controller-manager",
    "localmodel.kserve.io/finalizer": "kubeflow/kserve-localmodel-controller-manager",
    "routes.serving.knative.dev": "knative-serving/controller",
    "domainmappings.serving.knative.dev": "knative-serving/controller",
    "ingresses.networking.internal.knative.dev": "knative-serving/net-istio-controller",
    "clean-metrics-in-db": _KATIB,
    "update-prometheus-metrics": _KATIB,
    "trainer.kubeflow.org/resource-in-use": "kubeflow-system/kubeflow-trainer-controller-manager",
    "monitoring.coreos.com/status-cleanup": "monitoring/prometheus-operator",
    "workflows.argoproj.io/artifact-gc": "kubeflow/workflow-controller",
}
KUBERNETES: Mapping[str, str] = {
    "foregroundDeletion": "the garbage collector, once all that it owns is gone",
    "kubernetes.io/pvc-protection": "Kubernetes, once no pod uses it",
    "kubernetes.io/pv-protection": "Kubernetes, once no claim is bound to it",
    "service.kubernetes.io/load-balancer-cleanup": "the cloud's controller of load balancers",
    "external-provisioner.volume.kubernetes.io/finalizer": "the CSI driver of the volume",
}


def holds(live: Body) -> str:
    """Everything that keeps an object from going, each with who is to take it away."""
    metadata = live["metadata"]
    held = [f"{one} (of {_owner(one, metadata)})" for one in metadata.get("finalizers", ())]
    return ", ".join((*held, *_left_inside(live))) or "nothing it names"


def _owner(finalizer: str, metadata: Body) -> str:
    if finalizer in CONTROLLERS:
        return f"Deployment {CONTROLLERS[finalizer]}"
    if finalizer in KUBERNETES:
        return KUBERNETES[finalizer]
    # The API server notes who wrote which field, each finalizer by itself.
    writers = sorted({str(entry["manager"]) for entry in _entries(finalizer, metadata)})
    return f"a controller that we do not know; set by {', '.join(writers) or 'nobody on record'}"


def _entries(finalizer: str, metadata: Body) -> Iterator[Body]:
    for entry in metadata.get("managedFields", ()):
        noted = entry.get("fieldsV1", {}).get("f:metadata", {}).get("f:finalizers", {})
        if f'v:"{finalizer}"' in noted:
            yield entry


def _left_inside(live: Body) -> Iterator[str]:
    """What a namespace says about its content, which outlives the finalizers of its metadata."""
    for condition in live.get("status", {}).get("conditions") or ():
        if str(condition["type"]).startswith("Namespace") and condition["status"] == "True":
            yield str(condition.get("message", condition["type"]))
