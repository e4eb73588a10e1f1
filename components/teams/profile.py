"""A team's namespace and the Profile that makes Kubeflow know it. Pure.

The namespace is the stack's own, so that its end can be waited for. The profile controller adopts
one whose annotation names the Profile's owner, and leaves its owner references alone.
"""

from collections.abc import Mapping
from typing import Any

from components.teams.objects import team_object
from plan.model import Team
from upstream.model import Obj

API = "rbac.authorization.k8s.io"


def namespace(team: Team) -> Obj:
    """Where the team works. The controller adds the labels that Kubeflow goes by, save the one for
    sidecars: that it sets only on namespaces it makes (kubeflow/kubeflow#6988)."""
    metadata = {
        "name": team.name,
        "annotations": {"owner": team.owner},
        "labels": {**team.labels, "istio-injection": "enabled"},
    }
    return team_object("v1", "Namespace", metadata, {})


def profile(team: Team, hard: Mapping[str, str]) -> Obj:
    """The team as Kubeflow sees it. The quota is there to be read: limits.py has the one that the
    stack can take away again, which the controller does not."""
    spec: dict[str, Any] = {"owner": {"apiGroup": API, "kind": "User", "name": team.owner}}
    if hard:
        spec["resourceQuotaSpec"] = {"hard": dict(hard)}
    return team_object("kubeflow.org/v1", "Profile", {"name": team.name}, {"spec": spec})
