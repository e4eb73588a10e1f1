"""Programs whose pods are ready only once their own webhook configurations have a CA.

The simulated kubelet holds their pods until they carry `TRUSTED` (kwok/stages.yaml).
"""

from collections.abc import Iterator

from rehearsal.standins.world import MUTATING, POD, VALIDATING, Body, World, identity
from rehearsal.standins.writing import Write

TRUSTED = "rehearsal/trusted"
KINDS = frozenset({MUTATING, POD, VALIDATING})
# Whose pods they are, by the Service that its configurations name: that one may come last of all.
ACCOUNTS = {
    ("kubeflow-system", "jobset-webhook-service"): "jobset-controller-manager",
    ("kubeflow-system", "kubeflow-trainer-controller-manager"): (
        "kubeflow-trainer-controller-manager"
    ),
    ("kubeflow", "training-operator"): "training-operator",
}


def writes(world: World, encoded: str) -> Iterator[Write]:
    """The mark for each pod that waits while all its configurations have the bundle."""
    for service in ACCOUNTS:
        if _is_trusted(world, service, encoded):
            for pod in _pods(world, *service):
                if TRUSTED not in (pod["metadata"].get("annotations") or {}):
                    yield _mark(pod)


def is_starting(world: World, namespace: str, service: str) -> bool:
    """Whether a program runs that puts its CA in before it is ready."""
    return (namespace, service) in ACCOUNTS and any(_pods(world, namespace, service))


def _pods(world: World, namespace: str, service: str) -> Iterator[Body]:
    """The program's pods that have a node, ready or not."""
    for pod in world.all(POD):
        spec = pod["spec"]
        is_here = pod["metadata"].get("namespace") == namespace and "nodeName" in spec
        if is_here and spec.get("serviceAccountName") == ACCOUNTS[namespace, service]:
            yield pod


def _is_trusted(world: World, service: tuple[str, str], encoded: str) -> bool:
    configs = [
        hook["clientConfig"]
        for kind in (MUTATING, VALIDATING)
        for body in world.all(kind)
        for hook in body.get("webhooks") or ()
    ]
    own = [one for one in configs if _named(one) == service]
    return bool(own) and all(config.get("caBundle") == encoded for config in own)


def _named(config: Body) -> tuple[str, str] | None:
    service = config.get("service")
    return (service["namespace"], service["name"]) if service else None


def _mark(pod: Body) -> Write:
    namespace, name = identity(pod)
    body = {"metadata": {"annotations": {TRUSTED: "true"}}}
    return Write(verb="merge", kind=POD, namespace=namespace, name=name, body=body)
