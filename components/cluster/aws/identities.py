"""The roles of the cluster, its nodes and its add-ons: one each, and nothing more than it needs."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import eks, iam

from components.cluster.aws.network import trust

AWS_MANAGED = "arn:aws:iam::aws:policy"
# What each may do; node roles get no CNI policy, for the CNI has a role of its own.
CLUSTER = ("AmazonEKSClusterPolicy",)
NODES = ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly")
CNI = ("AmazonEKS_CNI_Policy",)
CSI = ("service-role/AmazonEBSCSIDriverPolicy",)
PODS = ("pods.eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession")


@dataclass(frozen=True)
class Identity:
    """A role and the policies attached to it: whoever takes the role depends on them."""

    arn: pulumi.Output[str]
    attachments: tuple[pulumi.Resource, ...]


class Identities(pulumi.ComponentResource):
    """Roles of the control plane, the nodes, the CNI and the CSI driver."""

    cluster: Identity
    nodes: Identity
    cni: Identity
    csi: Identity

    def __init__(self, name: str, opts: pulumi.ResourceOptions) -> None:
        super().__init__("kubeflow:aws:Identities", name, None, opts)
        own = pulumi.ResourceOptions(parent=self)
        self.cluster = _identity("cluster", trust("eks.amazonaws.com"), CLUSTER, own)
        self.nodes = _identity("nodes", trust("ec2.amazonaws.com"), NODES, own)
        self.cni = _identity("cni", trust(*PODS), CNI, own)
        self.csi = _identity("csi", trust(*PODS), CSI, own)
        self.register_outputs({})


def _identity(
    name: str, trusted: str, policies: tuple[str, ...], own: pulumi.ResourceOptions
) -> Identity:
    role = iam.Role(name, assume_role_policy=trusted, opts=own)
    attached = (
        iam.RolePolicyAttachment(
            f"{name}-{policy.rpartition('/')[2]}",
            role=role.name,
            policy_arn=f"{AWS_MANAGED}/{policy}",
            opts=own,
        )
        for policy in policies
    )
    return Identity(role.arn, tuple(attached))


def role_of_pods(
    name: str,
    policy: pulumi.Input[str],
    account: tuple[str, str],
    cluster: eks.Cluster,
    own: pulumi.ResourceOptions,
) -> tuple[pulumi.Resource, pulumi.Resource]:
    """What the pods of a service account, by namespace and name, may do: the policy and its tie.

    A pod that starts before both goes without.
    """
    role = iam.Role(name, assume_role_policy=trust(*PODS), opts=own)
    allowed = iam.RolePolicy(name, role=role.id, policy=policy, opts=own)
    tie = eks.PodIdentityAssociation(
        name,
        cluster_name=cluster.name,
        namespace=account[0],
        service_account=account[1],
        role_arn=role.arn,
        opts=own,
    )
    return allowed, tie
