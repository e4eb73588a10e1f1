"""What is left of a stack in an account of AWS, kind by kind, by its tags."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from accounts.aws import AwsAccount, tags_of
from accounts.owner import Owner
from ops.sweep import aws_prices as prices
from ops.sweep.model import Leftover
from ops.sweep.prices import FREE
from plan.model import STACK_LABEL

LOGS_OF = ("/aws/eks/{}/", "/aws/vpc/{}/", "/aws/containerinsights/{}/")
ALIVE = ("pending", "running", "stopping", "stopped")
CLAIM = "kubernetes.io/created-for/pvc"


def instances(account: AwsAccount, owner: Owner) -> list[Leftover]:
    """Machines that are not terminated; a stopped one costs no more than its volumes."""
    alive = {"Name": "instance-state-name", "Values": list(ALIVE)}
    found = _tagged(account, owner, "describe_instances", "Reservations", [alive])
    return [
        Leftover(
            kind="instance",
            id=one["InstanceId"],
            name=tags_of(one).get("Name", ""),
            what=f"{one['InstanceType']}, {one['State']['Name']}",
            monthly_usd=_instance_price(account.region, one),
        )
        for reservation in found
        for one in reservation["Instances"]
        if owner.owns(tags_of(one))
    ]


def _instance_price(region: str, body: Mapping[str, Any]) -> Decimal | None:
    if body["State"]["Name"] == "stopped":
        return FREE
    if body.get("InstanceLifecycle") == "spot":
        return None  # of the hour
    return prices.hourly(f"aws.ec2.ondemand/{body['InstanceType']}", region)


def nat_gateways(account: AwsAccount, owner: Owner) -> list[Leftover]:
    """NAT gateways that are not being deleted yet."""
    return [
        Leftover(
            kind="NAT gateway",
            id=one["NatGatewayId"],
            name=tags_of(one).get("Name", ""),
            what=one["State"],
            monthly_usd=prices.hourly("aws.nat.hour", account.region),
        )
        for tag in _filters(owner)
        for one in account.pages("ec2", "describe_nat_gateways", "NatGateways", Filter=[tag])
        if owner.owns(tags_of(one)) and one["State"] not in ("deleting", "deleted")
    ]


def volumes(account: AwsAccount, owner: Owner) -> list[Leftover]:
    """Disks, with the claim they were made for: what is on them cannot be had back."""
    return [
        Leftover(
            kind="volume",
            id=one["VolumeId"],
            name=tags_of(one).get("Name", ""),
            what=f"{one['Size']} GiB {one['VolumeType']}{_claim(tags_of(one))}",
            monthly_usd=prices.volume(account.region, one),
        )
        for one in _tagged(account, owner, "describe_volumes", "Volumes")
        if owner.owns(tags_of(one))
    ]


def snapshots(account: AwsAccount, owner: Owner) -> list[Leftover]:
    """Of unknown price: AWS charges for the blocks that changed, and does not say how many."""
    return [
        Leftover(
            kind="snapshot",
            id=one["SnapshotId"],
            name=tags_of(one).get("Name", ""),
            what=f"of {one['VolumeSize']} GiB{_claim(tags_of(one))}",
            monthly_usd=None,
        )
        for one in _tagged(account, owner, "describe_snapshots", "Snapshots", OwnerIds=["self"])
        if owner.owns(tags_of(one))
    ]


def interfaces(account: AwsAccount, owner: Owner) -> list[Leftover]:
    """Network interfaces: free, but in the way of their subnet and security groups."""
    return [
        Leftover(
            kind="network interface",
            id=one["NetworkInterfaceId"],
            name=one.get("Description", ""),
            what=one["Status"],
            monthly_usd=FREE,
            held="AWS's own: goes with what it is for" if one.get("RequesterManaged") else "",
        )
        for one in _tagged(account, owner, "describe_network_interfaces", "NetworkInterfaces")
        if owner.owns({tag["Key"]: tag["Value"] for tag in one.get("TagSet", ())})
    ]


def security_groups(account: AwsAccount, owner: Owner) -> list[Leftover]:
    """Security groups: free, but in the way of their VPC."""
    return [
        Leftover(
            kind="security group",
            id=one["GroupId"],
            name=one["GroupName"],
            what=one["Description"],
            monthly_usd=FREE,
            held="goes with its VPC" if one["GroupName"] == "default" else "",
        )
        for one in _tagged(account, owner, "describe_security_groups", "SecurityGroups")
        if owner.owns(tags_of(one))
    ]


def addresses(account: AwsAccount, owner: Owner) -> list[Leftover]:
    """Public addresses, charged by the hour whether in use or not."""
    ec2 = account.client("ec2")
    return [
        Leftover(
            kind="address",
            id=one["AllocationId"],
            name=tags_of(one).get("Name", ""),
            what=one["PublicIp"],
            monthly_usd=prices.hourly("aws.ipv4.public", account.region),
        )
        for tag in _filters(owner)
        for one in ec2.describe_addresses(Filters=[tag])["Addresses"]
        if owner.owns(tags_of(one))
    ]


def log_groups(account: AwsAccount, owner: Owner) -> list[Leftover]:
    """Log groups of the cluster's name. EKS makes one anew, untagged, when its last lines are late:
    it may be another cluster's of that name, so it is only listed.
    """
    found = [
        one
        for pattern in LOGS_OF
        for one in account.pages(
            "logs",
            "describe_log_groups",
            "logGroups",
            logGroupNamePrefix=pattern.format(owner.stack),
        )
    ]
    left = []
    for one in found:
        arn = one["arn"].removesuffix(":*")
        tags = account.client("logs").list_tags_for_resource(resourceArn=arn)["tags"]
        if owner.owns(tags) or STACK_LABEL not in tags:
            left.append(_log_group(account.region, one, is_tagged=owner.owns(tags)))
    return left


def _log_group(region: str, body: Mapping[str, Any], *, is_tagged: bool) -> Leftover:
    name = body["logGroupName"]
    days = body.get("retentionInDays")
    return Leftover(
        kind="log group",
        id=name,
        what=f"kept {days} days" if days else "kept for ever",
        monthly_usd=prices.stored_logs(region, body.get("storedBytes", 0)),
        held=""
        if is_tagged
        else f"no tag says whose: aws logs delete-log-group --log-group-name {name}",
    )


def _tagged(
    account: AwsAccount,
    owner: Owner,
    operation: str,
    key: str,
    also: Sequence[Mapping[str, Any]] = (),
    **asked: Any,
) -> Iterator[Any]:
    """What EC2 has of any of the owner's tags; twice what has two. `Owner.owns` decides."""
    for tag in _filters(owner):
        yield from account.pages("ec2", operation, key, Filters=[tag, *also], **asked)


def _filters(owner: Owner) -> list[dict[str, Any]]:
    return [{"Name": f"tag:{key}", "Values": [value]} for key, value in owner.tags.items()]


def _claim(tags: Mapping[str, str]) -> str:
    name = tags.get(f"{CLAIM}/name")
    return f", claim {tags.get(f'{CLAIM}/namespace', '')}/{name}" if name else ""
