"""The platform's pods go before those of teams, where nodes are full. Pure."""

from components.platform.patches.model import Addition, Entry, Json, Patch, Selector, with_spec
from plan.priority import PLATFORM_PRIORITY, PLATFORM_VALUE

SOURCE = "kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption"
WHY = "after the loss of a node a pod of the platform must not wait for a team's notebook to end"
# Component ("" is all that are installed) and kind; DaemonSets have classes of Kubernetes' own.
WORKLOADS = (
    ("", "Deployment"),
    ("model-registry", "StatefulSet"),
    ("pipelines", "StatefulSet"),
)
OPERATED = ("Alertmanager", "Prometheus")  # their operator makes the pods


def priority_patches() -> tuple[Entry, ...]:
    """The class, and everything of the platform that has none of its own in it."""
    return (
        Addition(
            name="platform-priority",
            component="namespaces",
            selector=Selector(kind="Namespace", namespace="", name="kubeflow"),
            why=WHY,
            source=SOURCE,
            make=_class,
        ),
        *(
            Patch(
                name=f"{component}{kind}-priority",
                component=component,
                selector=Selector(kind=kind, namespace=".*", name=".*"),
                why=WHY,
                source=SOURCE,
                change=_first,
            )
            for component, kind in WORKLOADS
        ),
        *(
            Patch(
                name=f"{kind}-priority",
                component="monitoring",
                selector=Selector(kind=kind, namespace=".*", name=".*"),
                why=WHY,
                source=SOURCE,
                change=lambda body: with_spec(body, priorityClassName=PLATFORM_PRIORITY),
            )
            for kind in OPERATED
        ),
    )


def _class(_: Json) -> Json:
    return {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": PLATFORM_PRIORITY},
        "value": PLATFORM_VALUE,
        "description": "Kubeflow's own pods: they go before those of teams.",
    }


def _first(body: Json) -> Json:
    template = body["spec"]["template"]
    pod = {"priorityClassName": PLATFORM_PRIORITY, **template["spec"]}
    return with_spec(body, template={**template, "spec": pod})
