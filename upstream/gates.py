"""When an object counts as there, where the Kubernetes provider cannot know it by itself."""

from collections.abc import Callable

from upstream.admission import CONFIGURATIONS, services, webhooks
from upstream.exceptions import SELF_PATCHING
from upstream.model import Key, Obj

READY = "condition=Ready"
_CERT_MANAGER = "cert-manager.io"
_OPERATED = "monitoring.coreos.com"


def gates(obj: Obj) -> tuple[str, ...]:
    """What has to hold, all of it, in the syntax of the annotation `pulumi.com/waitFor`."""
    rule = _GATES.get((obj.key.group, obj.kind))
    return rule(obj) if rule else ()


def skips_await(obj: Obj, backends: frozenset[Key]) -> bool:
    """Whether waiting for this Service or claim would be in vain or would only hold others up.

    The provider waits until a Service has endpoints. That is right for `backends`, the Services
    behind webhooks (admission.backend_services), which come after their workloads, and for the
    address of a load balancer. No other Service comes after its workload. Of a claim that binds
    with its first pod it waits until that is pending: one taken up again, bound, never is.
    """
    return (obj.key.group, obj.kind) == ("", "PersistentVolumeClaim") or (
        (obj.key.group, obj.kind) == ("", "Service")
        and obj.key not in backends
        and obj.body["spec"].get("type") != "LoadBalancer"
    )


def _ready(_: Obj) -> tuple[str, ...]:
    return (READY,)


def _available(_: Obj) -> tuple[str, ...]:
    return ("condition=Available",)


def _ca_bundles(obj: Obj) -> tuple[str, ...]:
    """One gate per webhook that a Service answers; none where the backend's readiness proves it."""
    if services(obj) & _SELF_PATCHING:
        return ()
    return tuple(
        f"jsonpath={{.webhooks[{index}].clientConfig.caBundle}}"
        for index, hook in enumerate(webhooks(obj))
        if "service" in hook["clientConfig"]
    )


def _profile(_: Obj) -> tuple[str, ...]:
    """The controller sets no condition; its finalizer comes last, after namespace and rights."""
    return ("jsonpath={.metadata.finalizers[0]}=profile-finalizer",)


_SELF_PATCHING = frozenset(row.service for row in SELF_PATCHING)
_GATES: dict[tuple[str, str], Callable[[Obj], tuple[str, ...]]] = {
    **{(_CERT_MANAGER, kind): _ready for kind in ("Certificate", "ClusterIssuer", "Issuer")},
    **{("admissionregistration.k8s.io", kind): _ca_bundles for kind in CONFIGURATIONS},
    ("kubeflow.org", "Profile"): _profile,
    **{(_OPERATED, kind): _available for kind in ("Alertmanager", "Prometheus")},
}
