"""The programs of the pools on their cluster, and what the autoscaler may do to the account."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import eks

from components.cluster.aws.identities import role_of_pods
from components.cluster.aws.programs import program_objects
from components.objects import KubernetesObject
from components.platform.registry import with_registry
from plan.autoscaler import NAME, NAMESPACE
from plan.model import ClusterPlan

WORKLOADS = ("Deployment", "DaemonSet")
PULL_SECRET = "cluster-registry-credentials"  # the platform has one of its own in kube-system
OWNED = "k8s.io/cluster-autoscaler"
LOOKS = (
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:DescribeAutoScalingInstances",
    "autoscaling:DescribeLaunchConfigurations",
    "autoscaling:DescribeScalingActivities",
    "autoscaling:DescribeTags",
    "ec2:DescribeImages",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeLaunchTemplateVersions",
    "ec2:GetInstanceTypesFromInstanceRequirements",
)
CHANGES = (
    "autoscaling:SetDesiredCapacity",
    "autoscaling:TerminateInstanceInAutoScalingGroup",
)


@dataclass(frozen=True, kw_only=True)
class NodeProgramsArgs:
    """On which cluster; images come from `registry_mirror`, by credentials, if there are any."""

    plan: ClusterPlan
    cluster: eks.Cluster
    labels: Mapping[str, str]
    registry_mirror: str | None
    registry_credentials: pulumi.Output[str] | None


class NodePrograms(pulumi.ComponentResource):
    """The autoscaler and the device plugin, as far as the pools need them.

    `on_cluster` of the options reaches whatever has to be there first.
    """

    def __init__(
        self,
        name: str,
        args: NodeProgramsArgs,
        on_cluster: pulumi.ResourceOptions,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("kubeflow:aws:NodePrograms", name, None, opts)
        own = pulumi.ResourceOptions(parent=self)
        first: list[pulumi.Resource] = []
        if args.plan.scales:
            policy = autoscaler_policy(args.plan.name)
            first += role_of_pods("autoscaler", policy, (NAMESPACE, NAME), args.cluster, own)
        objs = with_registry(
            program_objects(args.plan),
            args.registry_mirror,
            args.registry_credentials,
            secret=PULL_SECRET,
        )
        on_cluster = pulumi.ResourceOptions.merge(on_cluster, own)
        first += [
            KubernetesObject(obj, {}, args.labels, on_cluster)
            for obj in objs
            if obj.kind not in WORKLOADS
        ]
        after = pulumi.ResourceOptions.merge(on_cluster, pulumi.ResourceOptions(depends_on=first))
        for obj in objs:
            if obj.kind in WORKLOADS:
                KubernetesObject(obj, {}, args.labels, after)
        self.register_outputs({})


def autoscaler_policy(cluster: str) -> str:
    """Looking at all, changing only the groups that EKS marked as this cluster's."""
    statements = [
        {"Effect": "Allow", "Action": list(LOOKS), "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": ["eks:DescribeNodegroup"],
            "Resource": f"arn:aws:eks:*:*:nodegroup/{cluster}/*",
        },
        {
            "Effect": "Allow",
            "Action": list(CHANGES),
            "Resource": "*",
            "Condition": {"StringEquals": {f"aws:ResourceTag/{OWNED}/{cluster}": "owned"}},
        },
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
