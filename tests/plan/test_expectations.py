"""A cluster that will not do is told why, all at once, and one that will do is let through."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from plan.build import make_plan
from plan.expectations import Expected, FoundCluster, expected_of, misfits, version_mistakes
from settings.model import Settings

EXPECTED = Expected(stack="x", storage_class="fast", cpu_m=11_700, memory_mib=39_936)
GOOD = FoundCluster(
    version="1.35",
    classes={"fast": True, "slow": False},
    nodes=3,
    cpu_m=11_700,
    memory_mib=39_936,
    cilium={},
    claims={"kubeflow/mysql-pv-claim": "fast"},
)


def said(**fields: Any) -> list[str]:
    return list(misfits(EXPECTED, replace(GOOD, **fields)))


def test_a_cluster_as_expected_is_let_through() -> None:
    assert said() == []


@pytest.mark.parametrize(("version", "fits"), [("1.30", False), ("1.31", True), ("1.9", False)])
def test_the_version_is_what_kubeflow_asks_for(version: str, fits: bool) -> None:
    assert said(version=version) == (
        []
        if fits
        else [
            f"the cluster runs Kubernetes {version}, and Kubeflow needs 1.31 or newer; upgrade it"
        ]
    )


WAY_OUT = (
    ", and notebooks take the default one: annotate exactly one with "
    'storageclass.kubernetes.io/is-default-class: "true"'
)


@pytest.mark.parametrize(
    ("classes", "lines"),
    [
        (
            {"slow": True},
            ["cluster.storageClass: the cluster has no class 'fast'; it has slow"],
        ),
        (
            {"fast": True, "slow": True},
            ["the cluster has 2 default storage classes (fast, slow)" + WAY_OUT],
        ),
        (
            {"fast": False},
            ["the cluster has no default storage class (it has fast)" + WAY_OUT],
        ),
    ],
)
def test_one_default_class_and_the_one_named(classes: dict[str, bool], lines: list[str]) -> None:
    assert said(classes=classes) == lines


@pytest.mark.parametrize("short", [{"cpu_m": 7800}, {"memory_mib": 26_624}])
def test_fewer_nodes_than_the_settings_say_are_told_in_words(short: dict[str, int]) -> None:
    (line,) = said(nodes=2, **short)
    assert line.startswith("pools: the settings say 11.7 CPU and 39.0 GiB, and the 2 nodes")


def test_machines_of_a_type_may_differ_by_a_little() -> None:
    assert said(memory_mib=38_500) == []


GOOD_CILIUM = {
    "cni-exclusive": "false",
    "kube-proxy-replacement": "true",
    "bpf-lb-sock-hostns-only": "true",
}


@pytest.mark.parametrize(
    ("cilium", "keys"),
    [
        (GOOD_CILIUM, []),
        (GOOD_CILIUM | {"kube-proxy-replacement": "false", "bpf-lb-sock-hostns-only": ""}, []),
        (GOOD_CILIUM | {"cni-exclusive": "true"}, ["cni-exclusive"]),
        (GOOD_CILIUM | {"bpf-lb-sock-hostns-only": "false"}, ["bpf-lb-sock-hostns-only"]),
        ({"kube-proxy-replacement": "strict"}, ["cni-exclusive", "bpf-lb-sock-hostns-only"]),
        ({"enable-ipv4": "true"}, ["cni-exclusive"]),
    ],
)
def test_cilium_has_to_leave_room_for_istio(cilium: Mapping[str, str], keys: list[str]) -> None:
    lines = said(cilium=cilium)
    assert [line.split(" is not ")[0] for line in lines] == [
        f"kube-system/cilium-config: {key}" for key in keys
    ]


def test_a_class_that_claims_of_the_stack_do_not_have_is_refused_with_the_way_out() -> None:
    claims = {"kubeflow/seaweedfs-pvc": "slow", "kubeflow/mysql": "slow", "kubeflow/new": "fast"}
    assert said(claims=claims) == [
        "cluster.storageClass: 'fast' is not the class of kubeflow/mysql (slow), "
        "kubeflow/seaweedfs-pvc (slow), and a claim's class never changes: there would be new "
        "volumes, without what these hold; put the setting back, or save what they hold, take "
        "their components out of kubeflow.components, delete what protection.volumes kept, and "
        "add them again"
    ]


def test_every_reason_comes_at_once() -> None:
    found = said(version="1.30", classes={}, cpu_m=0, cilium={"a": "b"}, claims={"a/b": "slow"})
    assert len(found) == 6


def planned(cluster: dict[str, Any]) -> Expected:
    raw = {
        "cluster": cluster,
        "pools": [{"name": "general", "instanceTypes": ["s-4vcpu-16gb-amd"], "nodes": 3}],
        "ingress": {"auth": {"adminEmail": "a@b.test"}},
    }
    return expected_of(make_plan(Settings.model_validate(raw), "x").cluster)


def test_only_a_cluster_of_somebody_elses_has_to_have_the_room() -> None:
    elses = {
        "provider": "existing",
        "kubernetes": "1.35",
        "zones": ["a"],
        "storageClass": "fast",
    }
    assert planned(elses) == EXPECTED
    ours = planned({"provider": "digitalocean", "region": "fra1"})
    assert ours == Expected(stack="x", storage_class="do-block-storage", cpu_m=0, memory_mib=0)


@pytest.mark.parametrize("minor", ["1.20", "1.30"])
def test_a_version_that_is_too_old_is_refused_before_anybody_is_asked(minor: str) -> None:
    assert list(version_mistakes(minor)) == [
        f"cluster.kubernetes: '{minor}' is too old; Kubeflow needs 1.31 or newer, upgrade the "
        "cluster first"
    ]
    assert not list(version_mistakes("1.31"))
