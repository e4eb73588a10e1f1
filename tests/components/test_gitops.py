"""A controller is told of each team and no more than its room; without it nothing is applied."""

from collections.abc import Mapping
from typing import Any

import pytest

from components.teams import controller
from components.teams.controller import NoControllerError, _Gate, lacking
from components.teams.gitops import KINDS, WALLS, workloads
from components.teams.team import team_objects
from kube.client import Resource
from kube.errors import KubeError, NoSuchKindError
from plan.gitops import GitOpsPlan
from plan.model import Team

REPOSITORY = "https://git.corp.test/ml/workloads"
TEAM = Team(
    name="vision", owner="ada@corp.test", members=(), quota=None, labels={}, public_models=()
)


def plan(which: Any, secret: str | None = None) -> GitOpsPlan:
    return GitOpsPlan(
        controller=which,
        repository=REPOSITORY,
        branch="main",
        folder="teams",
        namespace="argocd",
        secret=secret,
    )


def test_argo_cd_may_touch_the_teams_namespace_and_not_its_walls() -> None:
    project, application = workloads(TEAM, plan("argocd"))
    assert project.namespace == application.namespace == "argocd"
    here = {"server": "https://kubernetes.default.svc", "namespace": "vision"}
    assert project.body["spec"]["destinations"] == [here]
    assert project.body["spec"]["sourceRepos"] == [REPOSITORY]
    assert project.body["spec"]["clusterResourceWhitelist"] == []
    assert application.body["spec"] == {
        "project": "team-vision",
        "source": {"repoURL": REPOSITORY, "targetRevision": "main", "path": "teams/vision"},
        "destination": here,
        "syncPolicy": {"automated": {"prune": True, "selfHeal": True}},
    }
    assert "finalizers" not in application.body["metadata"], "it would take what runs with it"


def test_every_wall_of_a_team_is_one_that_argo_cd_may_not_touch() -> None:
    """Of whatever a team is made, before it is let in."""
    made = team_objects(TEAM, (), (), None, None)
    walls = {(obj.key.group, obj.kind) for obj in made.walls}
    assert walls
    assert walls <= set(WALLS)


def test_flux_is_the_teams_editor_in_the_teams_namespace() -> None:
    source, kustomization = workloads(TEAM, plan("flux"))
    assert source.namespace == kustomization.namespace == "vision"
    assert source.body["spec"] == {
        "url": REPOSITORY,
        "ref": {"branch": "main"},
        "interval": "1m0s",
    }
    said = kustomization.body["spec"]
    assert said["serviceAccountName"] == "default-editor"
    assert (said["path"], said["targetNamespace"]) == ("./teams/vision", "vision")
    assert said["deletionPolicy"] == "Orphan", "else it would take what runs with it"
    closed, _ = workloads(TEAM, plan("flux", secret="git"))
    assert closed.body["spec"]["secretRef"] == {"name": "git"}


@pytest.mark.parametrize("which", ["argocd", "flux"])
def test_it_is_asked_for_the_kinds_it_is_told_in(which: str) -> None:
    made = {f"{obj.api_version} {obj.kind}" for obj in workloads(TEAM, plan(which))}
    assert made == set(KINDS[which])


class Cluster:
    """A cluster that serves these kinds and has Argo CD's namespace, or not."""

    def __init__(self, kinds: tuple[str, ...], has_home: bool = True) -> None:
        self.kinds, self.has_home = kinds, has_home

    def resource(self, api_version: str, kind: str) -> Resource:
        if f"{api_version} {kind}" not in self.kinds:
            raise NoSuchKindError(f"{kind} ({api_version}) is not served by this cluster")
        return Resource(
            api_version=api_version, kind=kind, plural="", is_namespaced=True, verbs=("list",)
        )

    def get(self, body: Mapping[str, Any]) -> dict[str, Any] | None:
        assert body["metadata"]["name"] == "argocd"
        return {"metadata": {}} if self.has_home else None


def wanted(which: str) -> dict[str, Any]:
    home = "argocd" if which == "argocd" else ""
    return {
        "kubeconfig": "text",
        "controller": which,
        "kinds": list(KINDS[which]),
        "namespace": home,
    }


def test_a_cluster_that_has_it_is_fit() -> None:
    client: Any = Cluster(KINDS["argocd"])
    assert lacking(client, wanted("argocd")) == ()
    client = Cluster(KINDS["flux"], has_home=False)
    assert lacking(client, wanted("flux")) == ()


def test_what_it_lacks_is_said_in_previews_and_refused_in_ups(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(controller, "Client", lambda _: Cluster(KINDS["argocd"][:1], False))
    (failure,) = _Gate().check({}, wanted("argocd")).failures
    assert failure.reason == (
        "gitops.controller is argocd, but the cluster does not have argoproj.io/v1alpha1 "
        "AppProject, the namespace argocd; install Argo CD first, or remove gitops"
    )
    with pytest.raises(NoControllerError, match="install Argo CD first"):
        _Gate().create(wanted("argocd"))
    with pytest.raises(NoControllerError, match=r"install Flux 2\.5 or newer first"):
        _Gate().update("", {}, wanted("flux"))


def test_a_cluster_that_is_not_there_yet_is_judged_when_it_is_built_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nobody(_: str) -> Any:
        raise KubeError("nobody answers")

    monkeypatch.setattr(controller, "Client", nobody)
    assert _Gate().check({}, wanted("flux")).failures == []


def test_only_another_wish_is_a_change() -> None:
    gate, olds = _Gate(), wanted("flux")
    assert not gate.diff("", olds, {**olds, "kubeconfig": "another"}).changes
    assert gate.diff("", olds, wanted("argocd")).changes
