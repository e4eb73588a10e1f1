"""A webhook seen answering before anything that it judges is applied.

A CA bundle in the configuration is not enough: the API server takes it up a moment later, and
refuses writes until then. `upstream.probes` says which webhooks, and what each is asked about.
"""

from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi import dynamic

from components.plainly import PlainProvider
from kube.client import Client
from kube.webhooks import wait_answered

DEADLINE_SECONDS = 120
ASKED = ("webhook", "asked", "sample")


@dataclass(frozen=True, kw_only=True)
class WebhookProbeArgs:
    """Which configuration, as people name it, and the object it is asked about.

    `asked` is another text when its webhooks are others, or who answers them.
    """

    kubeconfig: pulumi.Input[str]
    webhook: str
    asked: str
    sample: dict[str, Any]


class _WebhookProbeProvider(PlainProvider):
    """Asks by dry run, when the stack comes up and when what it asks about changes."""

    # It captures no secret: the kubeconfig is an input, encrypted there.
    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        _ask(props)
        return dynamic.CreateResult(id_="answered", outs=props)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> dynamic.DiffResult:
        return dynamic.DiffResult(changes=any(olds.get(key) != news[key] for key in ASKED))

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> dynamic.UpdateResult:
        _ask(news)
        return dynamic.UpdateResult(outs=news)


class WebhookProbe(dynamic.Resource, module="kubeflow", name="WebhookProbe"):
    """One webhook configuration that answers."""

    def __init__(
        self, name: str, args: WebhookProbeArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        props = {
            "kubeconfig": pulumi.Output.secret(args.kubeconfig),
            "webhook": args.webhook,
            "asked": args.asked,
            "sample": args.sample,
        }
        super().__init__(_WebhookProbeProvider(), name, props, opts)


def _ask(props: dict[str, Any]) -> None:
    sample = _with_whole_numbers(props["sample"])
    wait_answered(Client(props["kubeconfig"]), props["webhook"], sample, DEADLINE_SECONDS)


def _with_whole_numbers(value: Any) -> Any:
    """What came over Pulumi's wire, which knows only floats: a port is no 8080.0."""
    if isinstance(value, dict):
        return {key: _with_whole_numbers(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_whole_numbers(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
