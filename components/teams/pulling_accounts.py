"""The accounts that a team's pods run as may pull: each names the pull secret.

The accounts are Kubernetes' and the Profile controller's, which leaves alone those that exist. So
this is no object of the stack but one field: applied by a manager of its own, and given back in the
end. A pod gets it when it is made, and Kubeflow makes pods for a team at once: the field is there
before the Profile.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi import dynamic

from components.plainly import PlainProvider
from kube.client import Client
from plan.machines import EDITOR, VIEWER

ACCOUNTS = ("default", EDITOR, VIEWER)
MANAGER = "kubeflow-stack-pull-secrets"
WATCHED = ("namespace", "accounts", "secret")
Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class PullingAccountsArgs:
    """Which cluster, which team's namespace, and the pull secret in it."""

    kubeconfig: pulumi.Input[str]
    namespace: str
    secret: str


class _Field(PlainProvider):
    """Sets the one field, sees whether it is set, and gives it back."""

    serialize_as_secret_always = False  # it captures no secret: the kubeconfig is an input

    def create(self, props: Json) -> dynamic.CreateResult:
        _apply(props)
        return dynamic.CreateResult(id_=f"pulling-accounts/{props['namespace']}", outs=props)

    def read(self, id_: str, props: Json) -> dynamic.ReadResult:
        return dynamic.ReadResult(id_, {**props, "accounts": _pulling(props)})

    def diff(self, _id: str, olds: Json, news: Json) -> dynamic.DiffResult:
        # The kubeconfig counts too: destroy uses the one in the state, and it must not be stale.
        watched = (*WATCHED, "kubeconfig")
        return dynamic.DiffResult(changes=any(olds.get(key) != news[key] for key in watched))

    def update(self, _id: str, olds: Json, news: Json) -> dynamic.UpdateResult:
        if any(olds.get(key) != news[key] for key in WATCHED):
            _apply(news)
        return dynamic.UpdateResult(outs=news)

    def delete(self, _id: str, props: Json) -> None:
        client = Client(props["kubeconfig"])
        for name in ACCOUNTS:
            body = _account(props["namespace"], name)
            if client.get(body) is not None:  # applied, it would be made anew
                client.apply(body, MANAGER)


class PullingAccounts(dynamic.Resource, module="kubeflow", name="PullingAccounts"):
    """What a team's Profile waits for where the registry wants a login."""

    def __init__(
        self, name: str, args: PullingAccountsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        props = {
            "kubeconfig": pulumi.Output.secret(args.kubeconfig),
            "namespace": args.namespace,
            "accounts": list(ACCOUNTS),
            "secret": args.secret,
        }
        super().__init__(_Field(), name, props, opts)


def _apply(props: Mapping[str, Any]) -> None:
    client = Client(props["kubeconfig"])
    for name in props["accounts"]:
        body = _account(props["namespace"], name)
        client.apply({**body, "imagePullSecrets": [{"name": props["secret"]}]}, MANAGER)


def _pulling(props: Mapping[str, Any]) -> list[str]:
    """Those accounts that name the secret."""
    client, wanted = Client(props["kubeconfig"]), {"name": props["secret"]}
    live = {name: client.get(_account(props["namespace"], name)) or {} for name in ACCOUNTS}
    return [name for name in ACCOUNTS if wanted in live[name].get("imagePullSecrets", ())]


def _account(namespace: str, name: str) -> Json:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}
