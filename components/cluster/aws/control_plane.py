"""The EKS control plane: its key, its logs, and who may administer it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, eks, kms

from components.cluster.aws.identities import Identity
from components.cluster.aws.network import door_for_the_vpc
from plan.clouds import AwsPlan

LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")
ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
KEY_DAYS = 30  # how long a deleted key can be had back: the longest there is


@dataclass(frozen=True, kw_only=True)
class ControlPlaneArgs:
    """Which version, in which subnets, as whom."""

    name: str
    kubernetes: str
    plan: AwsPlan
    identity: Identity
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]


class ControlPlane(pulumi.ComponentResource):
    """An EKS cluster without nodes.

    `nodes_group` is the security group that EKS gives every node; `access` lets the program in.
    """

    cluster: eks.Cluster
    nodes_group: pulumi.Output[str]
    access: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: ControlPlaneArgs, opts: pulumi.ResourceOptions) -> None:
        super().__init__("kubeflow:aws:ControlPlane", name, None, opts)
        own = pulumi.ResourceOptions(parent=self)
        kept = pulumi.ResourceOptions(parent=self, protect=args.plan.keeps_cluster)
        key = kms.Key(
            "secrets",
            description=f"Secrets of the cluster {args.name}",
            enable_key_rotation=True,
            deletion_window_in_days=KEY_DAYS,
            opts=kept,
        )
        # Before the cluster, or EKS makes one that nothing deletes and that is kept for ever.
        logs = cloudwatch.LogGroup(
            "control-plane",
            name=f"/aws/eks/{args.name}/cluster",
            retention_in_days=args.plan.log_days,
            opts=own,
        )
        self.cluster = eks.Cluster(
            name,
            name=args.name,
            version=args.kubernetes,
            role_arn=args.identity.arn,
            vpc_config=_endpoint(args, own),
            access_config={
                "authentication_mode": "API",
                "bootstrap_cluster_creator_admin_permissions": False,
            },
            bootstrap_self_managed_addons=False,
            kubernetes_network_config={"service_ipv4_cidr": args.plan.addresses.services},
            encryption_config={"provider": {"key_arn": key.arn}, "resources": ["secrets"]},
            enabled_cluster_log_types=list(LOGS),
            upgrade_policy={"support_type": "STANDARD"},
            deletion_protection=args.plan.keeps_cluster,
            opts=pulumi.ResourceOptions.merge(
                kept, pulumi.ResourceOptions(depends_on=[logs, *args.identity.attachments])
            ),
        )
        self.nodes_group = self.cluster.vpc_config.apply(_nodes_group)
        self.access = tuple(
            made for admin in args.plan.admins for made in _admit(self.cluster, admin, own)
        )
        self.register_outputs({})


def _endpoint(args: ControlPlaneArgs, own: pulumi.ResourceOptions) -> eks.ClusterVpcConfigArgs:
    """Private always; public only for those listed."""
    # The group that EKS makes admits its nodes and nobody else.
    door = door_for_the_vpc(
        "api", "The API server of the cluster", args.vpc_id, args.plan.addresses.cidr, own
    )
    public = list(args.plan.public_access_cidrs)
    return eks.ClusterVpcConfigArgs(
        subnet_ids=args.subnet_ids,
        security_group_ids=[door.id],
        endpoint_private_access=True,
        endpoint_public_access=bool(public),
        public_access_cidrs=public or None,
    )


def _nodes_group(config: eks.outputs.ClusterVpcConfig) -> str:
    return str(config.cluster_security_group_id)


def _admit(
    cluster: eks.Cluster, admin: str, own: pulumi.ResourceOptions
) -> tuple[pulumi.Resource, pulumi.Resource]:
    label = admin.partition(":iam::")[2]
    entry = eks.AccessEntry(label, cluster_name=cluster.name, principal_arn=admin, opts=own)
    policy = eks.AccessPolicyAssociation(
        label,
        cluster_name=cluster.name,
        principal_arn=entry.principal_arn,
        policy_arn=ADMIN,
        access_scope={"type": "cluster"},
        opts=own,
    )
    return entry, policy
