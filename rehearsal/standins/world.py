"""What the cluster shows: every watched object, as of now. Safe to share between threads."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Body = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind to watch. `crd` names the CRD that must exist first."""

    api_version: str
    name: str
    crd: str = ""
    namespace: str = ""
    fields: str = ""


POD = Kind(api_version="v1", name="Pod")
NODE = Kind(api_version="v1", name="Node")
SERVICE = Kind(api_version="v1", name="Service")
ENDPOINTS = Kind(api_version="discovery.k8s.io/v1", name="EndpointSlice")
NAMESPACE = Kind(api_version="v1", name="Namespace")
CLAIM = Kind(api_version="v1", name="PersistentVolumeClaim")
VOLUME = Kind(api_version="v1", name="PersistentVolume")
STORAGE_CLASS = Kind(api_version="storage.k8s.io/v1", name="StorageClass")
TLS_SECRET = Kind(api_version="v1", name="Secret", fields="type=kubernetes.io/tls")
INJECTOR_CONFIG = Kind(
    api_version="v1",
    name="ConfigMap",
    namespace="istio-system",
    fields="metadata.name=istio-sidecar-injector",
)
QUOTA = Kind(api_version="v1", name="ResourceQuota", fields="metadata.name=kf-resource-quota")
ACCOUNT = Kind(api_version="v1", name="ServiceAccount")
BINDING = Kind(api_version="rbac.authorization.k8s.io/v1", name="RoleBinding")
DEPLOYMENT = Kind(api_version="apps/v1", name="Deployment")
STATEFUL_SET = Kind(api_version="apps/v1", name="StatefulSet")
MUTATING = Kind(api_version="admissionregistration.k8s.io/v1", name="MutatingWebhookConfiguration")
VALIDATING = Kind(
    api_version="admissionregistration.k8s.io/v1", name="ValidatingWebhookConfiguration"
)
CRD = Kind(api_version="apiextensions.k8s.io/v1", name="CustomResourceDefinition")
ISSUER = Kind(api_version="cert-manager.io/v1", name="Issuer", crd="issuers.cert-manager.io")
CLUSTER_ISSUER = Kind(
    api_version="cert-manager.io/v1", name="ClusterIssuer", crd="clusterissuers.cert-manager.io"
)
CERTIFICATE = Kind(
    api_version="cert-manager.io/v1", name="Certificate", crd="certificates.cert-manager.io"
)
PROFILE = Kind(api_version="kubeflow.org/v1", name="Profile", crd="profiles.kubeflow.org")
PROMETHEUS = Kind(
    api_version="monitoring.coreos.com/v1",
    name="Prometheus",
    crd="prometheuses.monitoring.coreos.com",
)
ALERTMANAGER = Kind(
    api_version="monitoring.coreos.com/v1",
    name="Alertmanager",
    crd="alertmanagers.monitoring.coreos.com",
)

WATCHED = (
    POD,
    NODE,
    SERVICE,
    ENDPOINTS,
    NAMESPACE,
    CLAIM,
    VOLUME,
    STORAGE_CLASS,
    TLS_SECRET,
    INJECTOR_CONFIG,
    QUOTA,
    ACCOUNT,
    BINDING,
    DEPLOYMENT,
    MUTATING,
    VALIDATING,
    CRD,
    ISSUER,
    CLUSTER_ISSUER,
    CERTIFICATE,
    PROFILE,
    STATEFUL_SET,
    PROMETHEUS,
    ALERTMANAGER,
)


@dataclass
class _Shelf:
    objects: dict[tuple[str, str], Body] = field(default_factory=dict)
    version: int = 0
    is_complete: bool = False


class World:
    """Objects by kind; changes wake those who wait for them."""

    def __init__(self) -> None:
        self._shelves = {kind: _Shelf() for kind in WATCHED}
        self._changed = threading.Condition()
        self._touched: set[Kind] = set()

    def all(self, kind: Kind) -> tuple[Body, ...]:
        """Every object of a kind."""
        with self._changed:
            return tuple(self._shelves[kind].objects.values())

    def get(self, kind: Kind, namespace: str, name: str) -> Body | None:
        """One object; `namespace` is empty for cluster-wide kinds."""
        with self._changed:
            return self._shelves[kind].objects.get((namespace, name))

    def is_complete(self, kind: Kind) -> bool:
        """Whether the kind has been listed once."""
        with self._changed:
            return self._shelves[kind].is_complete

    def replace(self, kind: Kind, objects: Iterable[Body], version: int) -> None:
        """What a fresh list says, which is all there is."""
        with self._changed:
            known = {_key(body): body for body in objects}
            self._shelves[kind] = _Shelf(objects=known, version=version, is_complete=True)
            self._touch(kind)

    def note(self, kind: Kind, event: str, body: Body) -> None:
        """One event of a watch."""
        with self._changed:
            shelf = self._shelves[kind]
            shelf.version = max(shelf.version, _version(body))
            if event == "DELETED":
                shelf.objects.pop(_key(body), None)
            else:
                shelf.objects[_key(body)] = body
            self._touch(kind)

    def learn(self, kind: Kind, body: Body) -> None:
        """What a write of our own answered; ignored when the watch is already past it."""
        with self._changed:
            shelf = self._shelves[kind]
            if shelf.is_complete and _version(body) > shelf.version:
                shelf.objects[_key(body)] = body

    def poke(self, kinds: Iterable[Kind]) -> None:
        """Let the stand-ins of these kinds look again."""
        with self._changed:
            for kind in kinds:
                self._touch(kind)

    def touched(self, seconds: float) -> frozenset[Kind]:
        """The kinds that changed since the last call; waits for one at most so long."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._touched), seconds)
            touched = frozenset(self._touched)
            self._touched.clear()
            return touched

    def wait(self, check: Callable[[], bool], seconds: float) -> bool:
        """Until `check` holds, looked at with every change."""
        with self._changed:
            return self._changed.wait_for(check, seconds)

    def _touch(self, kind: Kind) -> None:
        self._touched.add(kind)
        self._changed.notify_all()


def is_available(deployment: Body) -> bool:
    """Whether a Deployment is Available as it is written now."""
    status = deployment.get("status") or {}
    if status.get("observedGeneration", 0) < deployment["metadata"].get("generation", 0):
        return False
    return has_condition(deployment, "Available")


def has_condition(body: Body, name: str) -> bool:
    """Whether a status condition is True."""
    conditions = (body.get("status") or {}).get("conditions") or []  # a new CRD says null
    return any(c["type"] == name and c["status"] == "True" for c in conditions)


def identity(body: Body) -> tuple[str, str]:
    """(namespace, name)."""
    return _key(body)


def _key(body: Body) -> tuple[str, str]:
    metadata = body["metadata"]
    return metadata.get("namespace", ""), metadata["name"]


def _version(body: Body) -> int:
    return int(body["metadata"].get("resourceVersion", 0))
