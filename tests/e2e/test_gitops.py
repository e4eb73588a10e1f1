"""Argo CD or Flux of the cluster's is told of each team once it is there, and not before.

Neither runs here: their kinds are served, as both have them, and nobody acts on the objects.
"""

from typing import Any

import pytest

from components.teams.gitops import KINDS
from kube.crds import apply_crds
from tests.e2e.conftest import Project

pytestmark = pytest.mark.rehearsal

Json = dict[str, Any]
REPOSITORY = "https://git.corp.test/ml/workloads"
TEAMS = [
    {"name": "speech", "owner": "grace@corp.test"},
    {"name": "vision", "owner": "ada@corp.test"},
]
SOMEBODY = "somebody"


def configure(project: Project, controller: str | None) -> None:
    said = {"gitops": {"controller": controller, "repository": REPOSITORY}} if controller else {}
    project.configure(kubeflow={"components": ["profiles"]}, teams=TEAMS, **said)


def crd(kind: str) -> Json:
    """As far as it is served: what is in the objects, the controllers judge themselves."""
    api_version, _, name = kind.partition(" ")
    group, _, version = api_version.partition("/")
    plural = "gitrepositories" if name == "GitRepository" else f"{name.lower()}s"
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": name, "plural": plural},
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "storage": True,
                    "schema": {
                        "openAPIV3Schema": {"type": "object", "properties": {"spec": anything}}
                    },
                }
            ],
        },
    }


def install(project: Project, controller: str) -> None:
    """What of it the stack looks for, by somebody else."""
    apply_crds(project.client, map(crd, KINDS[controller]), SOMEBODY)
    if controller == "argocd":
        home = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}}
        project.client.apply(home, SOMEBODY)


def told(project: Project, controller: str) -> set[str]:
    """What the controller finds, as `Kind namespace/name`."""
    return {
        f"{kind.split(' ')[1]} {one['metadata']['namespace']}/{one['metadata']['name']}"
        for kind in KINDS[controller]
        for one in project.client.list(project.client.resource(*kind.split(" ")))
    }


def test_a_controller_is_told_when_it_is_there_and_forgotten_with_the_setting(
    project: Project,
) -> None:
    configure(project, None)
    project.succeed("up")
    configure(project, "argocd")
    refused = project.run("preview")
    assert refused.returncode == 1
    said = " ".join((refused.stdout + refused.stderr).split())
    assert "gitops.controller is argocd, but the cluster does not have" in said
    assert "install Argo CD first, or remove gitops" in said

    install(project, "argocd")
    project.succeed("up")
    assert told(project, "argocd") == {
        f"{kind} argocd/team-{team['name']}"
        for kind in ("AppProject", "Application")
        for team in TEAMS
    }
    assert project.changes("preview") == {}

    install(project, "flux")
    configure(project, "flux")
    project.succeed("up")
    assert told(project, "argocd") == set()
    assert told(project, "flux") == {
        f"{kind} {team['name']}/workloads"
        for kind in ("GitRepository", "Kustomization")
        for team in TEAMS
    }
    assert project.changes("preview") == {}

    # All that is left is somebody else's.
    ended = project.run("destroy")
    left = {line.strip() for line in ended.stderr.splitlines() if line.startswith("  ")}
    foreign = {crd(kind)["metadata"]["name"] for kinds in KINDS.values() for kind in kinds}
    assert left == {"Namespace argocd", *(f"CustomResourceDefinition {name}" for name in foreign)}
