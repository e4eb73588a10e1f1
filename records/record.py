"""What the program registers, noted as it registers it: the one list that gets judged."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.objects import KubernetesObject


@dataclass(frozen=True, kw_only=True)
class Record:
    """One declared resource. `inputs` may hold Outputs where another resource fills them in."""

    urn: str
    type: str
    name: str
    inputs: Mapping[str, Any]
    depends_on: tuple[str, ...]
    component: str


class Records:
    """The records of one run, in the order of declaration."""

    def __init__(self) -> None:
        self._records: list[Record] = []
        self._types: dict[pulumi.Resource, str] = {}
        self._urns: dict[pulumi.Resource, str] = {}

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records)

    def note(
        self, args: pulumi.ResourceTransformationArgs
    ) -> pulumi.ResourceTransformationResult | None:
        """A stack transformation that changes nothing; synchronous, so nothing escapes it."""
        parent = args.opts.parent
        above = self._types.get(parent) if parent else None
        kinds = f"{above}${args.type_}" if above else args.type_
        urn = f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{kinds}::{args.name}"
        self._types[args.resource] = kinds
        self._urns[args.resource] = urn
        self._records.append(
            Record(
                urn=urn,
                type=args.type_,
                name=args.name,
                inputs=_inputs(args),
                depends_on=self._dependencies(args.opts),
                component=self._component(parent),
            )
        )
        return None

    def _dependencies(self, opts: pulumi.ResourceOptions) -> tuple[str, ...]:
        listed = opts.depends_on or []
        resources = listed if isinstance(listed, list) else [listed]
        return tuple(self._urns[one] for one in resources if one in self._urns)

    def _component(self, parent: pulumi.Resource | None) -> str:
        return self._urns[parent].rpartition("::")[2] if parent in self._urns else ""


def _inputs(args: pulumi.ResourceTransformationArgs) -> dict[str, Any]:
    """What is asked for; a spec that only waits for its kind to be known, as it is written."""
    resource = args.resource
    if isinstance(resource, KubernetesObject) and resource.written_spec is not None:
        return {**args.props, "spec": resource.written_spec}
    return dict(args.props)
