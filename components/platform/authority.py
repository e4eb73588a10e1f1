"""The certificate of the platform's own CA, read from the cluster where it was made.

A resource that writes nothing: people need it to trust the gateway, and it is no secret.
"""

import base64
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi import dynamic

from components.plainly import PlainProvider
from components.platform.patches.tls import GATEWAY_CERTIFICATE, HOME
from kube.client import Client
from kube.errors import KubeError

SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": GATEWAY_CERTIFICATE, "namespace": HOME},
}


class NoAuthorityError(KubeError):
    """The certificate is not where cert-manager puts it."""


@dataclass(frozen=True, kw_only=True)
class AuthorityArgs:
    """Which cluster."""

    kubeconfig: pulumi.Input[str]


class _Reader(PlainProvider):
    """Reads it once, and again on refresh: it is renewed every few years."""

    serialize_as_secret_always = False  # it captures no secret: the kubeconfig is an input

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        return dynamic.CreateResult(id_="authority", outs=_with_certificate(props))

    def read(self, id_: str, props: dict[str, Any]) -> dynamic.ReadResult:
        return dynamic.ReadResult(id_, _with_certificate(props))

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> dynamic.DiffResult:
        return dynamic.DiffResult(changes=olds.get("kubeconfig") != news["kubeconfig"])

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> dynamic.UpdateResult:
        return dynamic.UpdateResult(outs=_with_certificate(news))


class Authority(dynamic.Resource, module="kubeflow", name="Authority"):
    """What a client has to trust; `certificate` is PEM."""

    certificate: pulumi.Output[str]

    def __init__(
        self, name: str, args: AuthorityArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        props = {"kubeconfig": pulumi.Output.secret(args.kubeconfig), "certificate": None}
        super().__init__(_Reader(), name, props, opts)


def _with_certificate(props: dict[str, Any]) -> dict[str, Any]:
    found = Client(props["kubeconfig"]).get(SECRET) or {}
    encoded = found.get("data", {}).get("ca.crt")
    if not encoded:
        raise NoAuthorityError(
            f"Secret {HOME}/{GATEWAY_CERTIFICATE} has no ca.crt: cert-manager has not issued the "
            f"gateway's certificate; `kubectl describe certificate -n {HOME}` says why"
        )
    return {**props, "certificate": base64.b64decode(encoded).decode()}
