"""How far autoscalers may go: upstream's maxima do not fit a small cluster. Pure."""

from functools import partial

from components.platform.patches.model import Json, Patch, Selector, with_spec

SOURCE = "kubeflow.md, section 6: HPA worst case"

# component, namespace, name, most pods, why
CAPS = (
    ("istio", "istio-system", "istiod", 2, "a pod asks 500m and 2Gi: five are most of a node pool"),
    ("istio", "istio-system", "istio-ingressgateway", 3, "one per node or zone; upstream's is 5"),
    ("knative", "istio-system", "cluster-local-gateway", 2, "only calls inside the cluster"),
    ("knative", "knative-serving", "activator", 3, "20 pods of 300m are 6 CPU, half of 3 nodes"),
    ("knative", "knative-serving", "webhook", 2, "it judges few writes; a second is for safety"),
)


def autoscaling_patches() -> tuple[Patch, ...]:
    """One cap per autoscaler."""
    return tuple(
        Patch(
            name=f"{name}-max-replicas",
            component=component,
            selector=Selector(kind="HorizontalPodAutoscaler", namespace=namespace, name=name),
            why=why,
            source=SOURCE,
            change=partial(_capped, most),
            may_hold_already=True,
        )
        for component, namespace, name, most, why in CAPS
    )


def _capped(most: int, body: Json) -> Json:
    return with_spec(body, maxReplicas=min(body["spec"]["maxReplicas"], most))
