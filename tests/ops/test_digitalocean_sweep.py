"""Sweep against a DigitalOcean on loopback: what a stack left goes, what is another's stays."""

import json
from collections.abc import Callable
from copy import deepcopy
from decimal import Decimal

import pytest

from ops.errors import OpsError
from ops.sweep import digitalocean_prices as prices
from ops.sweep.digitalocean_cloud import DigitalOceanCloud
from ops.sweep.run import Wish, sweep
from rehearsal.session import Session
from tests.ops.digitalocean_api import DELETE, Api, Refusal
from tests.ops.digitalocean_stack import (
    CLUSTER,
    OURS,
    THEIRS,
    balancer,
    cluster,
    droplet,
    leave,
    network,
    volume,
)

Open = Callable[..., Session]
Says = Callable[[str], None]


def wish(answer: str = "kf", *, deletes: bool = True) -> Wish:
    return Wish(deletes=deletes, is_json=True, ask=lambda _: answer)


def quiet(_: str) -> None:
    """Nobody listens."""


def deletions(api: Api) -> list[str]:
    return [one for one in api.asked if one.startswith(DELETE)]


def test_one_of_every_kind_is_found_with_its_price(digitalocean: Api) -> None:
    leave(digitalocean, "kf", OURS, 1)
    found = DigitalOceanCloud("fra1", "kf").find()
    assert {(one.kind, one.id): one.monthly_usd for one in found} == {
        ("DNS record", "example.test/1"): 0,
        ("load balancer", "lb-1"): Decimal(24),
        ("droplet", "1"): Decimal(84),
        ("volume", "v-1"): Decimal(2),
        ("snapshot", "s-1"): Decimal("0.150"),
        ("database", "db-1"): Decimal(120),
        ("VPC", "vpc-kf"): 0,
    }
    assert not any(one.held for one in found)


def test_droplets_with_gpus_are_found_too(digitalocean: Api) -> None:
    leave(digitalocean, "kf", OURS, 1)
    digitalocean.lists["droplets"].append(
        {**droplet(7, OURS), "size_slug": "gpu-4000adax1-20gb", "status": "off"}
    )
    found = [one for one in DigitalOceanCloud("fra1", "kf").find() if one.kind == "droplet"]
    assert [(one.id, one.what) for one in found] == [
        ("1", "s-4vcpu-16gb-amd, active"),
        ("7", "gpu-4000adax1-20gb, off"),
    ]


def test_what_is_deleted_is_ours_and_only_ours(
    digitalocean: Api, open_ocean: Open, pulumi: Says
) -> None:
    leave(digitalocean, "kf-2", THEIRS, 2)
    digitalocean.lists["kubernetes_clusters"] = [cluster("kf-2", THEIRS[:1], "99999999")]
    digitalocean.lists["volumes"].append(volume("nobody's", []))
    digitalocean.lists["volumes"].append(volume("both", [CLUSTER, THEIRS[0]]))
    lists, records = deepcopy(digitalocean.lists), deepcopy(digitalocean.records)
    leave(digitalocean, "kf", OURS, 1)

    assert json.loads(sweep(open_ocean(), wish(), quiet)) == []
    assert digitalocean.lists == lists
    assert digitalocean.records == records
    assert deletions(digitalocean) == [
        "DELETE domains/example.test/records/1",
        "DELETE load_balancers/lb-1",
        "DELETE droplets/1",
        "DELETE volumes/v-1",
        "DELETE snapshots/s-1",
        "DELETE databases/db-1",
        "DELETE vpcs/vpc-kf",
    ]


def test_nothing_is_deleted_unasked_or_without_the_stacks_name(
    digitalocean: Api, open_ocean: Open, pulumi: Says
) -> None:
    leave(digitalocean, "kf", OURS, 1)
    stack = open_ocean()
    assert len(json.loads(sweep(stack, wish(deletes=False), quiet))) == 7
    for answer in ("", "yes", "kf-2"):
        with pytest.raises(OpsError, match="nothing was deleted: the answer was not kf"):
            sweep(stack, wish(answer), quiet)
    assert deletions(digitalocean) == []


def test_what_nobody_can_be_named_for_is_listed_and_kept(
    digitalocean: Api, open_ocean: Open, pulumi: Says
) -> None:
    digitalocean.lists["kubernetes_clusters"] = [cluster("other", [], "11111111")]
    digitalocean.lists["volumes"] = [
        volume("gone", ["k8s:77777777"]),
        volume("alive", ["k8s:11111111"]),
    ]
    digitalocean.lists["vpcs"] = [network("kf")]
    digitalocean.lists["load_balancers"] = [balancer("lb-9", "a9", "kf", "203.0.113.9")]
    left = {one["id"]: one["held"] for one in json.loads(sweep(open_ocean(), wish(), quiet))}
    assert set(left) == {"gone", "vpc-kf", "lb-9"}
    assert "if it is yours: doctl compute volume delete gone" in left["gone"]
    assert "doctl vpcs delete vpc-kf" in left["vpc-kf"]
    assert "doctl compute load-balancer delete lb-9" in left["lb-9"]
    assert deletions(digitalocean) == []


def test_a_cluster_that_still_runs_is_refused_though_its_state_is_lost(
    digitalocean: Api, open_ocean: Open, pulumi: Says
) -> None:
    leave(digitalocean, "kf", OURS, 1)
    digitalocean.lists["kubernetes_clusters"] = [cluster("kf", OURS[:1])]
    with pytest.raises(OpsError, match="the cluster kf still runs in fra1") as refused:
        sweep(open_ocean(), wish(), quiet)
    assert "doctl kubernetes cluster delete 4f0d6c5e" in str(refused.value)
    assert deletions(digitalocean) == []


def test_a_stack_that_still_exists_is_refused(
    digitalocean: Api, open_ocean: Open, pulumi: Says
) -> None:
    state = {"deployment": {"resources": [{"urn": "urn:vpc", "type": "do:v", "custom": True}]}}
    pulumi(f"echo '{json.dumps(state)}'")
    leave(digitalocean, "kf", OURS, 1)
    with pytest.raises(OpsError, match=r"kf still has 1 resources in its state, e\.g\. urn:vpc"):
        sweep(open_ocean(), wish(), quiet)
    assert deletions(digitalocean) == []


def test_what_cannot_be_deleted_is_named_and_the_rest_goes(
    digitalocean: Api, open_ocean: Open, pulumi: Says
) -> None:
    leave(digitalocean, "kf", OURS, 1)
    digitalocean.lists["volumes"].append(volume("held", [CLUSTER], (4711,)))
    with pytest.raises(OpsError, match="kf: 1 could not be deleted, 1 left") as refused:
        sweep(open_ocean(), wish(), quiet)
    assert "volume held: 422 the volume is attached to a Droplet" in str(refused.value)


def test_what_is_gone_in_the_meantime_is_what_was_wanted(
    digitalocean: Api, open_ocean: Open, pulumi: Says
) -> None:
    leave(digitalocean, "kf", OURS, 1)
    digitalocean.refused = [Refusal(path="snapshots/s-1", status=404, method=DELETE)]
    left = json.loads(sweep(open_ocean(), wish(), quiet))
    assert [one["id"] for one in left] == ["s-1"]


def test_a_droplet_that_stays_is_named_when_the_time_is_up(
    digitalocean: Api, open_ocean: Open, pulumi: Says, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(digitalocean, "kf", OURS, 1)
    digitalocean.refused = [Refusal(path="droplets/1", status=204, method=DELETE)]
    monkeypatch.setattr("ops.sweep.digitalocean_cloud.MOST", 0)
    monkeypatch.setattr("ops.sweep.digitalocean_cloud.PAUSE", 0)
    with pytest.raises(OpsError, match="droplet 1: still there after 0 s"):
        sweep(open_ocean(), wish(), quiet)


def test_a_busy_api_is_waited_out_and_pages_are_read(
    digitalocean: Api, open_ocean: Open, pulumi: Says, pauses: list[float]
) -> None:
    leave(digitalocean, "kf", OURS, 1)
    digitalocean.lists["volumes"] += [volume(f"many-{number}", [CLUSTER]) for number in range(250)]
    digitalocean.refusals = [
        Refusal(path="volumes", status=429, headers={"Retry-After": "3"}),
        Refusal(path="volumes/v-1", status=503, method=DELETE),
    ]
    assert json.loads(sweep(open_ocean(), wish(), quiet)) == []
    assert 3 in pauses
    assert digitalocean.lists["volumes"] == []


def test_without_a_usable_token_it_says_so(
    digitalocean: Api, open_ocean: Open, pulumi: Says, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = open_ocean()
    monkeypatch.setenv("DIGITALOCEAN_ACCESS_TOKEN", "revoked")
    with pytest.raises(OpsError, match="DigitalOcean: 401 Unable to authenticate you"):
        sweep(stack, wish(), quiet)
    monkeypatch.delenv("DIGITALOCEAN_ACCESS_TOKEN")
    with pytest.raises(OpsError, match="DIGITALOCEAN_ACCESS_TOKEN is not set"):
        sweep(stack, wish(), quiet)


def test_an_api_that_is_not_there_is_said(
    digitalocean: Api, open_ocean: Open, pulumi: Says, pauses: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("DIGITALOCEAN_API_URL", "http://127.0.0.1:9")
    with pytest.raises(OpsError, match="DigitalOcean was not reached"):
        sweep(open_ocean(), wish(), quiet)


def test_an_unknown_price_is_never_nothing() -> None:
    assert prices.monthly("do.droplet/mars-1", "fra1") is None
    assert prices.balancer("fra1", {"type": "GLOBAL"}) is None
    assert prices.balancer("fra1", {"type": "REGIONAL_NETWORK", "size_unit": 1}) == 15
