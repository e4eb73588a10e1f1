"""Stacks as their records: what the tests of the bill are made of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from cost.catalog import load_catalog
from cost.estimate import Bill, Terms, make_bill
from cost.model import Place, Provider
from cost.usage import Range, Usage

DAY = date(2026, 11, 25)
NO_USE = Usage()
VIRGINIA = Place("aws", "us-east-1")


@dataclass(frozen=True)
class Registered:
    """A resource as plain data."""

    type: str
    name: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    component: str = ""


def bill_of(
    resources: Iterable[Registered],
    place: Place = VIRGINIA,
    usage: Usage = NO_USE,
    day: date = DAY,
    **more: Any,
) -> Bill:
    """The bill by the repository's prices; `more` of its terms."""
    return make_bill(
        resources,
        Terms(
            place=place,
            usage=usage,
            day=day,
            catalog=load_catalog(),
            **more,
        ),
    )


def place(provider: Provider, region: str) -> Place:
    return Place(provider, region)


def eks(**inputs: Any) -> Registered:
    return Registered(
        "aws:eks/cluster:Cluster",
        "cluster",
        {"version": "1.35", "upgradePolicy": {"supportType": "STANDARD"}, **inputs},
    )


def pool(
    name: str,
    types: list[str],
    sizes: tuple[int, int, int],
    *,
    spot: bool = False,
    disk: Mapping[str, Any] | None = None,
) -> list[Registered]:
    low, desired, high = sizes
    return [
        Registered(
            "aws:ec2/launchTemplate:LaunchTemplate",
            name,
            {"blockDeviceMappings": [{"ebs": disk or {"volumeType": "gp3", "volumeSize": 100}}]},
            name,
        ),
        Registered(
            "aws:eks/nodeGroup:NodeGroup",
            name,
            {
                "instanceTypes": types,
                "capacityType": "SPOT" if spot else "ON_DEMAND",
                "scalingConfig": {"minSize": low, "desiredSize": desired, "maxSize": high},
                "launchTemplate": {"id": "[computed]"},
            },
            name,
        ),
    ]


def nat(zone: str) -> list[Registered]:
    return [
        Registered("aws:ec2/eip:Eip", f"nat-{zone}"),
        Registered("aws:ec2/natGateway:NatGateway", zone),
    ]


def public_subnets(number: int) -> list[Registered]:
    return [
        Registered(
            "aws:ec2/subnet:Subnet", f"public-{index}", {"tags": {"kubernetes.io/role/elb": "1"}}
        )
        for index in range(number)
    ]


def claim(size: str, name: str = "kubeflow/data") -> Registered:
    return Registered(
        "kubernetes:core/v1:PersistentVolumeClaim",
        name,
        {"spec": {"storageClassName": "gp3", "resources": {"requests": {"storage": size}}}},
    )


def balancer(**annotations: str) -> Registered:
    return Registered(
        "kubernetes:core/v1:Service",
        "istio-system/istio-ingressgateway",
        {"metadata": {"annotations": annotations}, "spec": {"type": "LoadBalancer"}},
    )


def network_balancer() -> Registered:
    return balancer(**{"service.beta.kubernetes.io/aws-load-balancer-type": "nlb"})


def reference(gpu: list[Registered]) -> list[Registered]:
    """The stack of `docs/cost.md`: three machines, a NAT gateway, a load balancer in two zones."""
    return [
        eks(),
        *pool("general", ["m5.xlarge"], (3, 3, 3)),
        *gpu,
        claim("100Gi"),
        *nat("a"),
        *public_subnets(2),
        network_balancer(),
        Registered("aws:s3/bucket:Bucket", "artefacts"),
    ]


REFERENCE_USE = Usage(nat_gb=Range(*(Decimal(100),) * 3), object_gb=Range(*(Decimal(100),) * 3))


def doks(version: str = "1.35.1-do.0", **inputs: Any) -> Registered:
    return Registered(
        "digitalocean:index/kubernetesCluster:KubernetesCluster",
        "cluster",
        {
            "version": version,
            "nodePool": {"size": "s-4vcpu-16gb-amd", "nodeCount": 3},
            **inputs,
        },
    )
