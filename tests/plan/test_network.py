"""Subnets lie apart and inside, and hold what may run in them; else the error says what would."""

import re
from ipaddress import IPv4Network, collapse_addresses

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from plan.network import (
    AWS_KEEPS,
    TooSmallError,
    addresses_needed,
    node_addresses,
    plan_addresses,
    pods_at_most,
)
from settings.networks import PRIVATE_RANGES

ZONES = ("a", "b", "c", "d", "e", "f")


@st.composite
def networks(draw: st.DrawFn) -> IPv4Network:
    within = draw(st.sampled_from(PRIVATE_RANGES))
    prefix = draw(st.integers(16, 28))
    place = draw(st.integers(0, 2 ** (prefix - within.prefixlen) - 1))
    return IPv4Network((int(within.network_address) + place * 2 ** (32 - prefix), prefix))


@example(network=IPv4Network("10.0.0.0/23"), count=5, needed=1)
@given(network=networks(), count=st.integers(1, 6), needed=st.integers(1, 20_000))
def test_subnets_are_apart_inside_and_large_enough(
    network: IPv4Network, count: int, needed: int
) -> None:
    try:
        plan = plan_addresses(str(network), ZONES[:count], needed)
    except TooSmallError:
        return
    subnets = [IPv4Network(text) for one in plan.subnets for text in (one.public, one.private)]
    assert [one.zone for one in plan.subnets] == list(ZONES[:count])
    assert all(subnet.subnet_of(network) for subnet in subnets)
    assert all(subnet.prefixlen <= 28 for subnet in subnets), "AWS makes none smaller than /28"
    merged = sum(one.num_addresses for one in collapse_addresses(subnets))
    assert merged == sum(one.num_addresses for one in subnets), "two overlap"
    for one in plan.subnets:
        assert IPv4Network(one.private).num_addresses - AWS_KEEPS >= needed
    assert not IPv4Network(plan.services).overlaps(network)


@given(network=networks(), count=st.integers(2, 3), needed=st.integers(1, 10_000))
def test_what_the_error_asks_for_is_enough(network: IPv4Network, count: int, needed: int) -> None:
    said = re.search(r"use /(\d+) or larger", complaint(str(network), count, needed))
    if said:
        enough = IPv4Network(f"10.0.0.0/{said[1]}")
        assert plan_addresses(str(enough), ZONES[:count], needed)
        assert enough.num_addresses > network.num_addresses


def complaint(cidr: str, count: int, needed: int) -> str:
    try:
        plan_addresses(cidr, ZONES[:count], needed)
    except TooSmallError as error:
        return str(error)
    return ""


def test_the_usual_network_is_cut_like_this() -> None:
    plan = plan_addresses("10.0.0.0/16", ("a", "b"), 900)
    assert [(one.public, one.private) for one in plan.subnets] == [
        ("10.0.192.0/19", "10.0.0.0/18"),
        ("10.0.224.0/19", "10.0.64.0/18"),
    ]
    assert plan.services == "172.20.0.0/16"
    assert plan_addresses("172.20.0.0/16", ("a", "b"), 900).services == "10.100.0.0/16"


@pytest.mark.parametrize(("pods", "addresses"), [(110, 132), (58, 84), (16, 36), (17, 52)])
def test_pods_take_whole_prefixes_and_one_is_kept_warm(pods: int, addresses: int) -> None:
    assert node_addresses(pods) == addresses


@pytest.mark.parametrize(("vcpu", "pods"), [(4, 110), (29, 110), (30, 250), (96, 250)])
def test_a_node_takes_as_many_pods_as_eks_lets_it(vcpu: int, pods: int) -> None:
    assert pods_at_most(vcpu) == pods


def test_no_pool_needs_next_to_nothing() -> None:
    assert addresses_needed([]) == 16
