"""Every type that is paid for has an example with its amount, and every free one a reason."""

from typing import Any, NamedTuple

import pytest

from cost.demands import EXTRACTORS, FREE, FREE_PREFIXES
from cost.estimate import cents
from cost.model import Place
from cost.usage import Range, Usage
from tests.cost.stacks import (
    NO_USE,
    VIRGINIA,
    Registered,
    balancer,
    bill_of,
    claim,
    doks,
    eks,
    place,
    pool,
    public_subnets,
)

OCEAN = place("digitalocean", "fra1")
INTERNAL = {"service.beta.kubernetes.io/aws-load-balancer-internal": "true"}
MYSQL = {"engine": "mysql", "instanceClass": "db.t3.large", "allocatedStorage": 20}
CLAIMED = {"spec": {"resources": {"requests": {"storage": "20Gi"}}}}


def use(**said: int) -> Usage:
    return Usage(**{name: Range.of(number, number, number) for name, number in said.items()})


def one(kind: str, **inputs: Any) -> list[Registered]:
    return [Registered(kind, "one", inputs)]


class Example(NamedTuple):
    """What something costs a month; of AWS, in us-east-1, unless it says so."""

    type: str
    resources: list[Registered]
    amount: str
    place: Place = VIRGINIA
    usage: Usage = NO_USE


EXAMPLES = [
    Example("aws:eks/cluster:Cluster", [eks()], "73.00"),
    # A gigabyte between zones is billed where it leaves and where it comes in.
    Example("aws:eks/cluster:Cluster", [eks()], "84.00", VIRGINIA,
            use(egress_gb=100, interzone_gb=100)),
    Example("aws:eks/nodeGroup:NodeGroup", pool("a", ["m5.xlarge"], (0, 1, 1)), "148.16"),
    # Without a launch template its disk is EKS' own: 20 GB of gp2.
    Example("aws:eks/nodeGroup:NodeGroup",
            one("aws:eks/nodeGroup:NodeGroup", instanceTypes=["m5.xlarge"],
                scalingConfig={"minSize": 1, "desiredSize": 1, "maxSize": 1}), "142.16"),
    Example("aws:ec2/natGateway:NatGateway", one("aws:ec2/natGateway:NatGateway"), "37.35",
            VIRGINIA, use(nat_gb=100)),
    # Published: two of them and 100 GB, which one stack shares among its gateways.
    Example("aws:ec2/natGateway:NatGateway", one("aws:ec2/natGateway:NatGateway") * 2, "70.20",
            VIRGINIA, use(nat_gb=100)),
    Example("aws:ec2/eip:Eip", one("aws:ec2/eip:Eip"), "3.65"),
    Example("aws:lb/loadBalancer:LoadBalancer",
            one("aws:lb/loadBalancer:LoadBalancer", internal=True, subnets=["a"]), "22.27",
            VIRGINIA, use(lb_units=1)),
    Example("aws:ec2/vpcEndpoint:VpcEndpoint",
            one("aws:ec2/vpcEndpoint:VpcEndpoint", vpcEndpointType="Interface",
                subnetIds=["a", "b"]), "15.60", VIRGINIA, use(endpoint_gb=100)),
    Example("aws:cloudwatch/logGroup:LogGroup",
            one("aws:cloudwatch/logGroup:LogGroup", retentionInDays=90), "5.90", VIRGINIA,
            use(log_gb=10)),
    Example("aws:kms/key:Key", one("aws:kms/key:Key"), "1.00"),
    Example("aws:route53/zone:Zone", one("aws:route53/zone:Zone"), "0.50"),
    Example("aws:s3/bucket:Bucket", one("aws:s3/bucket:Bucket"), "2.30", VIRGINIA,
            use(object_gb=100)),
    Example("aws:s3/bucketV2:BucketV2", one("aws:s3/bucketV2:BucketV2"), "2.30", VIRGINIA,
            use(object_gb=100)),
    Example("aws:rds/instance:Instance", one("aws:rds/instance:Instance", **MYSQL), "101.58"),
    Example("aws:rds/instance:Instance",
            one("aws:rds/instance:Instance", **MYSQL, multiAz=True), "203.16"),
    Example("digitalocean:index/kubernetesCluster:KubernetesCluster", [doks(ha=True)], "292.00",
            OCEAN),
    Example("digitalocean:index/kubernetesNodePool:KubernetesNodePool",
            one("digitalocean:index/kubernetesNodePool:KubernetesNodePool",
                size="s-4vcpu-16gb-amd", nodeCount=2), "168.00", OCEAN),
    Example("digitalocean:index/spacesBucket:SpacesBucket",
            one("digitalocean:index/spacesBucket:SpacesBucket"), "5.00", OCEAN),
    Example("digitalocean:index/databaseCluster:DatabaseCluster",
            one("digitalocean:index/databaseCluster:DatabaseCluster", engine="mysql",
                size="db-s-1vcpu-2gb", nodeCount=2), "60.00", OCEAN),
    Example("digitalocean:index/volume:Volume",
            one("digitalocean:index/volume:Volume", size=100), "10.00", OCEAN),
    Example("kubernetes:core/v1:PersistentVolumeClaim", [claim("100Gi")], "8.00"),
    Example("kubernetes:apps/v1:StatefulSet",
            one("kubernetes:apps/v1:StatefulSet",
                spec={"replicas": 3, "volumeClaimTemplates": [CLAIMED]}), "4.80"),
    Example("kubernetes:monitoring.coreos.com/v1:Prometheus",
            one("kubernetes:monitoring.coreos.com/v1:Prometheus",
                spec={"replicas": 2, "storage": {"volumeClaimTemplate": CLAIMED}}), "3.20"),
    # Published: a classic one with 10,000 GB.
    Example("kubernetes:core/v1:Service", [balancer(**INTERNAL)], "98.25", VIRGINIA,
            use(lb_gb=10000)),
    Example("kubernetes:core/v1:Service", [*public_subnets(2), balancer()], "25.55"),
]  # fmt: skip


@pytest.mark.parametrize(
    "example", EXAMPLES, ids=[f"{number} {one.type}" for number, one in enumerate(EXAMPLES)]
)
def test_what_is_paid_for_costs_what_it_says(example: Example) -> None:
    bill = bill_of(example.resources, example.place, example.usage)
    assert not bill.missing
    assert not bill.not_priced
    assert str(cents(bill.monthly.expected)) == example.amount


def test_every_extractor_has_an_example() -> None:
    assert {one.type for one in EXAMPLES} == set(EXTRACTORS)


def test_what_is_free_has_a_reason_and_no_price() -> None:
    assert not set(FREE) & set(EXTRACTORS)
    assert all({**FREE, **FREE_PREFIXES}.values())


@pytest.mark.parametrize("cloud", ["aws:", "digitalocean:"])
def test_nothing_of_a_cloud_is_free_by_its_package(cloud: str) -> None:
    assert not any(cloud.startswith(one) or one.startswith(cloud) for one in FREE_PREFIXES)


@pytest.mark.parametrize("kind", [None, "Gateway"])
def test_a_gateway_endpoint_is_free(kind: str | None) -> None:
    asked = one("aws:ec2/vpcEndpoint:VpcEndpoint", vpcEndpointType=kind)
    assert not bill_of(asked, usage=use(endpoint_gb=100)).lines
