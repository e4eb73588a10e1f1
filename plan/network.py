"""The addresses of a network: which subnet lies where, and how many a node's pods need. Pure."""

from collections.abc import Sequence
from ipaddress import IPv4Network
from itertools import islice

from plan.clouds import AddressPlan, ZoneSubnets
from plan.instances import instance_type
from plan.model import Pool

AWS_KEEPS = 5  # of each subnet, for itself
PREFIX = 16  # prefix delegation hands pods' addresses out by /28
ENIS_PER_NODE = 4  # each has an address of its own; what m5.xlarge and its like may have
# What EKS lets a node of a managed group take with prefixes, whatever its template asks for.
# Source: the EKS user guide, "How maxPods is determined", read 2026-11-25.
MANY_VCPU, PODS, PODS_OF_MANY = 30, 110, 250
SHARED = 16  # EKS' own interfaces, load balancers, interface endpoints
SERVICE_RANGES = (IPv4Network("172.20.0.0/16"), IPv4Network("10.100.0.0/16"))


class TooSmallError(Exception):
    """The network cannot hold what may run in it; the message says what would."""


def plan_addresses(cidr: str, zones: Sequence[str], needed: int) -> AddressPlan:
    """One large private subnet per zone, and the public ones in what is left.

    Raises `TooSmallError` when a private subnet has fewer than `needed` addresses.
    """
    network = IPv4Network(cidr)
    blocks = _cut(network, len(zones) + 1)
    privates, rest = blocks[: len(zones)], blocks[-1]
    if (
        privates[0].num_addresses - AWS_KEEPS < needed
        or rest.prefixlen + _bits(len(zones)) > _SMALLEST
    ):
        raise TooSmallError(
            f"{cidr} leaves {max(privates[0].num_addresses - AWS_KEEPS, 0)} addresses to the nodes "
            f"and pods of a zone, which may need {needed}; use /{_prefix_for(needed, len(zones))} "
            "or larger, or fewer maxNodes"
        )
    publics = _cut(rest, len(zones))
    return AddressPlan(
        cidr=cidr,
        services=str(next(one for one in SERVICE_RANGES if not one.overlaps(network))),
        subnets=tuple(
            ZoneSubnets(zone=zone, public=str(public), private=str(private))
            for zone, public, private in zip(zones, publics, privates, strict=False)
        ),
    )


def addresses_needed(pools: Sequence[Pool]) -> int:
    """What one zone may need: every pool at its largest in that zone, one node more for updates."""
    return SHARED + sum(
        (pool.max_nodes + 1)
        * node_addresses(
            max(pods_at_most(instance_type(name).vcpu) for name in pool.instance_types)
        )
        for pool in pools
    )


def pods_at_most(vcpu: int) -> int:
    """How many pods a node may come to, whatever `plan/instances.py` counts on."""
    return PODS if vcpu < MANY_VCPU else PODS_OF_MANY


def node_addresses(pods: int) -> int:
    """Of one node: whole prefixes for its pods and a warm one, and its interfaces' own."""
    return (-(-pods // PREFIX) + 1) * PREFIX + ENIS_PER_NODE


_SMALLEST = 28  # the smallest subnet there is


def _cut(network: IPv4Network, parts: int) -> list[IPv4Network]:
    """At least `parts` equal pieces, in order."""
    bits = _bits(parts)
    if network.prefixlen + bits > network.max_prefixlen:
        raise TooSmallError(f"{network} cannot be cut into {parts}; use a larger one")
    return list(islice(network.subnets(prefixlen_diff=bits), 2**bits))


def _bits(parts: int) -> int:
    """By how much a prefix grows when a network is cut into so many parts."""
    return (parts - 1).bit_length()


def _prefix_for(needed: int, zones: int) -> int:
    private = 32 - _bits(needed + AWS_KEEPS)
    return min(private, _SMALLEST - _bits(zones)) - _bits(zones + 1)
