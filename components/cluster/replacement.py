"""The guard before a cluster: what only a new one could be is refused, in previews too.

A resource that makes nothing. It remembers what the cluster was made as, and Pulumi asks it first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi import dynamic

from components.plainly import PlainProvider
from plan.replacement import refusal

WATCHED = ("cluster", "identity", "mayBeReplaced")


@dataclass(frozen=True, kw_only=True)
class ReplacementGuardArgs:
    """Which cluster, by setting what it cannot change, and whether it may be made anew."""

    cluster: str
    identity: Mapping[str, str]
    may_be_replaced: bool


class _Guard(PlainProvider):
    """Compares, and refuses."""

    serialize_as_secret_always = False  # it captures nothing

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> dynamic.CheckResult:
        """What is asked for, against what was asked for last; the first time there is no last."""
        why = refusal(news["cluster"], olds.get("identity", {}), news["identity"])
        refused = why and not news["mayBeReplaced"]
        return dynamic.CheckResult(news, [dynamic.CheckFailure("identity", why)] if refused else [])

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> dynamic.DiffResult:
        return dynamic.DiffResult(changes=any(olds.get(key) != news[key] for key in WATCHED))

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        return dynamic.CreateResult(id_="replacement-guard", outs=props)

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> dynamic.UpdateResult:
        return dynamic.UpdateResult(outs=news)


class ReplacementGuard(dynamic.Resource, module="kubeflow", name="ReplacementGuard"):
    """What a cluster waits for; it leaves nothing behind."""

    def __init__(
        self, name: str, args: ReplacementGuardArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        props = {
            "cluster": args.cluster,
            "identity": dict(args.identity),
            "mayBeReplaced": args.may_be_replaced,
        }
        super().__init__(_Guard(), name, props, opts)
