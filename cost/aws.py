"""What the resources of AWS cost: each extractor turns one type into demands. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from cost.catalog import EksSupport
from cost.model import (
    Demand,
    Resource,
    Spread,
    Surroundings,
    UnknownInputError,
    demand,
    exactly,
    known,
    usage,
)
from cost.teams import Nodes
from cost.usage import Range

Extractor = Callable[[Resource, Surroundings], Iterable[Demand]]

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
NAT = "aws:ec2/natGateway:NatGateway"
GP3_FREE_IOPS, GP3_FREE_MBPS = 3000, 125
DEFAULT_DISK_GIB = 20  # of a node group that says nothing about disks
DAYS_PER_MONTH = 30
DIRECTIONS = 2  # traffic between zones is billed on both sides


def eks_cluster(resource: Resource, around: Surroundings) -> Iterable[Demand]:
    """The control plane, in extended support once its version leaves the standard one.

    With the policy STANDARD it never gets there: AWS upgrades it instead.
    """
    version = known(resource, "version")
    support = around.catalog.eks_support.get(str(version))
    kind, why = _support(support, version, known(resource, "upgradePolicy", "supportType"), around)
    item = f"control plane, {kind} support"
    control = demand(resource, item, "control plane", exactly(1), f"aws.eks.cluster.{kind}")
    yield replace(control, assumption=why)
    for item, sku, gigabytes in (
        ("traffic to the internet", "aws.transfer.egress.first10tb", around.usage.egress_gb),
        (
            "traffic between zones, both ways",
            "aws.transfer.interaz",
            around.usage.interzone_gb * DIRECTIONS,
        ),
    ):
        yield from usage(demand(resource, item, "network", gigabytes, sku))


def _support(
    support: EksSupport | None, version: object, policy: object, around: Surroundings
) -> tuple[str, str]:
    if policy == "STANDARD":
        return "standard", "upgradePolicy STANDARD: AWS upgrades it when standard support ends"
    if support is None:
        raise UnknownInputError(
            f"version {version}: the end of its support is not in cost/prices/eks-support.yaml"
        )
    if around.day > support.standard_until:
        return "extended", f"standard support of {version} ended on {support.standard_until}"
    return "standard", f"standard support of {version} ends on {support.standard_until}"


def node_group(resource: Resource, around: Surroundings) -> Iterable[Demand]:
    """The machines of a pool and their disks: from the smallest to the largest it may become."""
    sizes = known(resource, "scalingConfig")
    nodes = Range.of(sizes["minSize"], sizes["desiredSize"], sizes["maxSize"])
    types = tuple(known(resource, "instanceTypes"))
    is_spot = known(resource, "capacityType") == "SPOT"
    on_demand = tuple(f"aws.ec2.ondemand/{one}" for one in types)
    yield Demand(
        resource=resource.name,
        type=resource.type,
        item=f"nodes, {' or '.join(types)}, {'spot' if is_spot else 'on demand'}",
        category="nodes",
        quantity=nodes,
        skus=tuple(f"aws.ec2.spot.typical/{one}" for one in types) if is_spot else on_demand,
        low_skus=tuple(f"aws.ec2.spot.low/{one}" for one in types) if is_spot else (),
        high_skus=on_demand if is_spot else (),
        assumption="high: no spot to be had, all on demand" if is_spot else "",
        nodes=Nodes(machine=types[0], number=nodes),
        spread=_spread(types[0]) if is_spot else None,
    )
    for disk in _disks(resource, around):
        for found in ebs_volume(resource, "root volumes", disk, nodes):
            yield replace(found, nodes=Nodes(machine=types[0], number=nodes))


def _spread(machine: str) -> Spread:
    return Spread(
        low=f"aws.ec2.spot.low/{machine}",
        high=f"aws.ec2.spot.high/{machine}",
        full=f"aws.ec2.ondemand/{machine}",
    )


def _disks(group: Resource, around: Surroundings) -> list[Mapping[str, Any]]:
    """A node's disks, by its launch template: the one in the same component."""
    if not group.inputs.get("launchTemplate"):
        size = known(group, "diskSize") or DEFAULT_DISK_GIB
        return [{"volumeType": "gp2", "volumeSize": size}]
    found = [
        one
        for one in around.resources
        if one.type == TEMPLATE and (one.component, one.name) == (group.component, group.name)
    ]
    if not found:
        raise UnknownInputError("its launch template is not in the stack, so its disks are unknown")
    return [one["ebs"] for one in known(found[0], "blockDeviceMappings") or () if one.get("ebs")]


def ebs_volume(
    resource: Resource, item: str, disk: Mapping[str, Any], number: Range
) -> Iterable[Demand]:
    """Volumes of one kind: size, and what is asked for beyond what a gp3 has anyway."""
    kind = disk.get("volumeType") or "gp3"
    rows = [("", f"aws.ebs.{kind}.gb", int(disk["volumeSize"]))]
    if kind == "gp3":
        rows += [
            (", more IOPS", "aws.ebs.gp3.iops", int(disk.get("iops") or 0) - GP3_FREE_IOPS),
            (
                ", more throughput",
                "aws.ebs.gp3.throughput",
                int(disk.get("throughput") or 0) - GP3_FREE_MBPS,
            ),
        ]
    for suffix, sku, amount in rows:
        if amount > 0:
            yield demand(resource, f"{item}, {kind}{suffix}", "storage", number * amount, sku)


def nat_gateway(resource: Resource, around: Surroundings) -> Iterable[Demand]:
    """Its hours, and its share of the stack's traffic; its address is a resource of its own."""
    gateways = sum(1 for one in around.resources if one.type == NAT)
    share = around.usage.nat_gb * (Decimal(1) / gateways)
    yield demand(resource, "NAT gateway", "network", exactly(1), "aws.nat.hour")
    yield from usage(demand(resource, "NAT traffic", "network", share, "aws.nat.gb"))


def address(resource: Resource, _around: Surroundings) -> Iterable[Demand]:
    """A public address costs the same whether something uses it or not."""
    yield demand(resource, "public IPv4 address", "network", exactly(1), "aws.ipv4.public")


def load_balancer(resource: Resource, around: Surroundings) -> Iterable[Demand]:
    """Its hours, what goes through it, and an address in each of its subnets if it has any."""
    kind = {"network": "nlb", "application": "alb"}.get(
        known(resource, "loadBalancerType") or "application", "other"
    )
    yield demand(resource, f"load balancer, {kind}", "network", exactly(1), f"aws.{kind}.hour")
    used = around.usage.lb_units
    yield from usage(demand(resource, "load balancer use", "network", used, f"aws.{kind}.lcu"))
    if not known(resource, "internal"):
        zones = exactly(len(known(resource, "subnets")))
        yield demand(resource, "public IPv4 addresses", "network", zones, "aws.ipv4.public")


def endpoint(resource: Resource, around: Surroundings) -> Iterable[Demand]:
    """An interface endpoint per zone; a gateway endpoint is free."""
    if (known(resource, "vpcEndpointType") or "Gateway") == "Gateway":
        return
    zones = exactly(len(known(resource, "subnetIds")))
    yield demand(resource, "interface endpoint", "network", zones, "aws.vpce.interface.hour")
    traffic = around.usage.endpoint_gb
    yield from usage(
        demand(resource, "endpoint traffic", "network", traffic, "aws.vpce.interface.gb")
    )


def log_group(resource: Resource, around: Surroundings) -> Iterable[Demand]:
    """What is written into it, and what is kept of it once it has been running for long."""
    written = around.usage.log_gb
    days = Decimal(known(resource, "retentionInDays") or DAYS_PER_MONTH)
    kept = written * (days / DAYS_PER_MONTH)
    for item, gigabytes, sku in (
        ("logs written", written, "aws.cloudwatch.logs.ingest"),
        (f"logs of {days} days kept", kept, "aws.cloudwatch.logs.storage"),
    ):
        yield from usage(demand(resource, item, "logs and keys", gigabytes, sku))


def key(resource: Resource, _around: Surroundings) -> Iterable[Demand]:
    """A key, whatever it encrypts."""
    yield demand(resource, "key", "logs and keys", exactly(1), "aws.kms.key")


def zone(resource: Resource, _around: Surroundings) -> Iterable[Demand]:
    """A hosted zone."""
    yield demand(resource, "DNS zone", "network", exactly(1), "aws.route53.zone")


def bucket(resource: Resource, around: Surroundings) -> Iterable[Demand]:
    """What is kept in it; requests are cents."""
    yield from usage(
        demand(resource, "objects", "storage", around.usage.object_gb, "aws.s3.standard.gb")
    )


def database(resource: Resource, _around: Surroundings) -> Iterable[Demand]:
    """A database server and its disk, twice when a second stands by."""
    number = exactly(2 if known(resource, "multiAz") else 1)
    engine, kind = known(resource, "engine"), known(resource, "instanceClass")
    yield demand(resource, f"{kind}, {engine}", "database", number, f"aws.rds.{engine}/{kind}")
    disk = known(resource, "storageType") or "gp2"
    size = number * int(known(resource, "allocatedStorage"))
    yield demand(resource, f"disk, {disk}", "database", size, f"aws.rds.{disk}.gb")


EXTRACTORS: Mapping[str, Extractor] = {
    "aws:eks/cluster:Cluster": eks_cluster,
    "aws:eks/nodeGroup:NodeGroup": node_group,
    NAT: nat_gateway,
    "aws:ec2/eip:Eip": address,
    "aws:lb/loadBalancer:LoadBalancer": load_balancer,
    "aws:ec2/vpcEndpoint:VpcEndpoint": endpoint,
    "aws:cloudwatch/logGroup:LogGroup": log_group,
    "aws:kms/key:Key": key,
    "aws:route53/zone:Zone": zone,
    "aws:s3/bucket:Bucket": bucket,
    "aws:s3/bucketV2:BucketV2": bucket,
    "aws:rds/instance:Instance": database,
}
ENCRYPTION = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
)
COUNTED = "counted with the node group that uses it"
NO_CHARGE = "AWS takes nothing for it"
FREE: Mapping[str, str] = {
    TEMPLATE: COUNTED,
    "aws:autoscaling/tag:Tag": NO_CHARGE,
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": NO_CHARGE,
    "aws:ec2/flowLog:FlowLog": "counted with the log group it writes to",
    "aws:ec2/internetGateway:InternetGateway": NO_CHARGE,
    "aws:ec2/route:Route": NO_CHARGE,
    "aws:ec2/routeTable:RouteTable": NO_CHARGE,
    "aws:ec2/routeTableAssociation:RouteTableAssociation": NO_CHARGE,
    "aws:ec2/securityGroup:SecurityGroup": NO_CHARGE,
    "aws:ec2/subnet:Subnet": NO_CHARGE,
    "aws:ec2/vpc:Vpc": NO_CHARGE,
    "aws:acm/certificate:Certificate": "AWS takes nothing for a public one",
    "aws:acm/certificateValidation:CertificateValidation": NO_CHARGE,
    "aws:autoscaling/attachment:Attachment": NO_CHARGE,
    "aws:ec2/securityGroupRule:SecurityGroupRule": NO_CHARGE,
    "aws:eks/accessEntry:AccessEntry": NO_CHARGE,
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": NO_CHARGE,
    "aws:eks/addon:Addon": "its pods run on the nodes",
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": NO_CHARGE,
    "aws:iam/accessKey:AccessKey": NO_CHARGE,
    "aws:iam/instanceProfile:InstanceProfile": NO_CHARGE,
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": NO_CHARGE,
    "aws:iam/policy:Policy": NO_CHARGE,
    "aws:iam/role:Role": NO_CHARGE,
    "aws:iam/rolePolicy:RolePolicy": NO_CHARGE,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": NO_CHARGE,
    "aws:iam/user:User": NO_CHARGE,
    "aws:iam/userPolicy:UserPolicy": NO_CHARGE,
    "aws:kms/alias:Alias": NO_CHARGE,
    "aws:lb/listener:Listener": "counted with its load balancer",
    "aws:lb/targetGroup:TargetGroup": "counted with its load balancer",
    "aws:rds/parameterGroup:ParameterGroup": NO_CHARGE,
    "aws:rds/subnetGroup:SubnetGroup": NO_CHARGE,
    "aws:route53/record:Record": "queries are cents",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": NO_CHARGE,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": NO_CHARGE,
    "aws:s3/bucketPolicy:BucketPolicy": NO_CHARGE,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": NO_CHARGE,
    ENCRYPTION: "counted with the key, if it has one",
    "aws:s3/bucketVersioning:BucketVersioning": "old versions are objects like others",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": NO_CHARGE,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": NO_CHARGE,
}
