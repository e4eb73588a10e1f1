"""Upstream as it is and the stack's objects, apart by the one thing that made each change. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from components.platform.credentials import Text
from components.platform.existing import without_control_planes
from components.platform.patches.model import Effect, Entry, traced
from components.platform.registry import with_registry
from upstream.changes import Change, applied, between, clean_ups, is_change, placements
from upstream.clean import CLEAN_UPS
from upstream.crds import CRD_KIND, crd_ref
from upstream.kinds import known_kinds
from upstream.model import Obj


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the settings want of upstream's objects; `namespaces` are the release's map's, `own` the
    entries of the stack's owner, `existing` the components that the cluster has itself.
    """

    namespaces: Mapping[str, str]
    entries: tuple[Entry, ...]
    existing: tuple[str, ...]
    own: tuple[Entry, ...]
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
    platform, effects = traced((o for o in objs if o.kind != CRD_KIND), wishes.entries)
    declared = without_control_planes(platform, wishes.existing)
    patched, own_effects = traced(declared, wishes.own)
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
        *map(_group, effects),
        Group(
            name="control planes of the cluster",
            what="the objects of Istio or cert-manager, all but what is said to them",
            why="the cluster has its own",
            source="the settings, kubeflow.istio and kubeflow.certManager",
            changes=between(platform, declared),
        ),
        *map(_group, own_effects),
        Group(
            name="registry mirror",
            what="every image, wherever it is named",
            why="images come from the stack's own registry",
            source="the settings, images.registryMirror",
            changes=between(patched, mirrored),
        ),
        Group(
            name="registry credentials",
            what="every namespace, workload and account with pods",
            why="the stack's own registry wants a login",
            source="the secret kubeflow:registryCredentials",
            changes=between(mirrored, pulling),
        ),
    )


def _group(effect: Effect) -> Group:
    return Group(
        name=effect.entry.name,
        what=str(effect.entry.selector),
        why=effect.entry.why,
        source=effect.entry.source,
        changes=tuple(change for change in effect.changes if is_change(change)),
    )
