"""What may be said of GitOps: who keeps the teams' workloads as a repository says, and which."""

from typing import Annotated, Literal

from pydantic import BaseModel

from settings.rules import RULES
from settings.texts import DnsLabel, Form

Repository = Annotated[
    str,
    Form(
        r"(https://[^\s/?#@]+|ssh://[^\s/?#]+)/[^\s?#]+",
        "an address without a password like https://git.your-domain.test/ml/workloads or "
        "ssh://git@git.your-domain.test/ml/workloads",
    ),
]
Branch = Annotated[str, Form(r"[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?", "a branch like main")]
Folder = Annotated[
    str,
    Form(
        r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*",
        "a folder of the repository like teams, without a slash before or after it",
    ),
]


class GitOpsSettings(BaseModel):
    """The cluster's Argo CD or Flux, pointed at a repository with one folder per team.

    `namespace` is where Argo CD is; `secret` is of Flux: the Secret in each team's namespace that
    opens the repository.
    """

    model_config = RULES

    controller: Literal["argocd", "flux"]
    repository: Repository
    branch: Branch = "main"
    folder: Folder = "teams"
    namespace: DnsLabel | None = None
    secret: DnsLabel | None = None
