"""No binding changes its role from release to release: a preview could not show that."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import pytest

from components.platform.patches.model import apply_patches
from components.platform.patches.table import platform_patches
from tests.components.conftest import ARGS, ROOT
from upstream.load import load_release
from upstream.model import Obj
from upstream.pins import known_releases, release_map

KINDS = ("RoleBinding", "ClusterRoleBinding")


def objects(name: str) -> tuple[Obj, ...]:
    every = release_map(name).components
    return load_release(name, every, mirror=None, project=ROOT, tell=lambda _: None).objects


def roles(objs: Iterable[Obj]) -> dict[tuple[str, str, str], dict[str, Any]]:
    """The role of each binding."""
    bindings = (obj for obj in objs if obj.kind in KINDS)
    return {(one.kind, one.namespace, one.name): one.body["roleRef"] for one in bindings}


def changed(before: Iterable[Obj], after: Iterable[Obj]) -> set[str]:
    old, new = roles(before), roles(after)
    return {key[-1] for key in old.keys() & new.keys() if old[key] != new[key]}


@pytest.mark.parametrize(("older", "newer"), [*pairwise(known_releases())])
def test_a_changed_role_is_another_binding(older: str, newer: str) -> None:
    ours = [apply_patches(objects(name), platform_patches(ARGS)) for name in (older, newer)]
    assert len(roles(ours[0])) > 60
    assert changed(*ours) == set()


@pytest.mark.parametrize("name", known_releases())
def test_whatever_upstream_binds_is_bound(name: str) -> None:
    """A binding under another name is still there: without one the role is nobody's."""
    ours = apply_patches(objects(name), platform_patches(ARGS))
    there = {(obj.kind, obj.name) for obj in ours if obj.kind in ("Role", "ClusterRole")}
    bound, upstreams = (
        {(str(role["kind"]), str(role["name"])) for role in roles(objs).values()}
        for objs in (ours, objects(name))
    )
    assert len(upstreams & there) > 40
    assert upstreams & there <= bound


def test_upstream_changes_one() -> None:
    before, after = objects("26.03"), objects("26.03.1-rc.2")
    assert changed(before, after) == {"llmisvc-manager-rolebinding"}
