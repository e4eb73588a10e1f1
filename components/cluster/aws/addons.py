"""EKS add-ons, each at the version that EKS has for the cluster's own."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import eks

from components.cluster.aws.identities import Identity

# Before there are nodes: none becomes Ready without a CNI, and the CNI's role comes by the agent.
EARLY: Mapping[str, Mapping[str, Any]] = {
    "vpc-cni": {
        "enableNetworkPolicy": "true",
        "env": {"ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": "1"},
    },
    "kube-proxy": {},
    "eks-pod-identity-agent": {},
}
ACCOUNTS = {"vpc-cni": "aws-node", "aws-ebs-csi-driver": "ebs-csi-controller-sa"}


def late(tags: Mapping[str, str]) -> Mapping[str, Mapping[str, Any]]:
    """Those that need nodes to run on. No provider of ours makes the volumes of claims: the driver
    does, and puts `tags` on them and on their snapshots."""
    return {
        "coredns": {},
        "aws-ebs-csi-driver": {"controller": {"extraVolumeTags": dict(tags)}},
        "metrics-server": {},
    }


@dataclass(frozen=True, kw_only=True)
class AddonsArgs:
    """Which add-ons of which cluster; `identities` are of those that call AWS."""

    cluster: eks.Cluster
    kubernetes: str
    configurations: Mapping[str, Mapping[str, Any]]
    identities: Mapping[str, Identity]
    after: Sequence[pulumi.Resource]


class Addons(pulumi.ComponentResource):
    """Some add-ons of a cluster, of equal rank."""

    made: tuple[eks.Addon, ...]

    def __init__(self, name: str, args: AddonsArgs, opts: pulumi.ResourceOptions) -> None:
        super().__init__("kubeflow:aws:Addons", name, None, opts)
        self.made = tuple(_addon(self, addon, args) for addon in args.configurations)
        self.register_outputs({})


def _addon(parent: Addons, name: str, args: AddonsArgs) -> eks.Addon:
    version = eks.get_addon_version_output(
        addon_name=name,
        kubernetes_version=args.kubernetes,
        opts=pulumi.InvokeOptions(parent=parent),
    )
    identity = args.identities.get(name)
    configuration = args.configurations[name]
    return eks.Addon(
        name,
        cluster_name=args.cluster.name,
        addon_name=name,
        addon_version=version.version,
        configuration_values=json.dumps(configuration, sort_keys=True) if configuration else None,
        pod_identity_associations=[{"role_arn": identity.arn, "service_account": ACCOUNTS[name]}]
        if identity
        else None,
        resolve_conflicts_on_create="OVERWRITE",
        resolve_conflicts_on_update="OVERWRITE",
        opts=pulumi.ResourceOptions(
            parent=parent,
            depends_on=[*args.after, *(identity.attachments if identity else ())],
        ),
    )
