"""What points Argo CD or Flux at the exported folders. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

HOME = {"argocd": "argocd", "flux": "flux-system"}
BRANCH = "main"


@dataclass(frozen=True, kw_only=True)
class Repository:
    """Where the folders will be: `folder` is their place in it, without a slash at its ends."""

    url: str
    folder: str

    def path(self, *parts: str) -> str:
        """A folder below, from the repository's root."""
        return "/".join(part for part in (self.folder, *parts) if part) or "."


def argocd_application(stack: str, repository: Repository) -> dict[str, Any]:
    """One Application: the waves are annotations, and Argo CD waits for each to be healthy."""
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {
            "name": f"kubeflow-{stack}",
            "namespace": HOME["argocd"],
            # By the API server's dry run: what controllers fill in is no difference.
            "annotations": {"argocd.argoproj.io/compare-options": "ServerSideDiff=true"},
        },
        "spec": {
            "project": "default",
            "source": {
                "repoURL": repository.url,
                "targetRevision": BRANCH,
                "path": repository.path(),
            },
            "destination": {"server": "https://kubernetes.default.svc"},
            # Client-side apply would write each CRD into an annotation that has no room for it.
            "syncPolicy": {"syncOptions": ["ServerSideApply=true"]},
        },
    }


def flux_objects(
    stack: str, repository: Repository, waves: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """The GitRepository and a Kustomization per wave that waits for the one before."""
    source = f"kubeflow-{stack}"
    yield {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "GitRepository",
        "metadata": {"name": source, "namespace": HOME["flux"]},
        "spec": {"interval": "10m", "url": repository.url, "ref": {"branch": BRANCH}},
    }
    for before, wave in zip((None, *waves), waves, strict=False):
        yield {
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
            "kind": "Kustomization",
            "metadata": {"name": f"{source}-{wave}", "namespace": HOME["flux"]},
            "spec": {
                "interval": "10m",
                "sourceRef": {"kind": "GitRepository", "name": source},
                "path": f"./{repository.path('waves', wave)}",
                "prune": True,
                "wait": True,
                **({"dependsOn": [{"name": f"{source}-{before}"}]} if before else {}),
            },
        }
