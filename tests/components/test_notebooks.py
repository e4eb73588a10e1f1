"""The spawner offers the GPUs that the pools have; idle notebooks stop when somebody wants that."""

from typing import Any

import pytest
import yaml

from components.platform.patches.model import apply_patches
from components.platform.patches.notebooks import SPAWNER, notebook_patches
from plan.model import Pool
from tests.components.test_teams import POOL
from upstream.model import Release


def data(release: Release, pools: tuple[Pool, ...], minutes: int | None, key: str) -> Any:
    """The one value of `key` in the ConfigMaps of notebooks."""
    objects = apply_patches(release.components["notebooks"], notebook_patches(pools, minutes))
    [value] = [
        o.body["data"][key] for o in objects if o.kind == "ConfigMap" and key in o.body["data"]
    ]
    return value


@pytest.mark.parametrize(("pools", "keys"), [((POOL,), ["nvidia.com/gpu"]), ((), [])])
def test_the_spawner_offers_what_there_is(
    release: Release, pools: tuple[Pool, ...], keys: list[str]
) -> None:
    defaults = yaml.safe_load(data(release, pools, None, SPAWNER))["spawnerFormDefaults"]
    gpus = defaults["gpus"]
    assert [one["limitsKey"] for one in gpus["value"]["vendors"]] == keys
    assert gpus["readOnly"] is not bool(keys)
    upstream = [
        yaml.safe_load(o.body["data"][SPAWNER])["spawnerFormDefaults"]
        for o in release.components["notebooks"]
        if o.kind == "ConfigMap" and SPAWNER in o.body["data"]
    ]
    assert {**defaults, "gpus": None} == {**upstream[0], "gpus": None}


def test_idle_notebooks_stop_only_when_told_so(release: Release) -> None:
    assert data(release, (), None, "ENABLE_CULLING") == "false"
    assert data(release, (), 90, "ENABLE_CULLING") == "true"
    assert data(release, (), 90, "CULL_IDLE_TIME") == "90"
