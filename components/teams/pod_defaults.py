"""What people may tick when they start a notebook: access to pipelines, and to GPU nodes. Pure."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from components.teams.objects import team_object
from plan.model import Pool, Team
from upstream.model import Obj

TOKEN = "/var/run/secrets/kubeflow/pipelines"
PIPELINES, GPU_NODES = "access-ml-pipeline", "use-gpu-nodes"


def pod_defaults(team: Team, components: Collection[str], pools: Iterable[Pool]) -> tuple[Obj, ...]:
    """Those that the stack's components and pools, and the team's quota, have a use for."""
    if "pod-defaults" not in components:
        return ()
    found = []
    if "pipelines" in components:
        found.append(_pod_default(team, PIPELINES, _PIPELINES_TOKEN))
    if tolerations := _tolerations(team, pools):
        says = {"desc": "Run on nodes with GPUs", "tolerations": tolerations}
        found.append(_pod_default(team, GPU_NODES, says))
    return tuple(found)


_PIPELINES_TOKEN: Mapping[str, Any] = {
    "desc": "Allow access to Kubeflow Pipelines",
    "env": [{"name": "KF_PIPELINES_SA_TOKEN_PATH", "value": f"{TOKEN}/token"}],
    "volumeMounts": [{"mountPath": TOKEN, "name": "volume-kf-pipeline-token", "readOnly": True}],
    "volumes": [
        {
            "name": "volume-kf-pipeline-token",
            "projected": {
                "sources": [
                    {
                        "serviceAccountToken": {
                            "audience": "pipelines.kubeflow.org",
                            "expirationSeconds": 7200,
                            "path": "token",
                        }
                    }
                ]
            },
        }
    ],
}


def _tolerations(team: Team, pools: Iterable[Pool]) -> list[dict[str, str]]:
    """What keeps other pods off the GPU nodes; nothing for a team that may use no GPU."""
    if team.quota is not None and team.quota.gpus == 0:
        return []
    taints = {
        (taint.key, taint.value, taint.effect)
        for pool in pools
        if pool.allocatable.gpus
        for taint in pool.taints
    }
    return [
        {"key": key, "operator": "Equal", "value": value, "effect": effect}
        for key, value, effect in sorted(taints)
    ]


def _pod_default(team: Team, name: str, says: Mapping[str, Any]) -> Obj:
    spec = {"selector": {"matchLabels": {name: "true"}}, **says}
    metadata = {"name": name, "namespace": team.name}
    return team_object("kubeflow.org/v1alpha1", "PodDefault", metadata, {"spec": spec})
