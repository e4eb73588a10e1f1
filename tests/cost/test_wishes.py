"""Settings as if they said something else."""

from typing import Any

import pytest

from cost.wishes import WishError, with_wishes
from rehearsal.engine.stackfile import read_strictly

SETTINGS: dict[str, Any] = {
    "cluster": {"region": "us-east-1", "admins": ["role/a", "role/b"]},
    "pools": [{"name": "general", "nodes": 3}, {"name": "gpu", "nodes": 0}],
}


def test_keys_and_entries_of_lists_are_reached_by_path() -> None:
    changed = with_wishes(
        SETTINGS,
        [
            "cluster.region=eu-west-1",
            "pools[gpu].maxNodes=8",
            "pools[0].spot=true",
            "cost.usage=none",
        ],
        read_strictly,
    )
    assert changed == {
        "cluster": {"region": "eu-west-1", "admins": ["role/a", "role/b"]},
        "pools": [
            {"name": "general", "nodes": 3, "spot": True},
            {"name": "gpu", "nodes": 0, "maxNodes": 8},
        ],
        "cost": {"usage": "none"},
    }
    assert SETTINGS["cluster"]["region"] == "us-east-1"


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ("cluster.region", "write it like"),
        ("=1", "is no path of a setting"),
        ("a..b=1", "is no path of a setting"),
        ("pools[big].nodes=1", r"no entry \[big\]; they have general, gpu"),
        ("nets[0].cidr=1", "the list is left out there"),
        ("pools[gpu]=1", "name a setting of one entry"),
        ("cluster.region.name=1", "region has no settings in it"),
        ("cluster.region=[", "is no value"),
        ("pools.gpu.nodes=1", r"name a setting of one entry, like pools\[gpu\]\.nodes"),
        ("cluster.admins[0].name=1", r"\[0\] has no settings in it, it is 'role/a'"),
        ("cluster.admins[c].name=1", r"no entry \[c\]; they have 0, 1"),
        # As in a stack's file: other readers of YAML take these for something else.
        ("cluster.tags.since=2026-01-01", "'2026-01-01' means different things .*; quote it"),
        ("pools[gpu].nodes=012", "means different things"),
        ("budget.monthly=.inf", "means different things"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(wish: str, message: str) -> None:
    with pytest.raises(WishError, match=message):
        with_wishes(SETTINGS, [wish], read_strictly)
