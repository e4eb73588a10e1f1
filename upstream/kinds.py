"""How the API server serves each kind: its resource name, and whether it is namespaced."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from upstream.model import CrdRef


class Resource(NamedTuple):
    """How a kind is served: the plural that webhook rules name, and its scope."""

    plural: str
    namespaced: bool


Kinds = Mapping[tuple[str, str], Resource]

_ADMISSION = "admissionregistration.k8s.io"
_RBAC = "rbac.authorization.k8s.io"
_CLUSTER = (
    ("", "Namespace", "namespaces"),
    ("", "Node", "nodes"),
    ("", "PersistentVolume", "persistentvolumes"),
    (_ADMISSION, "MutatingWebhookConfiguration", "mutatingwebhookconfigurations"),
    (_ADMISSION, "ValidatingAdmissionPolicy", "validatingadmissionpolicies"),
    (_ADMISSION, "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings"),
    (_ADMISSION, "ValidatingWebhookConfiguration", "validatingwebhookconfigurations"),
    ("apiextensions.k8s.io", "CustomResourceDefinition", "customresourcedefinitions"),
    ("apiregistration.k8s.io", "APIService", "apiservices"),
    ("certificates.k8s.io", "CertificateSigningRequest", "certificatesigningrequests"),
    ("networking.k8s.io", "IngressClass", "ingressclasses"),
    ("node.k8s.io", "RuntimeClass", "runtimeclasses"),
    (_RBAC, "ClusterRole", "clusterroles"),
    (_RBAC, "ClusterRoleBinding", "clusterrolebindings"),
    ("scheduling.k8s.io", "PriorityClass", "priorityclasses"),
    ("storage.k8s.io", "CSIDriver", "csidrivers"),
    ("storage.k8s.io", "StorageClass", "storageclasses"),
)
_NAMESPACED = (
    ("", "ConfigMap", "configmaps"),
    ("", "Endpoints", "endpoints"),
    ("", "LimitRange", "limitranges"),
    ("", "PersistentVolumeClaim", "persistentvolumeclaims"),
    ("", "Pod", "pods"),
    ("", "ResourceQuota", "resourcequotas"),
    ("", "Secret", "secrets"),
    ("", "Service", "services"),
    ("", "ServiceAccount", "serviceaccounts"),
    ("apps", "DaemonSet", "daemonsets"),
    ("apps", "Deployment", "deployments"),
    ("apps", "ReplicaSet", "replicasets"),
    ("apps", "StatefulSet", "statefulsets"),
    ("autoscaling", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
    ("batch", "CronJob", "cronjobs"),
    ("batch", "Job", "jobs"),
    ("coordination.k8s.io", "Lease", "leases"),
    ("discovery.k8s.io", "EndpointSlice", "endpointslices"),
    ("networking.k8s.io", "Ingress", "ingresses"),
    ("networking.k8s.io", "NetworkPolicy", "networkpolicies"),
    ("policy", "PodDisruptionBudget", "poddisruptionbudgets"),
    (_RBAC, "Role", "roles"),
    (_RBAC, "RoleBinding", "rolebindings"),
)
BUILT_IN: Kinds = {
    (group, kind): Resource(plural, namespaced)
    for rows, namespaced in ((_CLUSTER, False), (_NAMESPACED, True))
    for group, kind, plural in rows
}


def known_kinds(crds: Iterable[CrdRef]) -> Kinds:
    """Every kind by (group, kind): those of Kubernetes itself and those that `crds` define."""
    own = {(c.group, c.kind): Resource(c.plural, c.scope == "Namespaced") for c in crds}
    return {**BUILT_IN, **own}
