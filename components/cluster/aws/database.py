"""A MySQL server for records, private to the nodes, and a password for everybody who uses it."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_random
from pulumi_aws import ec2, rds, vpc

from plan.clouds import ServerPlan
from plan.stores import MYSQL_ON_RDS, MYSQL_PORT, PASSWORDS

ADMIN = "kubeflow"
# ML Metadata's client knows no newer plugin, and Katib's speaks in clear: docs/stores.md.
PARAMETERS = {"authentication_policy": "*:mysql_native_password", "require_secure_transport": "0"}
PASSWORD_LENGTH = 32
SNAPSHOT_BYTES = 4


@dataclass(frozen=True, kw_only=True)
class DatabaseServerArgs:
    """Where it stands, and who reaches it: the nodes of `nodes_group` and what runs on them."""

    plan: ServerPlan
    vpc_id: pulumi.Input[str]
    subnets: Mapping[str, pulumi.Output[str]]
    nodes_group: pulumi.Input[str]
    is_kept: bool


class DatabaseServer(pulumi.ComponentResource):
    """RDS for MySQL. `keys` are by the names of the stack's secrets for it."""

    host: pulumi.Output[str]
    admin_password: pulumi.Output[str]
    keys: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: DatabaseServerArgs, opts: pulumi.ResourceOptions) -> None:
        super().__init__("kubeflow:aws:DatabaseServer", name, None, opts)
        own = pulumi.ResourceOptions(parent=self)
        random = pulumi.ResourceOptions.merge(
            own, pulumi.ResourceOptions(provider=pulumi_random.Provider(name, opts=own))
        )
        passwords = _passwords(name, ("admin", *args.plan.users), random)
        self.admin_password = passwords["admin"]
        self.keys = {PASSWORDS[user]: passwords[user] for user in args.plan.users}
        server = rds.Instance(
            name,
            engine="mysql",
            engine_version=MYSQL_ON_RDS,
            auto_minor_version_upgrade=True,
            instance_class=args.plan.instance_type,
            allocated_storage=args.plan.storage_gib,
            max_allocated_storage=args.plan.max_storage_gib,
            storage_type="gp3",
            storage_encrypted=True,
            multi_az=args.plan.has_standby,
            db_subnet_group_name=_subnets(name, args, own).name,
            vpc_security_group_ids=[_door(args, own).id],
            publicly_accessible=False,
            port=MYSQL_PORT,
            parameter_group_name=_parameters(name, own).name,
            username=ADMIN,
            password=self.admin_password,
            backup_retention_period=args.plan.backup_days,
            copy_tags_to_snapshot=True,
            deletion_protection=args.is_kept,
            skip_final_snapshot=not args.plan.leaves_snapshot,
            final_snapshot_identifier=_last_snapshot(name, args, random)
            if args.plan.leaves_snapshot
            else None,
            opts=pulumi.ResourceOptions(parent=self, protect=args.is_kept),
        )
        self.host = server.address
        self.register_outputs({})


def _passwords(
    name: str, roles: tuple[str, ...], random: pulumi.ResourceOptions
) -> Mapping[str, pulumi.Output[str]]:
    """One for each role, letters and digits only: they end up in DSNs and in SQL."""
    return {
        role: pulumi_random.RandomPassword(
            f"{name}-{role}", length=PASSWORD_LENGTH, special=False, opts=random
        ).result
        for role in roles
    }


def _last_snapshot(
    name: str, args: DatabaseServerArgs, random: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    """A name that no server before left a snapshot under: RDS deletes none over a name in use."""
    number = pulumi_random.RandomId(
        f"{name}-snapshot",
        byte_length=SNAPSHOT_BYTES,
        keepers={"vpc": args.vpc_id},
        opts=random,
    )
    return pulumi.Output.concat(name, "-", args.vpc_id, "-", number.hex)


def _subnets(name: str, args: DatabaseServerArgs, own: pulumi.ResourceOptions) -> rds.SubnetGroup:
    return rds.SubnetGroup(name, subnet_ids=list(args.subnets.values()), opts=own)


def _door(args: DatabaseServerArgs, own: pulumi.ResourceOptions) -> ec2.SecurityGroup:
    """In from the nodes, to MySQL alone, and out to nobody."""
    door = ec2.SecurityGroup(
        "records", description="The records of Kubeflow", vpc_id=args.vpc_id, opts=own
    )
    vpc.SecurityGroupIngressRule(
        "records-from-nodes",
        security_group_id=door.id,
        description="MySQL, from the nodes",
        ip_protocol="tcp",
        from_port=MYSQL_PORT,
        to_port=MYSQL_PORT,
        referenced_security_group_id=args.nodes_group,
        opts=own,
    )
    return door


def _parameters(name: str, own: pulumi.ResourceOptions) -> rds.ParameterGroup:
    return rds.ParameterGroup(
        name,
        family=f"mysql{MYSQL_ON_RDS}",
        parameters=[
            {"name": parameter, "value": value, "apply_method": "pending-reboot"}
            for parameter, value in PARAMETERS.items()
        ],
        opts=own,
    )
