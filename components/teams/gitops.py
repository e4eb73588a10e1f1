"""What Argo CD or Flux is told of a team: where its workloads are, and that they stay in its room.

What is in the repository reaches no other namespace and nothing that is of no namespace. Taking it
away leaves what runs. Pure.
"""

from collections.abc import Mapping

from components.teams.objects import team_object
from plan.gitops import GitOpsPlan
from plan.machines import EDITOR
from plan.model import Team
from upstream.model import Obj

ARGO_CD = "argoproj.io/v1alpha1"
SOURCES, KUSTOMIZATIONS = "source.toolkit.fluxcd.io/v1", "kustomize.toolkit.fluxcd.io/v1"
KINDS: Mapping[str, tuple[str, ...]] = {
    "argocd": (f"{ARGO_CD} Application", f"{ARGO_CD} AppProject"),
    "flux": (f"{SOURCES} GitRepository", f"{KUSTOMIZATIONS} Kustomization"),
}
HERE = "https://kubernetes.default.svc"
INTERVAL = "1m0s"
NAME = "workloads"
# The team's walls. Flux asks as the team's editor, who may not touch them; Argo CD asks as itself.
WALLS = (
    ("", "LimitRange"),
    ("", "ResourceQuota"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("rbac.authorization.k8s.io", "Role"),
    ("rbac.authorization.k8s.io", "RoleBinding"),
    ("security.istio.io", "AuthorizationPolicy"),
    ("security.istio.io", "RequestAuthentication"),
)


def workloads(team: Team, gitops: GitOpsPlan) -> tuple[Obj, ...]:
    """The objects of one team, in the order of creation."""
    return _argo_cd(team, gitops) if gitops.controller == "argocd" else _flux(team, gitops)


def _argo_cd(team: Team, gitops: GitOpsPlan) -> tuple[Obj, ...]:
    place = {"name": f"team-{team.name}", "namespace": gitops.namespace}
    target = {"server": HERE, "namespace": team.name}
    project = {
        "description": f"Workloads of the team {team.name}, in its namespace",
        "sourceRepos": [gitops.repository],
        "destinations": [target],
        "clusterResourceWhitelist": [],
        "namespaceResourceBlacklist": [{"group": group, "kind": kind} for group, kind in WALLS],
    }
    application = {
        "project": place["name"],
        "source": {
            "repoURL": gitops.repository,
            "targetRevision": gitops.branch,
            "path": f"{gitops.folder}/{team.name}",
        },
        "destination": target,
        "syncPolicy": {"automated": {"prune": True, "selfHeal": True}},
    }
    return (
        team_object(ARGO_CD, "AppProject", place, {"spec": project}),
        team_object(ARGO_CD, "Application", place, {"spec": application}),
    )


def _flux(team: Team, gitops: GitOpsPlan) -> tuple[Obj, ...]:
    place = {"name": NAME, "namespace": team.name}
    key = {} if gitops.secret is None else {"secretRef": {"name": gitops.secret}}
    source = {
        "url": gitops.repository,
        "ref": {"branch": gitops.branch},
        "interval": INTERVAL,
        **key,
    }
    kustomization = {
        "sourceRef": {"kind": "GitRepository", "name": NAME},
        "path": f"./{gitops.folder}/{team.name}",
        "targetNamespace": team.name,
        "serviceAccountName": EDITOR,
        "interval": INTERVAL,
        "prune": True,
        "deletionPolicy": "Orphan",
    }
    return (
        team_object(SOURCES, "GitRepository", place, {"spec": source}),
        team_object(KUSTOMIZATIONS, "Kustomization", place, {"spec": kustomization}),
    )
