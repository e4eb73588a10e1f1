"""Which controller keeps the teams' workloads, by which repository. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from settings.gitops import GitOpsSettings
from settings.model import Settings

ARGO_CDS_HOME = "argocd"


@dataclass(frozen=True, kw_only=True)
class GitOpsPlan:
    """`namespace` is Argo CD's own; `secret` is Flux's key to the repository, None: it needs none.

    Each team has a folder called like it in `folder` of the repository.
    """

    controller: Literal["argocd", "flux"]
    repository: str
    branch: str
    folder: str
    namespace: str
    secret: str | None


def decide_gitops(said: GitOpsSettings | None) -> GitOpsPlan | None:
    """As it is said; None: nobody does it."""
    if said is None:
        return None
    return GitOpsPlan(
        controller=said.controller,
        repository=said.repository,
        branch=said.branch,
        folder=said.folder,
        namespace=ARGO_CDS_HOME if said.namespace is None else said.namespace,
        secret=said.secret,
    )


def gitops_mistakes(settings: Settings) -> Iterator[str]:
    """What the values of single settings do not tell."""
    said = settings.gitops
    if said is None:
        return
    if not settings.teams:
        yield "gitops: there are no teams whose workloads it would keep; add teams, or remove it"
    if said.controller == "argocd" and said.secret is not None:
        yield (
            f"gitops.secret: {said.secret!r} would not be used: Argo CD has keys to repositories "
            "of its own (`argocd repo add`); remove it"
        )
    if said.controller == "flux" and said.namespace is not None:
        yield (
            f"gitops.namespace: {said.namespace!r} would not be used: what Flux is told is in "
            "each team's namespace; remove it"
        )
