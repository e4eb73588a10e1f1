"""Who keeps the teams' workloads, and what cannot be meant."""

from typing import Any

import pytest
from pydantic import ValidationError

from plan.gitops import GitOpsPlan, decide_gitops, gitops_mistakes
from settings.gitops import GitOpsSettings
from settings.model import Settings

REPOSITORY = "https://git.corp.test/ml/workloads"


def settings(teams: bool = True, **said: Any) -> Settings:
    pool = {"name": "general", "instanceTypes": ["m5.xlarge"], "nodes": 3}
    cluster = {
        "provider": "existing",
        "kubernetes": "1.35",
        "zones": ["a"],
        "storageClass": "standard",
    }
    return Settings.model_validate(
        {
            "cluster": cluster,
            "pools": [pool],
            "ingress": {"auth": {"adminEmail": "ada@corp.test"}},
            "teams": [{"name": "vision", "owner": "ada@corp.test"}] if teams else [],
            "gitops": {"repository": REPOSITORY, **said},
        }
    )


def test_what_is_left_out_is_decided() -> None:
    assert decide_gitops(None) is None
    assert decide_gitops(settings(controller="argocd").gitops) == GitOpsPlan(
        controller="argocd",
        repository=REPOSITORY,
        branch="main",
        folder="teams",
        namespace="argocd",
        secret=None,
    )


@pytest.mark.parametrize(
    ("teams", "said", "mistakes"),
    [
        (True, {"controller": "argocd", "namespace": "deploy"}, []),
        (True, {"controller": "flux", "secret": "git"}, []),
        (False, {"controller": "flux"}, ["gitops: there are no teams"]),
        (True, {"controller": "argocd", "secret": "git"}, ["gitops.secret: 'git' would not be"]),
        (True, {"controller": "flux", "namespace": "f"}, ["gitops.namespace: 'f' would not be"]),
    ],
)
def test_what_cannot_be_meant_is_said(
    teams: bool, said: dict[str, str], mistakes: list[str]
) -> None:
    found = list(gitops_mistakes(settings(teams, **said)))
    assert len(found) == len(mistakes)
    for line, begins in zip(found, mistakes, strict=True):
        assert line.startswith(begins)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("repository", "git.corp.test/ml"),
        ("repository", "https://ada:secret@git.corp.test/ml"),
        ("repository", "http://git.corp.test/ml"),
        ("repository", "https://git.corp.test/ml?token=x"),
        ("branch", "-main"),
        ("folder", "/teams"),
        ("folder", "teams/.."),
        ("controller", "jenkins"),
    ],
)
def test_what_has_another_form_is_refused(key: str, value: str) -> None:
    with pytest.raises(ValidationError):
        GitOpsSettings.model_validate({"controller": "flux", "repository": REPOSITORY, key: value})
