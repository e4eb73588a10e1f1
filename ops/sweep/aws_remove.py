"""Deleting leftovers: one call per kind, and what has to be over before or after it."""

from typing import Any

from botocore.exceptions import ClientError
from botocore.waiter import WaiterModel, create_waiter_with_client

from accounts.aws import AwsAccount
from ops.sweep.model import Leftover

PAUSE = 5  # seconds between two looks
MINUTE = 60 // PAUSE
# AWS has no waiter for it: what a security group's last interface waits for is not ours to know.
UNUSED = WaiterModel(
    {
        "version": 2,
        "waiters": {
            "GroupUnused": {
                "operation": "DescribeNetworkInterfaces",
                "delay": PAUSE,
                "maxAttempts": 10 * MINUTE,
                "acceptors": [
                    {
                        "matcher": "path",
                        "argument": "length(NetworkInterfaces[]) == `0`",
                        "expected": True,
                        "state": "success",
                    }
                ],
            }
        },
    }
)


def load_balancer(account: AwsAccount, left: Leftover) -> None:
    """Deleted, protected or not: whoever asked for it typed the stack's name."""
    elbv2 = account.client("elbv2")
    unprotected = {"Key": "deletion_protection.enabled", "Value": "false"}
    elbv2.modify_load_balancer_attributes(LoadBalancerArn=left.id, Attributes=[unprotected])
    elbv2.delete_load_balancer(LoadBalancerArn=left.id)


def load_balancer_gone(account: AwsAccount, left: Leftover) -> None:
    """Its interfaces stand in the way until it is."""
    _wait(account, "elbv2", "load_balancers_deleted", 5, LoadBalancerArns=[left.id])


def classic_load_balancer(account: AwsAccount, left: Leftover) -> None:
    """Deleted."""
    account.client("elb").delete_load_balancer(LoadBalancerName=left.id)


def target_group(account: AwsAccount, left: Leftover) -> None:
    """Deleted."""
    account.client("elbv2").delete_target_group(TargetGroupArn=left.id)


def instance(account: AwsAccount, left: Leftover) -> None:
    """Terminated."""
    account.client("ec2").terminate_instances(InstanceIds=[left.id])


def instance_gone(account: AwsAccount, left: Leftover) -> None:
    """Its volumes and interfaces are free only then."""
    _wait(account, "ec2", "instance_terminated", 10, InstanceIds=[left.id])


def database(account: AwsAccount, left: Leftover) -> None:
    """Deleted with what is on it, protected or not: whoever asked for it typed the stack's name."""
    rds = account.client("rds")
    rds.modify_db_instance(
        DBInstanceIdentifier=left.id, DeletionProtection=False, ApplyImmediately=True
    )
    rds.delete_db_instance(DBInstanceIdentifier=left.id, SkipFinalSnapshot=True)


def database_gone(account: AwsAccount, left: Leftover) -> None:
    """It keeps its interface, and so its security group, until it is."""
    _wait(account, "rds", "db_instance_deleted", 20, DBInstanceIdentifier=left.id)


def nat_gateway(account: AwsAccount, left: Leftover) -> None:
    """Deleted."""
    account.client("ec2").delete_nat_gateway(NatGatewayId=left.id)


def nat_gateway_gone(account: AwsAccount, left: Leftover) -> None:
    """It holds its address until it is."""
    _wait(account, "ec2", "nat_gateway_deleted", 10, NatGatewayIds=[left.id])


def volume(account: AwsAccount, left: Leftover) -> None:
    """Deleted, once no machine has it."""
    _wait(account, "ec2", "volume_available", 2, VolumeIds=[left.id])
    account.client("ec2").delete_volume(VolumeId=left.id)


def snapshot(account: AwsAccount, left: Leftover) -> None:
    """Deleted."""
    account.client("ec2").delete_snapshot(SnapshotId=left.id)


def interface(account: AwsAccount, left: Leftover) -> None:
    """Deleted, once no machine has it."""
    _wait(account, "ec2", "network_interface_available", 2, NetworkInterfaceIds=[left.id])
    account.client("ec2").delete_network_interface(NetworkInterfaceId=left.id)


def empty_security_group(account: AwsAccount, left: Leftover) -> None:
    """Without rules: groups that name each other cannot go in any order."""
    ec2 = account.client("ec2")
    (body,) = ec2.describe_security_groups(GroupIds=[left.id])["SecurityGroups"]
    if body["IpPermissions"]:
        ec2.revoke_security_group_ingress(GroupId=left.id, IpPermissions=body["IpPermissions"])
    if body["IpPermissionsEgress"]:
        ec2.revoke_security_group_egress(GroupId=left.id, IpPermissions=body["IpPermissionsEgress"])


def security_group(account: AwsAccount, left: Leftover) -> None:
    """Deleted, once no interface has it."""
    ec2 = account.client("ec2")
    waiter = create_waiter_with_client("GroupUnused", UNUSED, ec2)
    waiter.wait(Filters=[{"Name": "group-id", "Values": [left.id]}])
    ec2.delete_security_group(GroupId=left.id)


def address(account: AwsAccount, left: Leftover) -> None:
    """Released."""
    account.client("ec2").release_address(AllocationId=left.id)


def log_group(account: AwsAccount, left: Leftover) -> None:
    """Deleted."""
    account.client("logs").delete_log_group(logGroupName=left.id)


def is_gone(error: ClientError) -> bool:
    """Whether AWS says that there is no such thing any more, which is what was wanted."""
    return "NotFound" in str(error.response["Error"]["Code"])


def _wait(account: AwsAccount, service: str, waiter: str, minutes: int, **asked: Any) -> None:
    bounds = {"Delay": PAUSE, "MaxAttempts": minutes * MINUTE}
    account.client(service).get_waiter(waiter).wait(**asked, WaiterConfig=bounds)
