"""The gate before the teams' workloads: the cluster has the controller that is to keep them.

A resource that writes nothing. Pulumi asks its `check` in every preview and every up.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi import dynamic

from components.gate import Gate, is_served
from kube.client import Client
from kube.errors import KubeError

NAMES: Mapping[str, str] = {"argocd": "Argo CD", "flux": "Flux 2.5 or newer"}


class NoControllerError(KubeError):
    """The cluster does not have the controller that the settings take for granted."""


@dataclass(frozen=True, kw_only=True)
class ControllerArgs:
    """Which cluster, which controller, its kinds (`group/version Kind`) and its namespace.

    `namespace` is "" where nothing is put into the controller's own.
    """

    kubeconfig: pulumi.Input[str]
    controller: str
    kinds: Collection[str]
    namespace: str


class _Gate(Gate):
    passed, blamed = "gitops-controller", "controller"
    watched = ("controller", "kinds", "namespace")
    refusal = NoControllerError

    def reasons(self, props: dict[str, Any]) -> Iterable[str]:
        return lacking(Client(props["kubeconfig"]), props)


class Controller(dynamic.Resource, module="kubeflow", name="GitOpsController"):
    """What every team's workloads wait for; it leaves nothing behind."""

    def __init__(
        self, name: str, args: ControllerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        props = {
            "kubeconfig": pulumi.Output.secret(args.kubeconfig),
            "controller": args.controller,
            "kinds": sorted(args.kinds),
            "namespace": args.namespace,
        }
        super().__init__(_Gate(), name, props, opts)


def lacking(client: Client, wanted: Mapping[str, Any]) -> tuple[str, ...]:
    """A line that says what the cluster lacks of the controller; none if it has it."""
    missing = [kind for kind in wanted["kinds"] if not is_served(client, kind)]
    home = wanted["namespace"]
    if home and not client.get(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": home}}
    ):
        missing.append(f"the namespace {home}")
    if not missing:
        return ()
    name = wanted["controller"]
    return (
        f"gitops.controller is {name}, but the cluster does not have {', '.join(missing)}; install "
        f"{NAMES[name]} first, or remove gitops",
    )
