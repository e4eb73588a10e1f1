"""Programs get in by tokens of the cluster itself: who signs them, told to the gateway.

A program that may ask the API server for a token of a service account (`kubectl create token`)
needs no password. Istio has to know the issuer, and its keys where nobody but the cluster has them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi import dynamic

from components.objects import KubernetesObject
from components.plainly import PlainProvider
from kube.client import Client
from plan.machines import has_public_keys, token_rule
from upstream.model import Obj

DISCOVERY = "/.well-known/openid-configuration"
KEYS = "/openid/v1/jwks"
GATEWAY = {"app": "istio-ingressgateway"}


@dataclass(frozen=True, kw_only=True)
class MachinesArgs:
    """Which cluster, by which of its providers, beside which stack's objects."""

    kubeconfig: pulumi.Input[str]
    provider: pulumi.ProviderResource
    labels: Mapping[str, str]


class _Reader(PlainProvider):
    """Reads it once, and again on refresh: a cluster may get new keys."""

    serialize_as_secret_always = False  # it captures no secret: the kubeconfig is an input

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        return dynamic.CreateResult(id_="token-issuer", outs=_with_issuer(props))

    def read(self, id_: str, props: dict[str, Any]) -> dynamic.ReadResult:
        return dynamic.ReadResult(id_, _with_issuer(props))

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> dynamic.DiffResult:
        return dynamic.DiffResult(changes=olds.get("kubeconfig") != news["kubeconfig"])

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> dynamic.UpdateResult:
        return dynamic.UpdateResult(outs=_with_issuer(news))


class TokenIssuer(dynamic.Resource, module="kubeflow", name="TokenIssuer"):
    """Who signs the tokens of service accounts; `keys` are "" where anybody can read them."""

    issuer: pulumi.Output[str]
    keys: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        kubeconfig: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props = {"kubeconfig": pulumi.Output.secret(kubeconfig), "issuer": None, "keys": None}
        super().__init__(_Reader(), name, props, opts)


class Machines(pulumi.ComponentResource):
    """The gateway takes tokens of the cluster, for its audience only."""

    rule: pulumi.Output[dict[str, Any]]  # what others have to be told to take them as well
    last: pulumi.Resource

    def __init__(
        self, name: str, args: MachinesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("kubeflow:platform:Machines", name, None, opts)
        own = pulumi.ResourceOptions(parent=self)
        found = TokenIssuer("token-issuer", args.kubeconfig, own)
        both = pulumi.Output.all(found.issuer, found.keys)
        self.rule = both.apply(lambda said: token_rule(*said))
        self.last = KubernetesObject(
            machine_tokens(self.rule),
            {},
            args.labels,
            pulumi.ResourceOptions(parent=self, provider=args.provider),
        )
        self.register_outputs({})


def machine_tokens(rule: Any) -> Obj:
    """The gateway's word on tokens of the cluster. A program is whom its token names."""
    name, namespace = "machine-tokens", "istio-system"
    told = {"selector": {"matchLabels": GATEWAY}, "jwtRules": [rule]}
    return Obj(
        api_version="security.istio.io/v1",
        kind="RequestAuthentication",
        namespace=namespace,
        name=name,
        body={
            "apiVersion": "security.istio.io/v1",
            "kind": "RequestAuthentication",
            "metadata": {"name": name, "namespace": namespace},
            "spec": told,
        },
        component="oauth2-proxy",
    )


def _with_issuer(props: dict[str, Any]) -> dict[str, Any]:
    client = Client(props["kubeconfig"])
    issuer = client.call("GET", DISCOVERY)["issuer"]
    keys = "" if has_public_keys(issuer) else json.dumps(client.call("GET", KEYS), sort_keys=True)
    return {**props, "issuer": issuer, "keys": keys}
