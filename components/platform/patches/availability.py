"""Two of everything that requests pass through, apart from each other, where it matters. Pure."""

from functools import partial

from components.platform.patches.model import Addition, Entry, Json, Patch, Selector, with_spec

SOURCE = "reliability.md, REL-21"
REPLICAS = 2
LEADS = "it elects a leader"
SHARES = "and its pods share the certificate they make, by its Secret"
SPREAD_OVER = ("topology.kubernetes.io/zone", "kubernetes.io/hostname")

# component, namespace, name, what is down without it, why a second one is safe; names as regular
# expressions. Controllers are here for the webhooks they serve, and only those that elect a leader:
# of the others a second one does things twice.
WORKLOADS = (
    ("istio", "istio-system", "istio-ingressgateway", "every page", "stateless"),
    ("istio", "istio-system", "istiod", "new pods and routes", "istiod elects a leader itself"),
    ("oauth2-proxy", "oauth2-proxy", "oauth2-proxy", "logging in", "sessions are in cookies"),
    ("dex", "auth", "dex", "logging in", "its state is in Kubernetes objects"),
    ("cert-manager", "cert-manager", "cert-manager-webhook", "certificates", "stateless"),
    ("knative", "knative-serving", "webhook", "writes to Knative", LEADS),
    ("knative", "knative-serving", "net-istio-webhook", "Knative routes", LEADS),
    ("knative", "knative-serving", "activator", "calls that wake a model", "stateless"),
    ("knative", "istio-system", "cluster-local-gateway", "models' calls of models", "stateless"),
    (
        "pod-defaults",
        "kubeflow",
        "admission-webhook-deployment|poddefaults-webhook-deployment",
        "new notebooks",
        "stateless",
    ),
    ("pipelines", "kubeflow", "ml-pipeline", "pipelines and their UI", "its state is in MySQL"),
    ("kserve", "kubeflow", "kserve-controller-manager", "writes of models", LEADS),
    ("kserve", "kubeflow", "llmisvc-controller-manager", "writes of language models", LEADS),
    ("notebooks", "kubeflow", "pvcviewer-controller-manager", "viewers of volumes", LEADS),
    (
        "spark",
        "kubeflow",
        "spark-operator-webhook",
        "Spark jobs and their pods",
        f"{LEADS}, {SHARES}",
    ),
    (
        "trainer",
        "kubeflow-system",
        "jobset-controller-manager",
        "sets of jobs",
        f"{LEADS}, {SHARES}",
    ),
    (
        "trainer",
        "kubeflow-system",
        "kubeflow-trainer-controller-manager",
        "training jobs",
        f"{LEADS}, {SHARES}",
    ),
)
# The webhooks that stay at one pod in prod too, and why a second one would do harm or no good.
NO_LEADER = "it elects no leader: upstream does not switch that on, and gives no right to leases"
ALONE = {
    "kubeflow/katib-controller": f"{NO_LEADER}; a second one would start every trial again",
    "kubeflow/kserve-localmodel-controller-manager": f"{NO_LEADER}; a second one would copy every "
    "model again",
    "kubeflow/training-operator": f"{NO_LEADER}; a second one would make a job's pods again",
    "kubeflow/cache-server": "it records every step that it sees end; a second one would do so "
    "again, and while it is away steps run, only without cache (failurePolicy Ignore)",
}
# Their number is an autoscaler's: it gets a minimum, and the Deployment says nothing. Two writers
# of one number would be drift: a refresh would show its third pod, and an up would take it away.
# The second pod comes when the autoscaler first looks, which needs no metrics.
SCALED = ("istio-ingressgateway", "istiod", "webhook", "activator", "cluster-local-gateway")
# The budgets that upstream has; its minAvailable of 0 lets a drain take both pods at once.
BUDGETS = {"activator": "activator-pdb", "webhook": "webhook-pdb"}
BUDGET_WHY = "a drain may take one pod, never both"
# A pod that is broken anyway must not hold up a drain.
BUDGET = {"maxUnavailable": 1, "unhealthyPodEvictionPolicy": "AlwaysAllow"}


def availability_patches() -> tuple[Entry, ...]:
    """Replicas, their spread, and the budgets that a drain keeps to and can pass."""
    return (
        *(
            Patch(
                name=f"{name}-replicas",
                component=component,
                selector=Selector(
                    kind="HorizontalPodAutoscaler" if name in SCALED else "Deployment",
                    namespace=namespace,
                    name=name,
                ),
                why=f"a node that goes must not take {down} along; {safe}",
                source=SOURCE,
                change=partial(_at_least, "minReplicas" if name in SCALED else "replicas"),
                may_hold_already=True,
            )
            for component, namespace, name, down, safe in WORKLOADS
        ),
        *(
            Patch(
                name=f"{name}-spread",
                component=component,
                selector=Selector(kind="Deployment", namespace=namespace, name=name),
                why="two pods on one node or in one zone go together",
                source=SOURCE,
                change=_spread,
            )
            for component, namespace, name, _, _ in WORKLOADS
        ),
        *(
            Patch(
                name=f"{BUDGETS[name]}-budget",
                component=component,
                selector=Selector(
                    kind="PodDisruptionBudget", namespace=namespace, name=BUDGETS[name]
                ),
                why=BUDGET_WHY,
                source=SOURCE,
                change=_one_at_a_time,
            )
            for component, namespace, name, _, _ in WORKLOADS
            if name in BUDGETS
        ),
        *(
            Addition(
                name=f"{name}-budget",
                component=component,
                selector=Selector(kind="Deployment", namespace=namespace, name=name),
                why=BUDGET_WHY,
                source=SOURCE,
                make=_budget,
            )
            for component, namespace, name, _, _ in WORKLOADS
            if name not in BUDGETS
        ),
    )


def _at_least(field: str, body: Json) -> Json:
    return with_spec(body, **{field: max(body["spec"].get(field, 1), REPLICAS)})


def _spread(body: Json) -> Json:
    """A wish, no condition: a cluster of one zone still starts everything."""
    template = body["spec"]["template"]
    pod = template["spec"]
    own = [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": body["spec"]["selector"],
        }
        for key in SPREAD_OVER
    ]
    upstreams = [
        constraint
        for constraint in pod.get("topologySpreadConstraints", [])
        if constraint["topologyKey"] not in SPREAD_OVER
    ]
    pod = {**pod, "topologySpreadConstraints": [*upstreams, *own]}
    return with_spec(body, template={**template, "spec": pod})


def _one_at_a_time(body: Json) -> Json:
    kept = {name: said for name, said in body["spec"].items() if name != "minAvailable"}
    return {**body, "spec": {**kept, **BUDGET}}


def _budget(workload: Json) -> Json:
    metadata = workload["metadata"]
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": metadata["name"], "namespace": metadata["namespace"]},
        "spec": {**BUDGET, "selector": workload["spec"]["selector"]},
    }
