"""The lock files say what the manifests say, and enough to tell capacity without them."""

from pathlib import Path
from typing import get_args

import pytest

from ops.lock import as_records, lock_text, patched
from plan.capacity import fit
from plan.components import PRESETS, choose
from plan.instances import instance_type
from plan.lock import LOCKS, locked_demands, read_lock
from plan.model import Environment, KserveMode, Pool
from records.pods import pod_demands
from upstream.load import load_release
from upstream.model import Release
from upstream.order import order
from upstream.pins import known_releases, release_map

ROOT = Path(__file__).parents[2]
SMALL = Pool(
    name="base",
    instance_types=("m5.xlarge",),
    nodes=2,
    min_nodes=2,
    max_nodes=2,
    is_spot=False,
    zones=(),
    labels={},
    taints=(),
    allocatable=instance_type("m5.xlarge").allocatable,
)


@pytest.fixture(scope="module", params=known_releases())
def release(request: pytest.FixtureRequest) -> Release:
    """Every release in turn, with every component."""
    name = str(request.param)
    every = release_map(name).components
    return load_release(name, every, mirror=None, project=ROOT, tell=lambda _: None)


def test_the_committed_lock_is_what_the_pinned_sources_give(release: Release) -> None:
    committed = (LOCKS / f"{release.name}.yaml").read_text(encoding="utf-8")
    assert lock_text(release) == committed, "out of date: run `python -m ops lock` and commit it"


def test_every_release_has_a_lock_and_every_lock_a_release() -> None:
    assert sorted(path.stem for path in LOCKS.iterdir()) == sorted(known_releases())


@pytest.mark.parametrize("environment", get_args(Environment))
@pytest.mark.parametrize("mode", get_args(KserveMode))
@pytest.mark.parametrize("preset", [*PRESETS, ["training-operator"]], ids=str)
def test_the_lock_tells_the_capacity_that_the_render_tells(
    release: Release, preset: str | list[str], mode: KserveMode, environment: Environment
) -> None:
    """Rendered for each selection alone: what a component asks must not depend on the others."""
    components = choose(preset, mode, release_map(release.name)).components
    chosen = Release(
        name=release.name,
        components={name: release.components[name] for name in components},
        crds={name: release.crds[name] for name in components},
    )
    objs = patched(chosen, mode, environment)
    rendered = pod_demands(as_records(objs, order(objs, chosen.all_crds)))
    known = read_lock(release.name)
    locked = {name: known[name] for name in components}
    demands = locked_demands(locked, environment)

    assert sorted(demands, key=lambda d: d.name) == sorted(rendered, key=lambda d: d.name)
    assert fit(demands, [SMALL]) == fit(rendered, [SMALL])
    assert sum(row.objects[environment][mode] for row in locked.values()) == len(objs)


def test_volumes_namespaces_and_digests_are_those_of_the_manifests(release: Release) -> None:
    locked = read_lock(release.name)
    assert locked["pipelines"].claims["kubeflow/mysql-pv-claim"] == "20Gi"
    assert locked["dex"].namespaces == ("auth",)
    digests = {ref.name: ref.digest for ref in release.all_crds}
    assert {name: d for row in locked.values() for name, d in row.crds.items()} == digests
