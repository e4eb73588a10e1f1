"""The SDK's own mock monitor, handing each registration on as a goal.

The mock monitor gives `Mocks.new_resource` no parent, dependencies or options, so the
registration itself is taken over; everything else stays the SDK's.
"""

from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import mocks, rpc
from pulumi.runtime.proto import resource_pb2

from rehearsal.engine.goal import COMPUTED, SECRET_MARK, SIGNATURE, Goal, goal_of
from rehearsal.engine.operator import Made
from rehearsal.errors import RehearsalError

Json = dict[str, Any]

STACK = "pulumi:pulumi:Stack"


Answers = Mapping[str, Callable[[Json], Json]]


class _Cloud(mocks.Mocks):
    """The program may register; of a cloud it may ask only what has an answer here."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def call(self, args: mocks.MockCallArgs) -> tuple[Json, None]:
        if args.token not in self._answers:
            raise RehearsalError(
                f"the program called {args.token}; the built-in engine has no cloud to ask"
            )
        if not (args.provider or args.token.startswith("pulumi:")):  # of the engine, of no cloud
            raise RehearsalError(f"the program called {args.token} without its cluster's provider")
        return self._answers[args.token](args.args), None

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        raise RehearsalError(f"{args.name}: the built-in engine cannot read {args.typ}")


class Monitor(mocks.MockMonitor):
    """Calls `register` for each goal, on a thread of its own, and waits for what came of it."""

    outputs: Json

    def __init__(self, register: Callable[[Goal], Made], answers: Answers) -> None:
        super().__init__(_Cloud(answers))
        self._register = register
        self.outputs = {}

    def features(self) -> list[int]:
        """What this monitor can do, in the SDK's own numbers."""
        info = self.GetDeploymentInfo(None)  # type: ignore[no-untyped-call]  # the SDK's
        return list(info.supportedFeatures)

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """The URN Pulumi gives: the SDK's mock keeps only the last parent's type."""
        own = super().make_urn("", type_, name)
        if not parent or f"::{STACK}::" in parent:
            return own
        head, _, _ = own.partition(f"::{type_}::")
        return f"{head}::{parent.split('::')[2]}${type_}::{name}"

    def Invoke(  # noqa: N802  the SDK's name
        self, request: resource_pb2.ResourceInvokeRequest
    ) -> resource_pb2.ResourceInvokeResponse:
        """Answer what the program asks a cloud, where there is an answer to it here."""
        asked = dict(rpc.deserialize_properties(request.args, keep_unknowns=True))
        answer, _ = self.mocks.call(mocks.MockCallArgs(request.tok, asked, request.provider))
        struct = struct_pb2.Struct()
        struct.update(answer)
        return resource_pb2.ResourceInvokeResponse(**{"return": struct})

    def RegisterResource(  # noqa: N802  the SDK's name
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        """Build the resource and answer with its outputs."""
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == STACK:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        made = self._register(goal_of(request, urn))
        answer = {
            key: {SIGNATURE: SECRET_MARK, "value": value} if key in made.secrets else value
            for key, value in made.outputs.items()
        }
        # Plain data needs none of the SDK's asynchronous serialization: 1.5 s per 300 resources.
        struct = struct_pb2.Struct()
        struct.update(_with_unknowns(answer))
        return resource_pb2.RegisterResourceResponse(urn=urn, id=made.id, object=struct)

    def RegisterResourceOutputs(  # noqa: N802  the SDK's name
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> empty_pb2.Empty:
        """Keep the stack's own outputs; a component's are nobody's business here."""
        if f"::{STACK}::" in request.urn:
            raw = rpc.deserialize_properties(request.outputs, keep_unknowns=True)
            self.outputs = dict(raw)
        return empty_pb2.Empty()


def _with_unknowns(value: Any) -> Any:
    if value == COMPUTED:
        return rpc.UNKNOWN
    if isinstance(value, dict):
        return {key: _with_unknowns(inner) for key, inner in value.items()}
    return [_with_unknowns(inner) for inner in value] if isinstance(value, list) else value
