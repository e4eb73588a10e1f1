"""The lock files say what the manifests say, and enough to tell capacity without them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, get_args

import pytest

from components.platform.placeholders import placeholder_args
from ops.lock import lock_text, patched
from plan.build import make_plan
from plan.capacity import PodDemand, fit
from plan.components import PRESETS
from plan.lock import LOCKS, locked_components, locked_demands, read_lock
from plan.model import Environment, KserveMode, Plan
from records.expected import expected_pods
from settings.model import Settings
from upstream.load import load_release
from upstream.model import Release
from upstream.pins import known_releases, release_map

ROOT = Path(__file__).parents[2]


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


def plan_of(release: Release, **said: Any) -> Plan:
    """A stack's plan from what its settings say beside the least that they have to."""
    kubeflow = {"release": release.name, **said.pop("kubeflow", {})}
    least = {
        "cluster": {
            "provider": "existing",
            "kubernetes": "1.35",
            "zones": ["a"],
            "storageClass": "standard",
        },
        "pools": [{"name": "base", "instanceTypes": ["m5.xlarge"], "nodes": 2}],
        "ingress": {"auth": {"adminEmail": "a@b.test"}},
    }
    return make_plan(Settings.model_validate({**least, **said, "kubeflow": kubeflow}), "dev")


def chosen(release: Release, plan: Plan) -> Release:
    """The release as the program loads it: what a component asks must not depend on the others."""
    names = plan.kubeflow.components
    return Release(
        name=release.name,
        components={name: release.components[name] for name in names},
        crds={name: release.crds[name] for name in names},
    )


def by_name(demands: Iterable[PodDemand]) -> dict[str, PodDemand]:
    return {demand.name: demand for demand in demands}


def selections() -> Iterator[tuple[str | list[str], KserveMode]]:
    """Every preset, and what none has; in both modes where there is anything to serve."""
    yield ["training-operator"], "Serverless"
    for preset, components in PRESETS.items():
        yield preset, "Serverless"
        if "kserve" in components:
            yield preset, "RawDeployment"


@pytest.mark.parametrize("environment", get_args(Environment))
@pytest.mark.parametrize(("preset", "mode"), [*selections()], ids=str)
def test_the_lock_tells_the_capacity_that_the_render_tells(
    release: Release, preset: str | list[str], mode: KserveMode, environment: Environment
) -> None:
    said = {"components": preset, "kserve": {"mode": mode}}
    # A domain, which prod needs, adds objects that no lock knows, and no pods.
    plan = replace(plan_of(release, kubeflow=said), environment=environment)
    alone = chosen(release, plan)
    rendered = expected_pods(alone, placeholder_args(plan))
    demands = locked_demands(plan)

    assert by_name(demands) == by_name(rendered)
    assert len(demands) == len(rendered)
    assert fit(demands, plan.cluster.pools) == fit(rendered, plan.cluster.pools)
    objects = sum(
        row.objects[environment][mode] for row in locked_components(plan.kubeflow).values()
    )
    assert objects == len(patched(alone, mode, environment))


OBJECTS = {"kind": "spaces", "bucket": "ours", "region": "nyc3"}
DATABASE = {"kind": "managed", "host": "db.corp.test"}
BOTH = {"objects": OBJECTS, "database": DATABASE}
GONE_WITH = {"objects": {"kubeflow/seaweedfs"}, "database": {"kubeflow/mysql"}}


@pytest.mark.parametrize(
    ("preset", "stores"),
    [
        *product(["full", "pipelines"], [{"objects": OBJECTS}, {"database": DATABASE}, BOTH]),
        (["katib"], {"database": DATABASE}),
    ],
    ids=str,
)
def test_so_it_does_with_stores_outside_the_cluster(
    release: Release, preset: str | list[str], stores: dict[str, Any]
) -> None:
    plan = plan_of(release, stores=stores, kubeflow={"components": preset})
    demands = by_name(locked_demands(plan))
    assert demands == by_name(expected_pods(chosen(release, plan), placeholder_args(plan)))
    assert not demands.keys() & {name for store in stores for name in GONE_WITH[store]}


@pytest.mark.parametrize("said", [{"istio": "existing"}, {"certManager": "existing"}], ids=str)
def test_so_it_does_with_control_planes_of_the_cluster_but_counts_their_sidecars(
    release: Release, said: dict[str, str]
) -> None:
    plan = plan_of(release, kubeflow=said)
    demands = by_name(locked_demands(plan))
    rendered = by_name(expected_pods(chosen(release, plan), placeholder_args(plan)))
    assert demands.keys() == rendered.keys()
    assert ("istio-system/istiod" in demands) is ("istio" not in said)
    if "istio" not in said:
        assert demands == rendered


def test_volumes_namespaces_and_digests_are_those_of_the_manifests(release: Release) -> None:
    locked = read_lock(release.name)
    assert locked["pipelines"].claims["kubeflow/mysql-pv-claim"] == "20Gi"
    assert locked["dex"].namespaces == ("auth",)
    digests = {ref.name: ref.digest for ref in release.all_crds}
    assert {name: d for row in locked.values() for name, d in row.crds.items()} == digests
