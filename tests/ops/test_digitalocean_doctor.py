"""Doctor against a DigitalOcean on loopback: each check both ways, and what it could not see."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from accounts.digitalocean import DigitalOceanAccount
from accounts.preflight.digitalocean import needed_droplets
from accounts.preflight.model import Finding, is_sound
from ops.__main__ import main
from ops.doctor.run import findings_of
from plan.clouds import NamesPlan
from rehearsal.session import Session
from tests.ops.digitalocean_api import TOKEN, Api, Refusal
from tests.ops.digitalocean_stack import (
    CLUSTER,
    OURS,
    STACK,
    balancer,
    cluster,
    droplet,
    network,
    volume,
)

Open = Callable[..., Session]
UNTOLD = {"scopes to write"}
GPUS: dict[str, Any] = {
    "name": "gpu",
    "instanceTypes": ["gpu-4000adax1-20gb"],
    "nodes": 1,
    "taints": [{"key": "nvidia.com/gpu", "effect": "NoSchedule"}],
}
GENERAL = {"name": "general", "instanceTypes": ["s-4vcpu-16gb-amd"], "nodes": 3, "maxNodes": 6}


def of(session: Session, verdict: str) -> list[Finding]:
    return [one for one in findings_of(session) if one.verdict == verdict]


def test_a_sound_account_has_nothing_wrong(digitalocean: Api, open_ocean: Open) -> None:
    found = findings_of(open_ocean())
    assert [(one.what, one.verdict) for one in found] == [
        ("token", "fine"),
        ("account", "fine"),
        ("doctl", "fine"),
        ("region fra1", "fine"),
        ("DOKS 1.35", "fine"),
        ("pool general: s-4vcpu-16gb-amd", "fine"),
        ("pool system: s-1vcpu-2gb", "fine"),
        ("droplets", "fine"),
        ("volumes", "fine"),
        ("VPC range", "fine"),
        ("default VPC", "fine"),
        ("names", "fine"),
        ("scopes to write", "unchecked"),
    ]
    assert is_sound(found)
    assert {one.partition(" ")[0] for one in digitalocean.asked} == {"GET"}, "it changes nothing"


def locked(api: Api) -> None:
    api.account |= {"status": "locked", "status_message": "a bill"}


def no_region(api: Api) -> None:
    api.options["regions"] = [{"name": "New York", "slug": "nyc1"}]


def no_version(api: Api) -> None:
    api.options["versions"] = [{"slug": "1.36.1-do.0", "kubernetes_version": "1.36.1"}]


def size_of(api: Api, slug: str) -> dict[str, Any]:
    return next(one for one in api.lists["sizes"] if one["slug"] == slug)


def size_elsewhere(api: Api) -> None:
    size_of(api, "s-4vcpu-16gb-amd")["regions"] = ["nyc1"]


def size_sold_out(api: Api) -> None:
    size_of(api, "s-4vcpu-16gb-amd")["available"] = False


def first_size_elsewhere(api: Api) -> None:
    size_of(api, "s-1vcpu-2gb")["regions"] = ["nyc1"]


def size_not_for_nodes(api: Api) -> None:
    api.options["sizes"] = [{"name": "s-1vcpu-2gb", "slug": "s-1vcpu-2gb"}]


def few_droplets(api: Api) -> None:
    api.account["droplet_limit"] = 9
    api.lists["droplets"] = [droplet(number, []) for number in range(6)]


def few_volumes(api: Api) -> None:
    api.account["volume_limit"] = 1
    api.lists["volumes"] = [volume("v", [])]


def same_name(api: Api) -> None:
    api.lists["kubernetes_clusters"] = [cluster("kf", [])]


def same_balancer(api: Api) -> None:
    api.lists["load_balancers"] = [balancer("lb-1", "kf", "other", "203.0.113.1")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (locked, ("account", "locked a bill", "active", "settle it")),
        (no_region, ("region fra1", "has no DOKS", "DOKS", "one of nyc1")),
        (no_version, ("DOKS 1.35", "1.36.1-do.0", "1.35", "one of 1.36")),
        (size_elsewhere, ("pool general: s-", "not for nodes in fra1", "in fra1", "is in nyc1")),
        (size_sold_out, ("pool general: s-", "sold out", "in fra1", "another size")),
        (size_not_for_nodes, ("pool general: s-", "not for nodes", "in fra1", "another size")),
        (
            first_size_elsewhere,
            ("pool system: s-1", "not for", "in fra1", "another cluster.region"),
        ),
        (few_droplets, ("droplets", "9, 6 of it used by others", "4 at first, 5", "(11 or more)")),
        (few_volumes, ("volumes", "1, 1 of it used by others", "1", "(2 or more)")),
        (same_name, ("names", "cluster kf (4f0d6c5e)", "free", "something other than kf")),
        (same_balancer, ("names", "load balancer kf (lb-1)", "free", "delete them")),
    ],
)
def test_what_is_wrong_says_what_is_there_what_is_needed_and_what_to_do(
    digitalocean: Api,
    open_ocean: Open,
    change: Callable[[Api], None],
    said: tuple[str, str, str, str],
) -> None:
    change(digitalocean)
    (found,) = of(open_ocean(), "wrong")
    texts = (found.what, found.value, found.needed, found.fix)
    assert all(part in text for part, text in zip(said, texts, strict=True)), texts


def test_what_only_the_largest_pools_lack_is_doubtful(digitalocean: Api, open_ocean: Open) -> None:
    digitalocean.account["droplet_limit"] = 4
    session = open_ocean()
    (found,) = of(session, "doubtful")
    assert (found.what, found.value) == ("droplets", "4, 0 of it used by others")
    assert "(5 or more)" in found.fix
    assert of(session, "wrong") == []


def test_the_range_of_a_vpc_must_be_free(digitalocean: Api, open_ocean: Open) -> None:
    digitalocean.lists["vpcs"] = [network("other", "10.10.0.0/20"), network("far", "10.99.0.0/16")]
    (found,) = of(open_ocean(network={"cidr": "10.10.0.0/16"}), "wrong")
    assert (found.what, found.value) == ("VPC range", "other has 10.10.0.0/20")


def test_a_vpc_of_the_stacks_name_is_pointed_out(digitalocean: Api, open_ocean: Open) -> None:
    digitalocean.lists["vpcs"] += [network("kf")]
    assert {one.what for one in of(open_ocean(), "unchecked")} == {"VPC name", *UNTOLD}


def test_the_first_vpc_of_a_region_would_stay_for_ever(digitalocean: Api, open_ocean: Open) -> None:
    digitalocean.lists["vpcs"] = [network("default-nyc1") | {"region": "nyc1", "default": True}]
    (found,) = of(open_ocean(), "doubtful")
    assert found.what == "default VPC"
    assert "`doctl vpcs create --name default-fra1 --region fra1` first" in found.fix


def test_a_stacks_vpc_that_is_the_default_one_has_a_way_out(
    digitalocean: Api, open_ocean: Open
) -> None:
    digitalocean.lists["kubernetes_clusters"] = [cluster("kf", [STACK])]
    digitalocean.lists["vpcs"] = [network("kf") | {"default": True}]
    (found,) = of(open_ocean(), "doubtful")
    assert "the stack's is the default one of fra1" in found.value
    assert "doctl vpcs update ID --default=true" in found.fix


def test_the_domain_has_to_be_in_the_account(digitalocean: Api, open_ocean: Open) -> None:
    opened = open_ocean()
    assert opened.plan.digitalocean is not None
    names = NamesPlan(zone="corp.test", records=("ml",))
    named = replace(opened.plan.digitalocean, names=names)
    session = replace(opened, plan=replace(opened.plan, digitalocean=named))
    (found,) = of(session, "wrong")
    assert (found.what, found.value) == ("domain corp.test", "not in the account")
    digitalocean.lists["domains"] = [{"name": "corp.test", "ttl": 1800}]
    assert of(session, "wrong") == []
    (scopes,) = [one for one in of(session, "unchecked") if one.what == "scopes to write"]
    assert scopes.fix.endswith("domain: create, update and delete")


def test_without_doctl_nothing_would_get_onto_the_cluster(
    digitalocean: Api, open_ocean: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = open_ocean()
    monkeypatch.setenv("PATH", "")
    (found,) = of(session, "wrong")
    assert (found.what, found.value) == ("doctl", "not on PATH")


@pytest.mark.parametrize(("rival", "wrong"), [("another", ["DIGITALOCEAN_TOKEN"]), (TOKEN, [])])
def test_a_second_token_has_to_be_the_same_one(
    digitalocean: Api,
    open_ocean: Open,
    monkeypatch: pytest.MonkeyPatch,
    rival: str,
    wrong: list[str],
) -> None:
    monkeypatch.setenv("DIGITALOCEAN_TOKEN", rival)
    assert [one.what for one in of(open_ocean(), "wrong")] == wrong


def test_what_is_the_stacks_own_counts_against_nothing(digitalocean: Api, open_ocean: Open) -> None:
    digitalocean.account |= {"droplet_limit": 5, "volume_limit": 1}
    digitalocean.lists["kubernetes_clusters"] = [cluster("kf", [STACK])]
    digitalocean.lists["vpcs"] = [network("kf", "10.10.0.0/16")]
    digitalocean.lists["droplets"] = [droplet(number, OURS) for number in range(4)]
    digitalocean.lists["volumes"] = [volume("v", [CLUSTER])]
    digitalocean.lists["load_balancers"] = [balancer("lb", "kf", "kf", "203.0.113.1")]
    session = open_ocean(network={"cidr": "10.10.0.0/16"})
    assert of(session, "wrong") == []
    assert {one.what for one in of(session, "unchecked")} == UNTOLD


def test_pools_count_at_their_largest(open_ocean: Open) -> None:
    assert needed_droplets(open_ocean([GENERAL]).plan.cluster.pools).at_most == 6 + 1 + 1


def test_what_the_api_does_not_tell_is_said(digitalocean: Api, open_ocean: Open) -> None:
    del digitalocean.account["volume_limit"]
    session = open_ocean([GENERAL, GPUS], network={"entry": {"sources": ["203.0.113.0/24"]}})
    assert {one.what for one in of(session, "unchecked")} == {
        "volumes", "pool gpu: limit of GPU droplets", "load balancers", *UNTOLD,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "scope", "what"),
    [
        ("kubernetes/options", "kubernetes:read", {"region fra1", "DOKS 1.35"}),
        ("sizes", "sizes:read", {"sizes"}),
        ("droplets", "droplet:read", {"droplets"}),
        ("volumes", "block_storage:read", {"volumes"}),
        ("vpcs", "vpc:read", {"VPC"}),
        ("load_balancers", "load_balancer:read", {"names"}),
    ],
)
def test_a_403_names_the_scope_that_the_token_lacks(
    digitalocean: Api, open_ocean: Open, path: str, scope: str, what: set[str]
) -> None:
    digitalocean.refused = [Refusal(path=path, status=403)]
    found = of(open_ocean(), "unchecked")
    assert {one.what for one in found} == what | UNTOLD
    assert {one.fix for one in found if one.what in what} == {
        f"the token lacks the scope {scope}: 403 You are not authorized"
    }


def test_a_token_that_may_not_read_its_account_is_wrong_and_the_rest_is_looked_at(
    digitalocean: Api, open_ocean: Open
) -> None:
    digitalocean.refused = [Refusal(path="account", status=403)]
    session = open_ocean()
    (found,) = of(session, "wrong")
    assert "the token lacks the scope account:read" in found.value
    assert {one.what for one in of(session, "fine")} >= {"region fra1", "VPC range", "names"}


@pytest.mark.parametrize("token", [None, "dop_v1_revoked"])
def test_without_a_usable_token_it_says_what_it_could_not_check(
    digitalocean: Api,
    open_ocean: Open,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    token: str | None,
) -> None:
    monkeypatch.delenv("DIGITALOCEAN_ACCESS_TOKEN")
    if token:
        monkeypatch.setenv("DIGITALOCEAN_ACCESS_TOKEN", token)
    assert main(["doctor", "kf", "--json"], open_ocean().root) == 1
    found = {one["what"]: one for one in json.loads(capsys.readouterr().out)}
    said = found.pop("token")
    assert found.pop("doctl")["verdict"] == "fine", "no question for the API"
    why = "the API does not know the token: 401" if token else "TOKEN is not set"
    assert (said["verdict"], why in said["value"]) == ("wrong", True)
    assert {one["verdict"] for one in found.values()} == {"unchecked"}
    assert {"account", "sizes", "droplets", "volumes", "VPC", "names"} <= set(found)
    assert len(digitalocean.asked) == (1 if token else 0)


def test_every_page_is_read(digitalocean: Api, open_ocean: Open) -> None:
    digitalocean.lists["droplets"] = [droplet(number, []) for number in range(401)]
    assert "401 of it used by others" in of(open_ocean(), "wrong")[0].value
    assert digitalocean.asked.count("GET droplets") == 3


def test_a_busy_or_broken_api_is_waited_out(
    digitalocean: Api, open_ocean: Open, pauses: list[float]
) -> None:
    digitalocean.refusals = [
        Refusal(path="sizes", status=429, headers={"Retry-After": "7"}),
        Refusal(path="sizes", status=503),
        Refusal(path="account", status=500),
    ]
    assert {one.what for one in of(open_ocean(), "unchecked")} == UNTOLD
    assert 7 in pauses
    assert not digitalocean.refusals


def test_an_api_that_stays_broken_is_given_up(
    digitalocean: Api, open_ocean: Open, pauses: list[float]
) -> None:
    digitalocean.refused = [Refusal(path="sizes", status=502, message="bad gateway")]
    found = {one.what: one.fix for one in of(open_ocean(), "unchecked")}
    assert "502 bad gateway" in found["sizes"]
    assert digitalocean.asked.count("GET sizes") == 1 + 5


def test_nobody_waits_for_the_hourly_limit(
    digitalocean: Api, open_ocean: Open, pauses: list[float]
) -> None:
    digitalocean.refused = [Refusal(path="sizes", status=429, headers={"Retry-After": "2400"})]
    assert "429" in {one.what: one.fix for one in of(open_ocean(), "unchecked")}["sizes"]
    assert digitalocean.asked.count("GET sizes") == 1
    assert pauses == []


def test_a_token_is_not_sent_over_a_network_unencrypted() -> None:
    with pytest.raises(Exception, match="not permitted for non-TLS"):
        DigitalOceanAccount("secret", "http://api.example.test").client.account.get()
