"""Gates are written as the Kubernetes provider reads them, and only where it cannot know."""

from typing import Any

import pytest

from upstream.admission import backend_services
from upstream.gates import gates, skips_await
from upstream.inventory import take_inventory
from upstream.model import Obj, Release
from upstream.render import as_object


def _obj(api_version: str, kind: str, **fields: Any) -> Obj:
    meta = {"name": "x", "namespace": "n"}
    return as_object({"apiVersion": api_version, "kind": kind, "metadata": meta, **fields}, "test")


def _hooks(*configs: dict[str, Any]) -> Obj:
    hooks = [{"name": "h", "clientConfig": config} for config in configs]
    return _obj("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", webhooks=hooks)


SERVICE = {"service": {"namespace": "n", "name": "s"}}


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        (_obj("cert-manager.io/v1", "Certificate"), ("condition=Ready",)),
        (_obj("cert-manager.io/v1", "Issuer"), ("condition=Ready",)),
        (_obj("cert-manager.io/v1", "ClusterIssuer"), ("condition=Ready",)),
        (_obj("networking.internal.knative.dev/v1alpha1", "Certificate"), ()),
        (
            _obj("kubeflow.org/v1", "Profile"),
            ("jsonpath={.metadata.finalizers[0]}=profile-finalizer",),
        ),
        (
            _hooks(SERVICE, {"url": "https://example.org"}, SERVICE),
            (
                "jsonpath={.webhooks[0].clientConfig.caBundle}",
                "jsonpath={.webhooks[2].clientConfig.caBundle}",
            ),
        ),
        (_obj("apps/v1", "Deployment"), ()),
    ],
)
def test_gates_are_written_as_the_provider_reads_them(obj: Obj, expected: tuple[str, ...]) -> None:
    assert gates(obj) == expected


def test_configurations_whose_backend_proves_its_own_ca_have_no_gate(release: Release) -> None:
    free = {
        obj.name
        for obj in release.objects
        if obj.kind.endswith("WebhookConfiguration") and not gates(obj)
    }
    assert free == {
        "jobset-mutating-webhook-configuration",
        "jobset-validating-webhook-configuration",
        "validator.trainer.kubeflow.org",
        "validator.training-operator.kubeflow.org",
    }


def test_only_webhook_backends_and_load_balancers_are_waited_for(release: Release) -> None:
    backends = backend_services(take_inventory(release.objects, release.all_crds))
    awaited = {str(o.key) for o in release.objects if o.kind == "Service"} - {
        str(o.key) for o in release.objects if skips_await(o, backends)
    }
    assert awaited == {
        "Service cert-manager/cert-manager-webhook",
        "Service istio-system/istiod",
        "Service knative-serving/net-istio-webhook",
        "Service knative-serving/webhook",
        "Service kubeflow-system/jobset-webhook-service",
        "Service kubeflow-system/kubeflow-trainer-controller-manager",
        "Service kubeflow/admission-webhook-service",
        "Service kubeflow/cache-server",
        "Service kubeflow/katib-controller",
        "Service kubeflow/kserve-webhook-server-service",
        "Service kubeflow/llmisvc-webhook-server-service",
        "Service kubeflow/pvcviewer-webhook-service",
        "Service kubeflow/spark-operator-webhook-svc",
        "Service kubeflow/training-operator",
    }
    assert skips_await(_obj("v1", "PersistentVolumeClaim", spec={}), backends)
    balancer = _obj("v1", "Service", spec={"type": "LoadBalancer"})
    assert not skips_await(balancer, frozenset())
    assert not skips_await(_obj("apps/v1", "Deployment", spec={}), frozenset())
