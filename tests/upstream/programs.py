"""What is known of single programs and no manifest tells, for the model of a slow cluster."""

from collections.abc import Mapping

from upstream.model import Key

INJECTOR = "istio-sidecar-injector"
CNI = Key("apps", "DaemonSet", "kube-system", "istio-cni-node")


def _deployment(namespace: str, name: str) -> Key:
    return Key("apps", "Deployment", namespace, name)


def _kubeflow(*names: str) -> frozenset[Key]:
    return frozenset(_deployment("kubeflow", name) for name in names)


# Programs that end when they start without another one.
EXITS_WITHOUT: Mapping[Key, frozenset[Key]] = {
    _deployment("kubeflow", "cache-server"): _kubeflow("mysql"),
    _deployment("kubeflow", "metadata-grpc-deployment"): _kubeflow("mysql"),
    _deployment("kubeflow", "ml-pipeline"): _kubeflow("mysql", "seaweedfs"),
    _deployment("kubeflow", "katib-db-manager"): _kubeflow("katib-mysql"),
}
# Programs that read settings by the API once, at their start.
READS: Mapping[Key, frozenset[Key]] = {
    _deployment("istio-system", "istiod"): frozenset(
        Key("", "ConfigMap", "istio-system", name) for name in ("istio", INJECTOR)
    )
}
# Objects on which a program fetches from another, by its Service, at once or minutes later.
FETCHED: Mapping[Key, frozenset[Key]] = {
    Key("security.istio.io", "RequestAuthentication", "istio-system", "dex-jwt"): frozenset(
        {Key("", "Service", "auth", "dex"), _deployment("auth", "dex")}
    )
}
# Objects whose pods an operator makes, with the account and the settings that it finds then.
OPERATED: Mapping[Key, frozenset[Key]] = {
    Key("monitoring.coreos.com", "Prometheus", "monitoring", "k8s"): frozenset(
        {
            _deployment("monitoring", "prometheus-operator"),
            Key("", "ServiceAccount", "monitoring", "prometheus-k8s"),
        }
    ),
    Key("monitoring.coreos.com", "Alertmanager", "monitoring", "main"): frozenset(
        {
            _deployment("monitoring", "prometheus-operator"),
            Key("", "ServiceAccount", "monitoring", "alertmanager-main"),
            Key("", "Secret", "monitoring", "alertmanager-main"),
        }
    ),
}
# Programs whose pods are ready only when the configurations naming their Service have a CA.
READY_ONCE_TRUSTED = frozenset(
    {
        _deployment("kubeflow-system", "jobset-controller-manager"),
        _deployment("kubeflow-system", "kubeflow-trainer-controller-manager"),
        _deployment("kubeflow", "training-operator"),
    }
)
# Whoever works with the platform as soon as `up` is done: every webhook has to answer them.
FIRST_USER = Key("", "User", "", "first")
CERT_MANAGER, CA_INJECTOR = (
    _deployment("cert-manager", name) for name in ("cert-manager", "cert-manager-cainjector")
)
