"""Whether a pod could run on an empty node: selector, node affinity, taints, size. Pure.

Pod affinity and spread are left to the scheduler: it decides, this only guesses for the autoscaler.
"""

from collections.abc import Mapping
from typing import Any

from plan.quantities import amount, pod_requests

HARD_EFFECTS = ("NoSchedule", "NoExecute")
UNREADY = "node.kubernetes.io/"

Body = Mapping[str, Any]


def fits(pod: Body, node: Body) -> bool:
    """Whether the pod would fit the node if nothing else were on it."""
    spec, labels = pod["spec"], node["metadata"]["labels"]
    return (
        all(labels.get(key) == value for key, value in (spec.get("nodeSelector") or {}).items())
        and _affinity_allows(spec, labels)
        and all(_is_tolerated(taint, spec) for taint in _taints(node))
        and _is_large_enough(node["status"]["allocatable"], spec)
    )


def _is_large_enough(allocatable: Body, spec: Body) -> bool:
    return all(
        asked <= amount(allocatable.get(name, "0")) for name, asked in pod_requests(spec).items()
    )


def _taints(node: Body) -> list[Body]:
    """Those of the pool; the ones a starting node carries pass."""
    taints = node["spec"].get("taints") or []
    return [t for t in taints if t["effect"] in HARD_EFFECTS and not t["key"].startswith(UNREADY)]


def _is_tolerated(taint: Body, spec: Body) -> bool:
    return any(_tolerates(toleration, taint) for toleration in spec.get("tolerations") or ())


def _tolerates(toleration: Body, taint: Body) -> bool:
    if toleration.get("effect") not in (None, "", taint["effect"]):
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return toleration.get("key") in (None, "", taint["key"])
    same_value = toleration.get("value", "") == taint.get("value", "")
    return bool(toleration.get("key") == taint["key"] and same_value)


def _affinity_allows(spec: Body, labels: Body) -> bool:
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    if required is None:
        return True
    return any(
        all(_expression_holds(e, labels) for e in term.get("matchExpressions") or ())
        for term in required["nodeSelectorTerms"]
    )


def _expression_holds(expression: Body, labels: Body) -> bool:
    found, values = labels.get(expression["key"]), expression.get("values") or []
    checks = {
        "In": found in values,
        "NotIn": found not in values,
        "Exists": found is not None,
        "DoesNotExist": found is None,
    }
    # Gt and Lt say nothing about labels of ours.
    return checks.get(expression["operator"], False)
