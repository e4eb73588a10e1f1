"""The gate before everything else: the cluster's control planes are fit for this stack.

A resource that writes nothing. Pulumi asks its `check` in every preview and every up, so that a
stack that does not fit is refused before anything is applied.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pulumi
import yaml
from pulumi import dynamic

from components.gate import Gate, is_served
from kube.client import Client
from kube.errors import KubeError
from plan.control_planes import HOMES, INGRESS, Running, Seen, Wanted, image_of, judge
from plan.model import STACK_LABEL


class UnfitClusterError(KubeError):
    """The cluster's control planes are not what the settings take them for."""


@dataclass(frozen=True, kw_only=True)
class ControlPlanesArgs:
    """Which cluster, what is asked of it, and the labels of the stack that asks."""

    kubeconfig: pulumi.Input[str]
    wanted: tuple[Wanted, ...]
    labels: Mapping[str, str]


class _Gate(Gate):
    passed, blamed = "control-planes", "wanted"
    watched = ("wanted", "stack")
    refusal = UnfitClusterError

    def reasons(self, props: dict[str, Any]) -> Iterable[str]:
        return judgements(Client(props["kubeconfig"]), props)


class ControlPlanes(dynamic.Resource, module="kubeflow", name="ControlPlanes"):
    """What everything on the cluster waits for; it leaves nothing behind."""

    def __init__(
        self, name: str, args: ControlPlanesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        props = {
            "kubeconfig": pulumi.Output.secret(args.kubeconfig),
            "wanted": [_listed(asdict(one)) for one in args.wanted],
            "stack": args.labels[STACK_LABEL],
        }
        super().__init__(_Gate(), name, props, opts)


def judgements(client: Client, props: Mapping[str, Any]) -> tuple[str, ...]:
    """Every reason against applying what `props` want, by what the cluster shows."""
    wanted = [_wanted(row) for row in props["wanted"]]
    return tuple(why for one in wanted for why in judge(one, look(client, one), props["stack"]))


def look(client: Client, wanted: Wanted) -> Seen:
    """What the cluster has of one component."""
    deployments = client.resource("apps/v1", "Deployment")
    namespace, _, label = HOMES[wanted.component]
    running = tuple(_running(one) for one in client.list(deployments, label))
    if wanted.source == "managed" or not running:
        return Seen(running=running)
    is_istio = wanted.component == "istio"
    ways_in = client.list(deployments, INGRESS) if is_istio else []
    return Seen(
        running=running,
        missing_kinds=tuple(kind for kind in wanted.kinds if not is_served(client, kind)),
        missing_providers=_missing_providers(client, namespace, wanted.providers),
        has_ingress=not is_istio or any(o["metadata"]["namespace"] == namespace for o in ways_in),
    )


def _running(deployment: Mapping[str, Any]) -> Running:
    metadata = deployment["metadata"]
    return Running(
        namespace=metadata["namespace"],
        name=metadata["name"],
        image=image_of(deployment),
        stack=metadata.get("labels", {}).get(STACK_LABEL, ""),
    )


def _missing_providers(client: Client, namespace: str, wanted: Iterable[str]) -> tuple[str, ...]:
    metadata = {"name": "istio", "namespace": namespace}
    found = client.get({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}) or {}
    mesh = yaml.safe_load(found.get("data", {}).get("mesh", "")) or {}
    known = {one["name"] for one in mesh.get("extensionProviders") or ()}
    return tuple(name for name in wanted if name not in known)


def _listed(row: dict[str, Any]) -> dict[str, Any]:
    """As it travels: Pulumi knows lists, no tuples."""
    return {name: list(said) if isinstance(said, tuple) else said for name, said in row.items()}


def _wanted(row: Mapping[str, Any]) -> Wanted:
    fields: dict[str, Any] = {
        name: tuple(said) if isinstance(said, list) else said for name, said in row.items()
    }
    return Wanted(**fields)
