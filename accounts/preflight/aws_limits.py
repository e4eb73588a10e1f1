"""What a stack takes of an account's limits, at first and at most. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from accounts.preflight.checks import Needed
from plan.clouds import AwsPlan
from plan.instances import instance_type
from plan.model import Pool

# Families by the letters before the first digit; others, such as P, have a quota of their own.
STANDARD = frozenset({"a", "c", "d", "h", "i", "im", "is", "m", "r", "t", "z"})
GRAPHICS = frozenset({"g", "gr", "vt"})


@dataclass(frozen=True, kw_only=True)
class Quota:
    """A quota of AWS, as its own console calls it."""

    name: str
    service: str
    code: str


ON_DEMAND = Quota(name="vCPUs on demand, standard", service="ec2", code="L-1216C47A")
ON_DEMAND_GPU = Quota(name="vCPUs on demand, G and VT", service="ec2", code="L-DB2E81BA")
SPOT = Quota(name="vCPUs on spot, standard", service="ec2", code="L-34B43A08")
SPOT_GPU = Quota(name="vCPUs on spot, G and VT", service="ec2", code="L-3819A6DF")
ADDRESSES = Quota(name="Elastic IP addresses", service="ec2", code="L-0263D0A3")
VPCS = Quota(name="VPCs", service="vpc", code="L-F678F1CE")
BALANCERS = Quota(name="network load balancers", service="elasticloadbalancing", code="L-69A177A2")
CLUSTERS = Quota(name="EKS clusters", service="eks", code="L-1194D53C")
DATABASES = Quota(name="RDS instances", service="rds", code="L-7B6409FD")
VCPUS = (ON_DEMAND, ON_DEMAND_GPU, SPOT, SPOT_GPU)
QUOTAS = (*VCPUS, ADDRESSES, VPCS, BALANCERS, CLUSTERS, DATABASES)


def vcpu_quota(name: str, *, is_spot: bool) -> Quota | None:
    """Which quota an instance type counts against; None for one of another family."""
    found = re.match(r"[a-z]+", name)
    letters = found.group() if found else ""
    if letters in GRAPHICS:
        return SPOT_GPU if is_spot else ON_DEMAND_GPU
    if letters in STANDARD:
        return SPOT if is_spot else ON_DEMAND
    return None


def needed_of(pools: Sequence[Pool], aws: AwsPlan) -> Mapping[Quota, Needed]:
    """Of every quota; an update needs one node more than `max_nodes`."""
    at_first, at_most = dict.fromkeys(QUOTAS, 0), dict.fromkeys(QUOTAS, 0)
    for pool in pools:
        for quota in {vcpu_quota(name, is_spot=pool.is_spot) for name in pool.instance_types}:
            if quota is not None:
                most = max(instance_type(name).vcpu for name in pool.instance_types)
                at_first[quota] += pool.nodes * most
                at_most[quota] += (pool.max_nodes + 1) * most
    once = {
        ADDRESSES: len(aws.nat_zones),
        VPCS: 1,
        BALANCERS: 1 if aws.entry else 0,
        CLUSTERS: 1,
        DATABASES: 1 if aws.database else 0,
    }
    return {
        quota: Needed(
            at_first=once.get(quota, at_first[quota]), at_most=once.get(quota, at_most[quota])
        )
        for quota in QUOTAS
    }
