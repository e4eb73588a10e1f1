"""A team's quota, and the defaults without which it would refuse Kubeflow's own pods. Pure."""

from collections.abc import Mapping

from components.teams.objects import team_object
from plan.model import Quota, Team
from plan.priority import NOT_FOR_TEAMS
from plan.quotas import DEFAULT_CPU_M, DEFAULT_MEMORY_MIB
from upstream.model import Obj

# The profile controller's own name for it: it takes this one for its own, and makes no second.
QUOTA_NAME = "kf-resource-quota"
NO_PRIORITY = "no-platform-priority"
_BINARY = ("Mi", "Gi", "Ti", "Pi")
_STEP = 1024


def hard(quota: Quota | None) -> Mapping[str, str]:
    """The quota in Kubernetes' words. Of CPU and memory only requests are counted: a quota of
    limits would refuse every container that states none, and Kubeflow's mostly do not."""
    if quota is None:
        return {}
    amounts = {
        "persistentvolumeclaims": _whole(quota.volumes),
        "pods": _whole(quota.pods),
        "requests.cpu": None if quota.cpu_m is None else cores(quota.cpu_m),
        "requests.memory": None if quota.memory_mib is None else binary(quota.memory_mib),
        "requests.nvidia.com/gpu": _whole(quota.gpus),
        "requests.storage": None if quota.storage_mib is None else binary(quota.storage_mib),
    }
    return {name: amount for name, amount in amounts.items() if amount is not None}


def limits(team: Team) -> tuple[Obj, ...]:
    """ResourceQuota and LimitRange; nothing for a team without a quota."""
    if team.quota is None:
        return ()
    defaults = {"cpu": cores(DEFAULT_CPU_M), "memory": binary(DEFAULT_MEMORY_MIB)}
    by_default = {"limits": [{"type": "Container", "defaultRequest": defaults}]}
    return (
        team_object(
            "v1",
            "ResourceQuota",
            {"name": QUOTA_NAME, "namespace": team.name},
            {"spec": {"hard": dict(hard(team.quota))}},
        ),
        team_object(
            "v1",
            "LimitRange",
            {"name": "default-requests", "namespace": team.name},
            {"spec": by_default},
        ),
    )


def no_priority(team: Team) -> Obj:
    """Of every team, also of one without a quota: no pod of it may push the platform's aside."""
    classes = {
        "scopeName": "PriorityClass",
        "operator": "In",
        "values": list(NOT_FOR_TEAMS),
    }
    return team_object(
        "v1",
        "ResourceQuota",
        {"name": NO_PRIORITY, "namespace": team.name},
        {"spec": {"hard": {"pods": "0"}, "scopeSelector": {"matchExpressions": [classes]}}},
    )


def cores(millicores: int) -> str:
    """As the API server writes it: `4`, `500m`."""
    whole, rest = divmod(millicores, 1000)
    return f"{millicores}m" if rest else str(whole)


def binary(mebibytes: int) -> str:
    """As the API server writes it: in the largest unit that leaves a whole number."""
    amount, power = mebibytes, 0
    while amount % _STEP == 0 and power < len(_BINARY) - 1:
        amount, power = amount // _STEP, power + 1
    return f"{amount}{_BINARY[power]}"


def _whole(number: int | None) -> str | None:
    return None if number is None else str(number)
