"""A component's CRDs as one resource: digests in the state, schemas only on the cluster.

As resources of their own they made `up` four times and the state five times bigger (ADR 0002).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi import dynamic

from components.plainly import PlainProvider
from kube.client import Client
from kube.crds import apply_crds, remove_crds
from upstream.crds import crd_body

MANAGER = "kubeflow-stack-crds"
APPLIED = ("digests", "labels")  # the inputs that end up on the cluster


@dataclass(frozen=True, kw_only=True)
class CrdsArgs:
    """Which CRDs (name -> digest of the body in the render cache), where, and how they end."""

    kubeconfig: pulumi.Input[str]
    digests: Mapping[str, str]
    labels: Mapping[str, str]
    keeps_on_delete: bool


class _CrdProvider(PlainProvider):
    """Applies server-side in parallel and returns when every CRD is Established."""

    # It captures no secret: the kubeconfig is an input, encrypted there.
    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        _apply(props)
        return dynamic.CreateResult(id_="crds", outs=_established(props))

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> dynamic.DiffResult:
        # The kubeconfig counts too: destroy uses the one in the state, and it must not be stale.
        watched = (*APPLIED, "keepsOnDelete", "kubeconfig")
        return dynamic.DiffResult(changes=any(olds.get(key) != news[key] for key in watched))

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> dynamic.UpdateResult:
        if any(olds.get(key) != news[key] for key in APPLIED):
            _apply(news)
        # What a newer release drops goes by user_workloads.py, which asks first whose objects go.
        return dynamic.UpdateResult(outs=_established(news))

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        if not props["keepsOnDelete"]:
            remove_crds(Client(props["kubeconfig"]), props["digests"])


class Crds(dynamic.Resource, module="kubeflow", name="Crds"):
    """The CustomResourceDefinitions of one component.

    `established` is unknown in a preview in which they change: only then is there no knowing what
    the API server will say to an object of theirs.
    """

    established: pulumi.Output[bool]

    def __init__(
        self, name: str, args: CrdsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        props = {
            "kubeconfig": pulumi.Output.secret(args.kubeconfig),
            "digests": dict(args.digests),
            "labels": dict(args.labels),
            "keepsOnDelete": args.keeps_on_delete,
            "established": None,
        }
        super().__init__(_CrdProvider(), name, props, opts)


def _established(props: Mapping[str, Any]) -> dict[str, Any]:
    return {**props, "established": True}


def _apply(props: Mapping[str, Any]) -> None:
    bodies = (_labelled(crd_body(digest), props["labels"]) for digest in props["digests"].values())
    apply_crds(Client(props["kubeconfig"]), bodies, MANAGER)


def _labelled(body: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    metadata = body["metadata"]
    merged = {**metadata.get("labels", {}), **labels}
    return {**body, "metadata": {**metadata, "labels": merged}}
