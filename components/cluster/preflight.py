"""The first step of the first `up` in an account: whether the account can take the stack.

A resource that writes nothing. It is asked once, before anything is made; not in a preview, which
people with fewer rights may run.
"""

from typing import Any

import pulumi
from pulumi import dynamic
from pydantic import TypeAdapter

from accounts.preflight.examine import Wanted, examine, refuse
from components.plainly import PlainProvider

_WANTED = TypeAdapter(Wanted)


class _Gate(PlainProvider):
    """Reads, judges, and refuses."""

    serialize_as_secret_always = False  # it captures nothing

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        wanted = _WANTED.validate_json(props["wanted"])
        refuse(wanted.cluster.name, examine(wanted))
        return dynamic.CreateResult(id_="preflight", outs=props)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.DiffResult:
        """Never again: what stands says by itself what the account took."""
        return dynamic.DiffResult(changes=False)


class Preflight(dynamic.Resource, module="kubeflow", name="Preflight"):
    """What the account's provider waits for, and so everything that is made in the account."""

    def __init__(
        self, name: str, wanted: Wanted, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(_Gate(), name, {"wanted": _WANTED.dump_json(wanted).decode()}, opts)
