"""Settings as if they said something else."""

from typing import Any

import pytest

from cost.wishes import WishError, with_wishes

SETTINGS: dict[str, Any] = {
    "cluster": {"region": "us-east-1"},
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
    )
    assert changed == {
        "cluster": {"region": "eu-west-1"},
        "pools": [
            {"name": "general", "nodes": 3, "spot": True},
            {"name": "gpu", "nodes": 0, "maxNodes": 8},
        ],
        "cost": {"usage": "none"},
    }
    assert SETTINGS["cluster"] == {"region": "us-east-1"}


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
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(wish: str, message: str) -> None:
    with pytest.raises(WishError, match=message):
        with_wishes(SETTINGS, [wish])
