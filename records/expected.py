"""What the program is going to register, as far as pods depend on it: known before it begins. Pure.

The records themselves come too late to refuse a stack: what is registered is on its way.
"""

from collections.abc import Iterable, Iterator

from components.objects import logical_name, type_token
from components.platform.existing import own_crds
from components.platform.patches.table import PatchArgs, platform_objects
from plan.capacity import PodDemand
from records.pods import pod_demands
from records.record import Record
from upstream.model import Obj, Release
from upstream.order import Edges, order


def expected_pods(release: Release, args: PatchArgs) -> tuple[PodDemand, ...]:
    """What the pods of a release will ask for, the owner's patches and all."""
    objs = platform_objects(release.objects, args)
    crds = own_crds(release.crds, args.existing)
    edges = order(objs, (ref for refs in crds.values() for ref in refs))
    return pod_demands(as_records(objs, edges))


def as_records(objs: Iterable[Obj], edges: Edges) -> Iterator[Record]:
    """What the program registers for objects, as far as their pods depend on it."""
    for obj in objs:
        yield Record(
            urn=f"urn::{logical_name(obj)}",
            type=type_token(obj.api_version, obj.kind),
            name=logical_name(obj),
            inputs=obj.body,
            depends_on=tuple(f"urn::{key.kind}::{key.name}" for key in sorted(edges[obj.key])),
            component=obj.component,
        )
