"""How AWS calls what we price: the filters of its Price List, and the usage type to look for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

ENGINES = {"mysql": "MySQL", "postgres": "PostgreSQL", "mariadb": "MariaDB"}


@dataclass(frozen=True, kw_only=True)
class Offer:
    """`usage` is the usage type without its region's prefix; another unit is another thing."""

    service: str
    usage: str
    units: frozenset[str]
    filters: Mapping[str, str] = field(default_factory=dict)

    def matches(self, usage_type: str, region: str) -> bool:
        """Anchored: `RegionalNatGateway-Hours` is not `NatGateway-Hours`."""
        prefix = rf"([A-Z0-9]+-|{re.escape(region)}-)?"
        return re.fullmatch(prefix + re.escape(self.usage), usage_type) is not None


HOURS, GIGABYTES = frozenset({"Hrs", "hours", "Hours"}), frozenset({"GB", "GigaBytes"})
MONTHS = frozenset({"GB-Mo", "GB-month"})


def _offer(service: str, usage: str, units: frozenset[str], **filters: str) -> Offer:
    return Offer(service=service, usage=usage, units=units, filters=filters)


def _balancer(kind: str, usage: str, units: frozenset[str]) -> Offer:
    return _offer("AWSELB", usage, units, productFamily=f"Load Balancer{kind}")


# Extended support, gp3 throughput, zones and traffic are not here: what they are called, or in
# which unit they are told, was never seen, so the snapshot stands for them.
OFFERS: Mapping[str, Offer] = {
    "aws.eks.cluster.standard": _offer("AmazonEKS", "AmazonEKS-Hours:perCluster", HOURS),
    "aws.nat.hour": _offer("AmazonEC2", "NatGateway-Hours", HOURS, productFamily="NAT Gateway"),
    "aws.nat.gb": _offer("AmazonEC2", "NatGateway-Bytes", GIGABYTES, productFamily="NAT Gateway"),
    "aws.ebs.gp3.gb": _offer("AmazonEC2", "EBS:VolumeUsage.gp3", MONTHS, volumeApiName="gp3"),
    "aws.ebs.gp2.gb": _offer("AmazonEC2", "EBS:VolumeUsage.gp2", MONTHS, volumeApiName="gp2"),
    "aws.ebs.gp3.iops": _offer(
        "AmazonEC2",
        "EBS:VolumeP-IOPS.gp3",
        frozenset({"IOPS-Mo"}),
        productFamily="System Operation",
    ),
    "aws.alb.hour": _balancer("-Application", "LoadBalancerUsage", HOURS),
    "aws.alb.lcu": _balancer("-Application", "LCUUsage", frozenset({"LCU-Hrs"})),
    "aws.nlb.hour": _balancer("-Network", "LoadBalancerUsage", HOURS),
    "aws.nlb.lcu": _balancer("-Network", "LCUUsage", frozenset({"LCU-Hrs"})),
    "aws.clb.hour": _balancer("", "LoadBalancerUsage", HOURS),
    "aws.clb.gb": _balancer("", "DataProcessing-Bytes", GIGABYTES),
    "aws.ipv4.public": _offer(
        "AmazonVPC", "PublicIPv4:InUseAddress", HOURS, group="VPCPublicIPv4Address"
    ),
    "aws.vpce.interface.hour": _offer("AmazonVPC", "VpcEndpoint-Hours", HOURS),
    "aws.vpce.interface.gb": _offer("AmazonVPC", "VpcEndpoint-Bytes", GIGABYTES),
    "aws.s3.standard.gb": _offer("AmazonS3", "TimedStorage-ByteHrs", MONTHS),
    "aws.cloudwatch.logs.ingest": _offer("AmazonCloudWatch", "DataProcessing-Bytes", GIGABYTES),
    "aws.cloudwatch.logs.storage": _offer("AmazonCloudWatch", "TimedStorage-ByteHrs", MONTHS),
    "aws.kms.key": _offer("awskms", "KMS-Keys", frozenset({"Keys", "keys", "Key"})),
}


def offer_of(sku: str) -> Offer | None:
    """What to look for; None: nobody has told how it is called there."""
    kind, _, size = sku.partition("/")
    if kind == "aws.ec2.ondemand":
        machine = {"instanceType": size, "operatingSystem": "Linux", "preInstalledSw": "NA"}
        use = {"tenancy": "Shared", "capacitystatus": "Used", "marketoption": "OnDemand"}
        return _offer("AmazonEC2", f"BoxUsage:{size}", HOURS, **machine, **use)
    engine = ENGINES.get(kind.removeprefix("aws.rds."))
    if kind.startswith("aws.rds.") and engine:
        only = {"databaseEngine": engine, "deploymentOption": "Single-AZ"}
        return _offer("AmazonRDS", f"InstanceUsage:{size}", HOURS, instanceType=size, **only)
    return OFFERS.get(sku)
