"""What no cluster can become is told from what it can, in both directions."""

import pytest

from plan.replacement import refusal

WAS = {
    "cluster.region": "fra1",
    "cluster.kubernetes": "1.35",
    "cluster.highAvailability": "false",
    "cluster.network.cidr": "",
}


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("cluster.region", "fra1", "ams3"),
        ("cluster.kubernetes", "1.35", "1.34"),
        ("cluster.kubernetes", "1.10", "1.9"),
        ("cluster.highAvailability", "true", "false"),
        ("cluster.network.cidr", "", "10.10.0.0/20"),
    ],
)
def test_what_replaces_is_named_with_both_ways_out(path: str, old: str, new: str) -> None:
    assert refusal("kf", WAS | {path: old}, WAS | {path: new}).splitlines() == [
        "cluster kf would be deleted with all that is on it, and made anew",
        f"  {path}: {old!r} -> {new!r}",
        "put the setting back; or, when that is what you want, say protection.replaceCluster: kf",
    ]


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("cluster.kubernetes", "1.35", "1.36"),
        ("cluster.kubernetes", "1.9", "1.10"),
        ("cluster.highAvailability", "false", "true"),
        ("cluster.region", "fra1", "fra1"),
    ],
)
def test_what_is_changed_in_place_is_left_alone(path: str, old: str, new: str) -> None:
    assert refusal("kf", WAS | {path: old}, WAS | {path: new}) == ""


def test_a_cluster_that_is_not_there_yet_may_become_anything() -> None:
    assert refusal("kf", {}, WAS) == ""


def test_every_reason_comes_at_once() -> None:
    said = refusal("kf", WAS, WAS | {"cluster.region": "ams3", "cluster.kubernetes": "1.34"})
    assert len(said.splitlines()) == 4
