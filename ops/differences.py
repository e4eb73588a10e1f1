"""Upstream as it is and the stack's objects, apart by the one thing that made each change. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from components.platform.credentials import Text
from components.platform.patches.model import Entry, traced
from components.platform.registry import with_registry
from upstream.changes import Change, clean_ups, placements
from upstream.clean import CLEAN_UPS
from upstream.crds import CRD_KIND, crd_ref
from upstream.kinds import known_kinds
from upstream.model import Obj

Objects = dict[tuple[str, ...], Obj]


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the settings want of upstream's objects; `namespaces` are the release's map's."""

    namespaces: Mapping[str, str]
    entries: tuple[Entry, ...]
    registry_mirror: str | None
    registry_credentials: Text | None


@dataclass(frozen=True, kw_only=True)
class Group:
    """Everything that one cause changed, and why it is there; `changes` may be empty."""

    name: str
    what: str
    why: str
    source: str
    changes: tuple[Change, ...]


def differences(as_is: Iterable[Obj], wishes: Wishes) -> tuple[Group, ...]:
    """One group per cause, in the order they are applied: together they are all we change."""
    objs = tuple(as_is)
    kinds = known_kinds(crd_ref(o.body, o.component) for o in objs if o.kind == CRD_KIND)
    moved = tuple(placements(objs, wishes.namespaces, kinds))
    objs = applied(objs, moved)
    cured = clean_ups(objs, kinds)
    for changes in cured.values():
        objs = applied(objs, changes)
    # CRDs go to the cluster apart from the objects, and no patch finds them.
    patched, effects = traced((o for o in objs if o.kind != CRD_KIND), wishes.entries)
    mirrored = with_registry(patched, wishes.registry_mirror, None)
    pulling = with_registry(mirrored, None, wishes.registry_credentials)
    return (
        Group(
            name="clean-up: namespace of the component",
            what="objects of folders that name no namespace",
            why="applied without one they would land in whichever is the default",
            source="upstream/releases: namespace",
            changes=moved,
        ),
        *(
            Group(
                name=f"clean-up: {row.name}",
                what="every object that has it",
                why=row.reason,
                source="upstream/clean.py",
                changes=cured[row.name],
            )
            for row in CLEAN_UPS
        ),
        *(
            Group(
                name=effect.entry.name,
                what=str(effect.entry.selector),
                why=effect.entry.why,
                source=effect.entry.source,
                changes=tuple(c for c in effect.changes if _differs(c)),
            )
            for effect in effects
        ),
        Group(
            name="registry mirror",
            what="every image, wherever it is named",
            why="images come from the stack's own registry",
            source="the settings, images.registryMirror",
            changes=_between(patched, mirrored),
        ),
        Group(
            name="registry credentials",
            what="every namespace, workload and account with pods",
            why="the stack's own registry wants a login",
            source="the secret kubeflow:registryCredentials",
            changes=_between(mirrored, pulling),
        ),
    )


def applied(objs: Iterable[Obj], changes: Iterable[Change]) -> tuple[Obj, ...]:
    """The objects after some changes; `ValueError` where one starts from something else."""
    current: Objects = {_place(obj): obj for obj in objs}
    for change in changes:
        before, after = change.before, change.after
        # An object that gets its namespace is found where it was without one.
        if before is not None and current.pop(_place(before), None) != before:
            raise ValueError(f"{before.key} is not what the change to it starts from")
        if _place(after) in current:
            raise ValueError(f"{after.key} is there already")
        current[_place(after)] = after
    return tuple(current.values())


def _place(obj: Obj) -> tuple[str, ...]:
    return (obj.component, *obj.key)


def _differs(change: Change) -> bool:
    return change.before is None or change.before.body != change.after.body


def _between(before: tuple[Obj, ...], after: tuple[Obj, ...]) -> tuple[Change, ...]:
    """Objects keep their places; what was added stands behind them."""
    pairs = zip((*before, *(None for _ in after[len(before) :])), after, strict=True)
    found = (Change(before=old, after=new) for old, new in pairs)
    return tuple(change for change in found if _differs(change))
