"""A short stack file is decided in full, and what AWS cannot give is refused, all at once."""

from datetime import date
from typing import Any

import pytest

from plan.build import make_plan
from plan.clouds import ChallengePlan
from plan.model import Plan
from plan.regions import ZONES, zones_of
from plan.versions import EKS_VERSIONS, eks_version, support
from settings.mistakes import SettingsError
from settings.model import Settings


def plan(environment: str = "dev", pools: list[dict[str, Any]] | None = None, **said: Any) -> Plan:
    cluster = {
        "provider": "aws",
        "region": "eu-west-1",
        "admins": ["arn:aws:iam::123456789012:role/admin"],
        **said,
    }
    raw: dict[str, Any] = {
        "environment": environment,
        "cluster": cluster,
        "ingress": {"domain": "ml.b.test", "auth": {"adminEmail": "a@b.test"}},
    }
    return make_plan(Settings.model_validate(raw | ({"pools": pools} if pools else {})), "x")


def test_dev_is_small_and_goes_when_told() -> None:
    made = plan()
    assert made.cluster.zones == ("eu-west-1a", "eu-west-1b")
    assert made.cluster.storage_class == "gp3"
    assert made.aws is not None
    assert made.aws.nat_zones == ("eu-west-1a",)
    assert (made.aws.logs_flows, made.aws.log_days, made.aws.keeps_cluster) == (False, 90, False)
    assert made.aws.public_access_cidrs == ()


def test_prod_outlives_a_zone_and_a_mistake() -> None:
    made = plan("prod")
    assert made.cluster.zones == ("eu-west-1a", "eu-west-1b", "eu-west-1c")
    assert made.aws is not None
    assert made.aws.nat_zones == made.cluster.zones
    assert (made.aws.logs_flows, made.aws.log_days, made.aws.keeps_cluster) == (True, 365, True)


def test_the_usual_pools_are_a_platform_and_gpus_that_start_at_none() -> None:
    general, gpu = plan().cluster.pools
    assert (general.instance_types, general.nodes, general.is_spot) == (("m5.xlarge",), 3, False)
    assert gpu.instance_types == ("g4dn.xlarge", "g5.xlarge", "g6.xlarge")
    assert (gpu.min_nodes, gpu.nodes, gpu.max_nodes, gpu.is_spot) == (0, 0, 2, True)
    assert gpu.taints[0].effect == "NoSchedule"


def test_an_existing_cluster_has_no_aws_side() -> None:
    raw = {
        "cluster": {
            "provider": "existing",
            "kubernetes": "1.35",
            "zones": ["a"],
            "storageClass": "s",
        },
        "pools": [{"name": "general", "instanceTypes": ["m5.xlarge"], "nodes": 3}],
        "ingress": {"auth": {"adminEmail": "a@b.test"}},
    }
    assert make_plan(Settings.model_validate(raw), "x").aws is None


GENERAL = {"name": "general", "instanceTypes": ["m5.xlarge"], "nodes": 3}


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (
            {"region": "eu-wst-1"},
            "cluster.region: 'eu-wst-1' is not a known AWS region; did you mean eu-west-1?",
        ),
        (
            {"zones": ["eu-west-1a", "eu-west-1z"]},
            "cluster.zones: 'eu-west-1z' cannot host a cluster; use two of eu-west-1a, "
            "eu-west-1b, eu-west-1c",
        ),
        (
            {"kubernetes": "1.31"},
            "cluster.kubernetes: '1.31' is not a version to start with; use one of 1.32, 1.33, "
            "1.34, 1.35",
        ),
        (
            {"pools": [GENERAL, GENERAL | {"name": "s", "spot": True}]},
            "pools[1].instanceTypes: 1 on spot is too few, they run out together; name 3 or more "
            "of the same size",
        ),
        (
            {
                "pools": [
                    GENERAL | {"instanceTypes": ["m5.xlarge", "g4dn.xlarge"]},
                ]
            },
            "pools[0].instanceTypes: types of one pool have the same vCPU and GPUs, got m5.xlarge "
            "4 vCPU 0 GPU, g4dn.xlarge 4 vCPU 1 GPU",
        ),
        (
            {"pools": [GENERAL | {"instanceTypes": ["g-4vcpu-16gb"]}]},
            "pools[0].instanceTypes: 'g-4vcpu-16gb' is not sold by AWS; name a type of EC2, like "
            "m5.xlarge",
        ),
        (
            {"pools": [GENERAL | {"taints": [{"key": "a", "effect": "NoSchedule"}]}]},
            "pools: none that is neither spot nor tainted; the platform needs one to stand on",
        ),
    ],
)
def test_what_cannot_be_had_is_named(said: dict[str, Any], line: str) -> None:
    with pytest.raises(SettingsError) as caught:
        plan(**said)
    assert str(caught.value) == f"stack x: the settings name what cannot be had\n  {line}"


def test_a_network_too_small_says_what_would_do() -> None:
    with pytest.raises(SettingsError) as caught:
        plan(network={"cidr": "10.0.0.0/24"})
    assert str(caught.value) == (
        "the settings cannot be met\n  cluster.network.cidr: 10.0.0.0/24 leaves 59 addresses to "
        "the nodes and pods of a zone, which may need 1336; use /19 or larger, or fewer maxNodes"
    )


@pytest.mark.parametrize("region", ZONES)
def test_every_region_has_zones_for_prod(region: str) -> None:
    assert len(zones_of(region)) >= 3


@pytest.mark.parametrize(
    ("today", "words"),
    [
        (date(2026, 6, 1), "EKS 1.34: standard support until 2026-12-02"),
        (
            date(2026, 11, 24),
            "EKS 1.34: standard support until 2026-12-02, 8 DAYS LEFT: plan the upgrade",
        ),
        (date(2026, 12, 3), "OUT OF STANDARD SUPPORT since 2026-12-02"),
        (date(2027, 12, 3), "NO LONGER SUPPORTED since 2027-12-02; upgrade"),
    ],
)
def test_the_end_of_support_is_told_in_time(today: date, words: str) -> None:
    assert words in support(eks_version("1.34"), today)


def test_versions_are_in_order_and_extended_by_a_year() -> None:
    assert [row.minor for row in EKS_VERSIONS] == sorted(row.minor for row in EKS_VERSIONS)
    for row in EKS_VERSIONS:
        assert row.extended_until.year == row.standard_until.year + 1


def test_the_way_in_is_for_those_listed_and_by_ports_that_nobody_gets_by_chance() -> None:
    entry = {"sources": ["203.0.113.0/24"], "hostedZone": "b.test"}
    made = plan(network={"entry": entry})
    assert made.aws is not None
    assert made.aws.entry is not None
    assert made.aws.entry.sources == ("203.0.113.0/24",)
    assert made.aws.entry.names == ("ml.b.test", "*.ml.b.test")
    assert made.aws.entry.listeners == {"https": 443, "http2": 80}
    assert made.node_ports == {"https": 30043, "http2": 30080, "status-port": 30021}
    # KEP-3668: of 30000-32767 the first 86 are given only to those who ask for one.
    assert set(made.node_ports.values()) <= set(range(30000, 30086))


def test_without_a_way_in_the_gateway_has_no_ports() -> None:
    assert plan().node_ports == {}


def test_a_way_in_needs_a_gateway_of_the_stacks_own() -> None:
    said = {
        "cluster": {
            "provider": "aws",
            "region": "eu-west-1",
            "admins": ["arn:aws:iam::123456789012:role/admin"],
            "network": {"entry": {"sources": ["203.0.113.0/24"]}},
        },
        "kubeflow": {"istio": "existing"},
        "ingress": {"auth": {"adminEmail": "a@b.test"}},
    }
    with pytest.raises(SettingsError, match=r"cluster\.network\.entry: leads to the stack's own"):
        make_plan(Settings.model_validate(said), "x")


def ingress_plan(
    ingress: dict[str, Any], network: dict[str, Any] | None = None, **entry: Any
) -> Plan:
    raw = {
        "cluster": {
            "provider": "aws",
            "region": "eu-west-1",
            "admins": ["arn:aws:iam::123456789012:role/admin"],
            "network": network or {"entry": {"sources": ["203.0.113.0/24"], **entry}},
        },
        "ingress": {"auth": {"adminEmail": "a@b.test"}, **ingress},
    }
    return make_plan(Settings.model_validate(raw), "x")


@pytest.mark.parametrize(
    ("ingress", "listeners"),
    [
        ({}, {"https": 443}),
        ({"domain": "ml.b.test"}, {"https": 443, "http2": 80}),
        ({"domain": "ml.b.test", "insecure": True}, {"http2": 80}),
    ],
)
def test_the_balancer_listens_where_the_gateway_answers(
    ingress: dict[str, Any], listeners: dict[str, int]
) -> None:
    made = ingress_plan(ingress)
    assert made.aws is not None
    assert made.aws.entry is not None
    assert made.aws.entry.listeners == listeners
    assert made.node_ports.keys() == {*listeners, "status-port"}


@pytest.mark.parametrize("zone", ["ml.b.test", "b.test"])
def test_the_records_are_the_domains_whichever_zone_it_lies_in(zone: str) -> None:
    made = ingress_plan({"domain": "ml.b.test"}, hostedZone=zone)
    assert made.aws is not None
    assert made.aws.entry is not None
    assert made.aws.entry.hosted_zone == zone
    assert made.aws.entry.names == ("ml.b.test", "*.ml.b.test")


ROUTE53 = {
    "mode": "letsencrypt",
    "email": "a@b.test",
    "challenge": "route53",
    "region": "eu-west-1",
}


def test_where_a_challenge_is_answered_names_below_still_lead_here() -> None:
    """The answer is below the namespace's name, which exists by that, and then `*.ml.b.test` is
    for no name below it."""
    said = {"domain": "ml.b.test", "servingNamespaces": ["vision"]}
    made = ingress_plan({**said, "tls": ROUTE53}, hostedZone="b.test").aws
    assert made is not None
    assert made.entry is not None
    assert made.entry.names == ("ml.b.test", "*.ml.b.test", "*.vision.ml.b.test")
    assert made.challenge == ChallengePlan(
        hosted_zone="b.test",
        records=("_acme-challenge.ml.b.test", "_acme-challenge.vision.ml.b.test"),
    )


@pytest.mark.parametrize("mode", [{}, {"mode": "letsencrypt", "email": "a@b.test"}])
def test_what_is_answered_elsewhere_needs_no_right_here(mode: dict[str, str]) -> None:
    tls = {**mode, "challenge": "digitalocean"} if mode else {}
    made = ingress_plan({"domain": "ml.b.test", "tls": tls}, hostedZone="b.test").aws
    assert made is not None
    assert made.challenge is None


@pytest.mark.parametrize("entry", [None, {"sources": ["203.0.113.0/24"]}])
def test_a_challenge_in_route_53_needs_its_zone(entry: dict[str, Any] | None) -> None:
    with pytest.raises(SettingsError) as caught:
        ingress_plan({"domain": "ml.b.test", "tls": ROUTE53}, network={"entry": entry})
    assert str(caught.value).splitlines()[1:] == [
        "  ingress.tls.challenge: 'route53' is answered in cluster.network.entry.hostedZone; name "
        "the zone of Route 53 that the domain lies in there, so that cert-manager gets the right to"
    ]


HTTP01 = {"mode": "letsencrypt", "email": "a@b.test", "challenge": "http01"}


@pytest.mark.parametrize(
    ("ingress", "entry", "message"),
    [
        (
            {},
            {"hostedZone": "b.test"},
            r"entry\.hostedZone: 'b\.test' is where ingress\.domain gets its records; say that too",
        ),
        (
            {"domain": "ml.c.test"},
            {"hostedZone": "b.test"},
            r"entry\.hostedZone: ingress\.domain 'ml\.c\.test' does not lie in 'b\.test'; name the",
        ),
        (
            {"domain": "mlb.test"},
            {"hostedZone": "b.test"},
            r"ingress\.domain 'mlb\.test' does not lie in 'b\.test'",
        ),
        (
            {"domain": "ml.b.test", "tls": HTTP01},
            {},
            r"ingress\.tls\.challenge: with http01 .* admits 203\.0\.113\.0/24 only; let it "
            r"be route53, or add 0\.0\.0\.0/0",
        ),
    ],
)
def test_an_entry_that_contradicts_the_domain_is_refused(
    ingress: dict[str, Any], entry: dict[str, Any], message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        ingress_plan(ingress, **entry)


def test_lets_encrypt_may_come_where_everybody_may() -> None:
    ingress = {"domain": "ml.b.test", "tls": HTTP01}
    assert ingress_plan(ingress, sources=["0.0.0.0/0"]).node_ports["http2"] == 30080
