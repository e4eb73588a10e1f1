"""A short stack file is decided in full, and what DigitalOcean cannot give is refused at once."""

from datetime import date
from typing import Any

import pytest

from plan.build import make_plan
from plan.digitalocean import REGIONS
from plan.model import Plan
from plan.versions import DOKS_VERSIONS, doks_support, doks_version
from settings.mistakes import SettingsError
from settings.model import Settings

GENERAL = {"name": "general", "instanceTypes": ["s-4vcpu-16gb-amd"], "nodes": 3}
GPU = {"name": "gpu", "instanceTypes": ["gpu-4000adax1-20gb"], "nodes": 1}


def plan(environment: str = "dev", pools: list[dict[str, Any]] | None = None, **said: Any) -> Plan:
    protection = said.pop("protection", {})
    raw: dict[str, Any] = {
        "environment": environment,
        "cluster": {"provider": "digitalocean", "region": "fra1", **said},
        "ingress": {"domain": "ml.b.test", "auth": {"adminEmail": "a@b.test"}},
        "protection": protection,
    }
    return make_plan(Settings.model_validate(raw | ({"pools": pools} if pools else {})), "x")


def test_dev_is_small_upgrades_itself_and_goes_when_told() -> None:
    made = plan()
    ocean = made.digitalocean
    assert ocean is not None
    assert (ocean.is_highly_available, ocean.auto_upgrades, ocean.keeps_cluster) == (
        False,
        True,
        False,
    )
    assert (made.cluster.zones, made.cluster.storage_class) == (("fra1",), "do-block-storage")
    assert made.cluster.storage_provisioner == "", "DOKS brings its class"
    assert made.aws is None


def test_prod_outlives_a_machine_and_a_mistake_and_changes_only_when_told() -> None:
    ocean = plan("prod").digitalocean
    assert ocean is not None
    assert (ocean.is_highly_available, ocean.auto_upgrades, ocean.keeps_cluster) == (
        True,
        False,
        True,
    )


def test_each_choice_of_the_environment_can_be_said_otherwise() -> None:
    ocean = plan(
        "prod", highAvailability=False, autoUpgrade=True, protection={"cluster": "remove"}
    ).digitalocean
    assert ocean is not None
    assert (ocean.is_highly_available, ocean.auto_upgrades, ocean.keeps_cluster) == (
        False,
        True,
        False,
    )


def test_the_usual_pool_is_three_nodes_of_a_fixed_number() -> None:
    (general,) = plan().cluster.pools
    assert general.instance_types == ("s-4vcpu-16gb-amd",)
    assert (general.min_nodes, general.nodes, general.max_nodes) == (3, 3, 3)
    assert (general.allocatable.cpu_m, general.allocatable.memory_mib) == (3900, 13 * 1024)


@pytest.mark.parametrize(("name", "allowed"), [("x", True), ("y", False)])
def test_a_cluster_may_be_replaced_only_by_its_own_name(name: str, allowed: bool) -> None:
    ocean = plan(protection={"replaceCluster": name}).digitalocean
    assert ocean is not None
    assert ocean.may_be_replaced is allowed


def test_tags_name_the_stack_and_the_owner() -> None:
    ocean = plan(tags={"owner": "ml"}).digitalocean
    assert ocean is not None
    assert ocean.tags == ("kubeflow-stack-name:x", "owner:ml")


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ({"region": "fra2"}, "cluster.region: 'fra2' has no Kubernetes; did you mean fra1?"),
        (
            {"region": "mars"},
            f"cluster.region: 'mars' has no Kubernetes; use one of {', '.join(REGIONS)}",
        ),
        (
            {"kubernetes": "1.33"},
            "cluster.kubernetes: '1.33' is not a version to start with; use one of 1.34, 1.35, "
            "1.36",
        ),
        (
            {"pools": [GENERAL | {"spot": True}]},
            "pools[0].spot: DigitalOcean has no spot market; remove it",
        ),
        (
            {"pools": [GENERAL | {"name": "system"}]},
            "pools[0].name: 'system' is the pool that every cluster starts with",
        ),
        (
            {"pools": [GENERAL | {"instanceTypes": ["m5.xlarge"]}]},
            "pools[0].instanceTypes: 'm5.xlarge' is not sold by DigitalOcean",
        ),
        (
            {"pools": [GENERAL | {"instanceTypes": ["g-4vcpu-16gb", "s-4vcpu-16gb-amd"]}]},
            "pools[0].instanceTypes: a pool on DigitalOcean has one size, got g-4vcpu-16gb, "
            "s-4vcpu-16gb-amd",
        ),
        (
            {"pools": [GENERAL | {"minNodes": 0, "maxNodes": 5}]},
            "pools[0].minNodes: 0 is not allowed; DigitalOcean empties no pool, use 1 or more, or "
            "remove the pool",
        ),
        (
            {"pools": [GENERAL | {"nodes": 0}]},
            "pools[0].nodes: 0 is not allowed; DigitalOcean empties no pool, use 1 or more, or "
            "remove the pool",
        ),
        (
            {"pools": [GENERAL, GPU]},
            "pools[1].taints: DigitalOcean taints nodes with GPUs, and the plan has to know it; "
            "add {key: nvidia.com/gpu, effect: NoSchedule}",
        ),
        (
            {"pools": [GENERAL | {"taints": [{"key": "a", "effect": "NoSchedule"}]}]},
            "pools: none without taints; the platform needs one to stand on",
        ),
    ],
)
def test_what_cannot_be_had_is_named(said: dict[str, Any], line: str) -> None:
    with pytest.raises(SettingsError) as caught:
        plan(**said)
    assert str(caught.value) == f"the settings name what cannot be had\n  {line}"


@pytest.mark.parametrize(
    ("today", "words"),
    [
        (date(2026, 11, 25), "DOKS 1.35: fixes until 2027-02-28"),
        (date(2027, 2, 1), "DOKS 1.35: fixes until 2027-02-28, 27 DAYS LEFT: plan the upgrade"),
        (
            date(2027, 3, 1),
            "DOKS 1.35: NO MORE FIXES since 2027-02-28; upgrade before it is forced",
        ),
    ],
)
def test_the_end_of_fixes_is_told_in_time(today: date, words: str) -> None:
    assert doks_support(doks_version("1.35"), today) == words


def test_versions_are_in_order() -> None:
    minors = [row.minor for row in DOKS_VERSIONS]
    assert minors == sorted(minors)


def test_nobody_gets_in_from_outside_unless_said() -> None:
    assert plan().load_balancer is None


def test_the_load_balancer_is_told_what_it_is() -> None:
    asked = plan(network={"entry": {"sources": ["203.0.113.0/24"], "sizeUnit": 2}}).load_balancer
    assert asked is not None
    assert asked.sources == ("203.0.113.0/24",)
    assert asked.annotations == {
        "service.beta.kubernetes.io/do-loadbalancer-name": "x",
        "service.beta.kubernetes.io/do-loadbalancer-type": "REGIONAL",
        "service.beta.kubernetes.io/do-loadbalancer-network": "EXTERNAL",
        "service.beta.kubernetes.io/do-loadbalancer-protocol": "tcp",
        "service.beta.kubernetes.io/do-loadbalancer-size-unit": "2",
    }


def test_an_entry_needs_a_gateway_of_the_stack() -> None:
    raw: dict[str, Any] = {
        "cluster": {
            "provider": "digitalocean",
            "region": "fra1",
            "network": {"entry": {"sources": ["0.0.0.0/0"]}},
        },
        "kubeflow": {"istio": "existing"},
        "ingress": {"domain": "ml.b.test", "auth": {"adminEmail": "a@b.test"}},
    }
    with pytest.raises(SettingsError, match=r"cluster\.network\.entry: leads to the stack's own"):
        make_plan(Settings.model_validate(raw), "x")
