"""A short stack file is decided in full, and what DigitalOcean cannot give is refused at once."""

from datetime import date
from typing import Any

import pytest

from plan.build import make_plan
from plan.clouds import DigitalOceanPlan
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
            "pools[0].instanceTypes: 'm5.xlarge' is not sold by DigitalOcean; name a size of "
            "droplets, like s-4vcpu-16gb-amd",
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
    assert str(caught.value) == f"stack x: the settings name what cannot be had\n  {line}"


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


ENTRY: dict[str, Any] = {"sources": ["203.0.113.0/24"]}


def entered(ingress: dict[str, Any], **entry: Any) -> DigitalOceanPlan:
    """The plan with a way in, at whatever the ingress says."""
    raw: dict[str, Any] = {
        "cluster": {
            "provider": "digitalocean",
            "region": "fra1",
            "network": {"entry": ENTRY | entry},
        },
        "ingress": {"auth": {"adminEmail": "a@b.test"}, **ingress},
    }
    found = make_plan(Settings.model_validate(raw), "x").digitalocean
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("ingress", "ports"),
    [
        ({}, ("https",)),
        ({"domain": "ml.b.test"}, ("https", "http2")),
        ({"domain": "ml.b.test", "insecure": True}, ("http2",)),
    ],
)
def test_the_load_balancer_takes_what_the_gateway_answers(
    ingress: dict[str, Any], ports: tuple[str, ...]
) -> None:
    found = entered(ingress)
    assert found.load_balancer is not None
    assert found.load_balancer.ports == ports
    assert found.names is None, "nobody named a zone"


@pytest.mark.parametrize(
    ("zone", "records"),
    [
        ("b.test", ("ml", "*.ml")),
        ("ml.b.test", ("@", "*")),
    ],
)
def test_records_are_named_as_their_zone_calls_them(zone: str, records: tuple[str, ...]) -> None:
    names = entered({"domain": "ml.b.test"}, hostedZone=zone).names
    assert names is not None
    assert (names.zone, names.records) == (zone, records)


def test_where_a_challenge_is_answered_names_below_still_lead_here() -> None:
    tls = {"mode": "letsencrypt", "email": "ops@b.test", "challenge": "digitalocean"}
    said = {"domain": "ml.b.test", "servingNamespaces": ["vision"], "tls": tls}
    names = entered(said, hostedZone="b.test").names
    assert names is not None
    assert names.records == ("ml", "*.ml", "*.vision.ml")


HTTP01 = {"mode": "letsencrypt", "email": "ops@b.test", "challenge": "http01"}


@pytest.mark.parametrize(
    ("ingress", "entry", "words"),
    [
        (
            {},
            {"hostedZone": "b.test"},
            r"entry\.hostedZone: 'b\.test' is where ingress\.domain gets its records; say that too",
        ),
        (
            {"domain": "ml.cb.test"},
            {"hostedZone": "b.test"},
            r"entry\.hostedZone: ingress\.domain 'ml\.cb\.test' does not lie in 'b\.test'; name",
        ),
        (
            {"domain": "ml.b.test", "tls": HTTP01},
            {},
            r"tls\.challenge: with http01 .*sources admits 203\.0\.113\.0/24 only; let it be digi",
        ),
    ],
)
def test_a_way_in_that_contradicts_the_domain_is_refused(
    ingress: dict[str, Any], entry: dict[str, Any], words: str
) -> None:
    with pytest.raises(SettingsError, match=words):
        entered(ingress, **entry)


def test_lets_encrypt_may_come_by_http_where_everybody_may() -> None:
    entered({"domain": "ml.b.test", "tls": HTTP01}, sources=["0.0.0.0/0"])
