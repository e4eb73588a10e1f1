"""What the manifests do not say about order, each with its reason; all else is derived."""

from dataclasses import dataclass

from upstream.model import Key


def _deployment(namespace: str, name: str) -> Key:
    return Key("apps", "Deployment", namespace, name)


@dataclass(frozen=True, kw_only=True)
class SelfPatching:
    """A Service whose workload becomes available only after it put its CA into its configurations.

    The workload comes after them, not before: waiting for it first would wait for ever. That it is
    available also proves that the CAs are there, so its configurations need no gate.
    """

    service: Key
    reason: str


@dataclass(frozen=True, kw_only=True)
class Wait:
    """All of `before` come before each of `after`; a row may name what is not rendered."""

    after: frozenset[Key]
    before: frozenset[Key]
    reason: str


SELF_PATCHING = (
    SelfPatching(
        service=Key("", "Service", "kubeflow-system", "jobset-webhook-service"),
        reason="readyz answers once the certificates are injected (jobset v0.10 main.go)",
    ),
    SelfPatching(
        service=Key("", "Service", "kubeflow-system", "kubeflow-trainer-controller-manager"),
        reason="readyz answers once the certificates are injected (trainer v2.1 main.go)",
    ),
    SelfPatching(
        service=Key("", "Service", "kubeflow", "training-operator"),
        reason="its certificate rotator is ready once the configuration has its CA, as trainer's",
    ),
)

_INJECTOR = Key(
    "admissionregistration.k8s.io", "MutatingWebhookConfiguration", "", "istio-sidecar-injector"
)
WAITS = (
    Wait(
        after=frozenset({_INJECTOR}),
        before=frozenset({Key("apps", "DaemonSet", "kube-system", "istio-cni-node")}),
        reason="pods injected on a node without the CNI plugin fail in istio-validation",
    ),
    Wait(
        after=frozenset(
            {Key("security.istio.io", "RequestAuthentication", "istio-system", "dex-jwt")}
        ),
        before=frozenset({_deployment("auth", "dex"), Key("", "Service", "auth", "dex")}),
        reason="istiod fetches Dex's keys when it is told of them, and after failures ever more "
        "minutes later: until then it refuses who logged in",
    ),
    Wait(
        after=frozenset({_deployment("istio-system", "istiod")}),
        before=frozenset(
            Key("", "ConfigMap", "istio-system", name)
            for name in ("istio", "istio-sidecar-injector")
        ),
        reason="istiod reads them through the API; until then it injects by its own defaults",
    ),
    Wait(
        after=frozenset(
            _deployment("kubeflow", name)
            for name in ("cache-server", "metadata-grpc-deployment", "ml-pipeline")
        ),
        before=frozenset({_deployment("kubeflow", "mysql")}),
        reason="the server exits while its database, named only in a ConfigMap, does not answer",
    ),
    Wait(
        after=frozenset({_deployment("kubeflow", "ml-pipeline")}),
        before=frozenset({_deployment("kubeflow", "seaweedfs")}),
        reason="the API server creates its bucket at start and exits when the store is not there",
    ),
    Wait(
        after=frozenset({_deployment("kubeflow", "katib-db-manager")}),
        before=frozenset({_deployment("kubeflow", "katib-mysql")}),
        reason="it waits a minute for its database, then exits",
    ),
    Wait(
        after=frozenset(
            Key("monitoring.coreos.com", kind, "monitoring", name)
            for kind, name in (("Prometheus", "k8s"), ("Alertmanager", "main"))
        ),
        before=frozenset(
            {
                _deployment("monitoring", "prometheus-operator"),
                Key("", "ServiceAccount", "monitoring", "prometheus-k8s"),
                Key("", "ServiceAccount", "monitoring", "alertmanager-main"),
                Key("", "Secret", "monitoring", "alertmanager-main"),
                Key("rbac.authorization.k8s.io", "ClusterRoleBinding", "", "prometheus-k8s"),
            }
        ),
        reason="the operator makes their pods, and takes its finalizer off them in a destroy",
    ),
)
