"""The gate before the teams: none of their namespaces is somebody else's.

Server-side apply would take over a namespace that exists. So Pulumi asks this resource's `check`
in every preview and every up; it writes nothing.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi import dynamic

from components.gate import Gate
from kube.client import Client
from kube.errors import KubeError
from plan.model import STACK_LABEL


class TakenNameError(KubeError):
    """A team is called like a namespace that is not this stack's."""


@dataclass(frozen=True, kw_only=True)
class FreeNamesArgs:
    """Which cluster, which teams, and the labels of the stack that they belong to."""

    kubeconfig: pulumi.Input[str]
    teams: Collection[str]
    labels: Mapping[str, str]


class _Gate(Gate):
    passed, blamed = "team-names", "teams"
    watched = ("teams", "stack")
    refusal = TakenNameError

    def reasons(self, props: dict[str, Any]) -> Iterable[str]:
        return taken(Client(props["kubeconfig"]), props["teams"], props["stack"])


class FreeNames(dynamic.Resource, module="kubeflow", name="FreeNames"):
    """What every team waits for; it leaves nothing behind."""

    def __init__(
        self, name: str, args: FreeNamesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        props = {
            "kubeconfig": pulumi.Output.secret(args.kubeconfig),
            "teams": sorted(args.teams),
            "stack": args.labels[STACK_LABEL],
        }
        super().__init__(_Gate(), name, props, opts)


def taken(client: Client, teams: Collection[str], stack: str) -> tuple[str, ...]:
    """A line for each team whose namespace is there and not this stack's."""
    wanted = set(teams)
    others = (
        one["metadata"]["name"]
        for one in client.list(client.resource("v1", "Namespace"))
        if one["metadata"].get("labels", {}).get(STACK_LABEL) != stack
    )
    return tuple(
        f"teams: the namespace {name!r} exists and is not this stack's; choose another name, or "
        f"give it to the stack: kubectl label namespace {name} {STACK_LABEL}={stack}"
        for name in sorted(wanted.intersection(others))
    )
