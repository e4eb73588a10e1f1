"""Node groups: how their machines start, where they may stand, and what an autoscaler knows."""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import autoscaling, ec2, eks

from components.cluster.aws.identities import Identity
from plan.aws import carries_platform
from plan.model import POOL_LABEL, Pool

DISK_GIB = 100
AMI, NVIDIA_AMI = "AL2023_x86_64_STANDARD", "AL2023_x86_64_NVIDIA"
# Notebooks and the web apps' watchers run out of the usual 128 instances.
SYSCTLS = {"fs.inotify.max_user_instances": 8192, "fs.inotify.max_user_watches": 524288}
TAGGED = ("instance", "volume", "network-interface")
TEMPLATE = "k8s.io/cluster-autoscaler/node-template"
EFFECTS = {
    "NoSchedule": "NO_SCHEDULE",
    "PreferNoSchedule": "PREFER_NO_SCHEDULE",
    "NoExecute": "NO_EXECUTE",
}


class NoZoneError(pulumi.RunError):
    """No planned zone offers any of a pool's types."""


@dataclass(frozen=True, kw_only=True)
class NodePoolArgs:
    """One pool of the plan, and what it stands on. `subnets` are the private ones by zone."""

    pool: Pool
    cluster: eks.Cluster
    kubernetes: str
    identity: Identity
    subnets: Mapping[str, pulumi.Output[str]]
    tags: Mapping[str, str]
    after: Sequence[pulumi.Resource]


class NodePool(pulumi.ComponentResource):
    """A managed node group with a launch template of its own."""

    name: str
    group: eks.NodeGroup
    scaling_group: pulumi.Output[str]
    carries_platform: bool

    def __init__(self, name: str, args: NodePoolArgs, opts: pulumi.ResourceOptions) -> None:
        super().__init__("kubeflow:aws:NodePool", name, None, opts)
        own = pulumi.ResourceOptions(parent=self)
        pool = args.pool
        template = _launch_template(name, args, own)
        self.group = eks.NodeGroup(
            name,
            cluster_name=args.cluster.name,
            version=args.kubernetes,  # or its nodes stay behind when the cluster is upgraded
            node_role_arn=args.identity.arn,
            subnet_ids=self._offered_subnets(args),
            ami_type=NVIDIA_AMI if pool.allocatable.gpus else AMI,
            capacity_type="SPOT" if pool.is_spot else "ON_DEMAND",
            instance_types=list(pool.instance_types),
            scaling_config={
                "desired_size": pool.nodes,
                "min_size": pool.min_nodes,
                "max_size": max(pool.max_nodes, 1),
            },
            update_config={"max_unavailable": 1},
            launch_template={
                "id": template.id,
                "version": template.latest_version.apply(str),
            },
            labels=node_labels(pool),
            taints=[
                {"key": one.key, "value": one.value, "effect": EFFECTS[one.effect]}
                for one in pool.taints
            ],
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[*args.after, *args.identity.attachments],
                # Whoever scales it later is right; of a fixed size there is nobody, and EKS
                # refuses one that would be less than its new minimum.
                ignore_changes=["scalingConfig.desiredSize"] if pool.scales else None,
            ),
        )
        self.name, self.carries_platform = name, carries_platform(pool)
        self.scaling_group = self.group.resources.apply(_scaling_group)
        _tell_autoscaler(name, pool, self.scaling_group, own)
        self.register_outputs({})

    def _offered_subnets(self, args: NodePoolArgs) -> pulumi.Output[list[str]]:
        """The subnets of the zones that have any of the pool's types: spot is not everywhere."""
        offered = ec2.get_instance_type_offerings_output(
            location_type="availability-zone",
            filters=[{"name": "instance-type", "values": list(args.pool.instance_types)}],
            opts=pulumi.InvokeOptions(parent=self),
        )
        zones = offered.apply(lambda found: zones_offering(args.pool, found.locations))
        by_zone = pulumi.Output.all(**args.subnets)
        return pulumi.Output.all(zones, by_zone).apply(
            lambda both: [both[1][zone] for zone in both[0]]
        )


def zones_offering(pool: Pool, locations: Sequence[str]) -> list[str]:
    """The pool's zones among those offered; raises `NoZoneError` when there is none."""
    found = [zone for zone in pool.zones if zone in locations]
    if not found:
        raise NoZoneError(
            f"pool {pool.name}: {', '.join(pool.instance_types)} is not offered in "
            f"{', '.join(pool.zones)}; offered in {', '.join(sorted(set(locations))) or 'no zone'}:"
            " change cluster.zones or the pool's instanceTypes"
        )
    return found


def node_labels(pool: Pool) -> dict[str, str]:
    """What every node of the pool carries."""
    return {POOL_LABEL: pool.name, **pool.labels}


def template_tags(pool: Pool) -> dict[str, str]:
    """What an autoscaler has to know of a node that does not exist yet."""
    labels = {f"{TEMPLATE}/label/{key}": value for key, value in node_labels(pool).items()}
    taints = {f"{TEMPLATE}/taint/{one.key}": f"{one.value}:{one.effect}" for one in pool.taints}
    gpus = pool.allocatable.gpus
    return {
        **labels,
        **taints,
        **({f"{TEMPLATE}/resources/nvidia.com/gpu": str(gpus)} if gpus else {}),
    }


def user_data(max_pods: int) -> str:
    """A MIME document: EKS puts its own part, how to join, beside these two.

    The plan counts on `max_pods`. EKS may let a node take more all the same, for its part comes
    first in rank: `plan/network.py` has addresses for those.
    """
    settings = "".join(f"{key} = {value}\n" for key, value in SYSCTLS.items())
    script = (
        f"#!/bin/sh\ncat > /etc/sysctl.d/90-kubeflow.conf <<'END'\n{settings}END\nsysctl --system\n"
    )
    node = {
        "apiVersion": "node.eks.aws/v1alpha1",
        "kind": "NodeConfig",
        "spec": {"kubelet": {"config": {"maxPods": max_pods}}},
    }
    parts = {"text/x-shellscript": script, "application/node.eks.aws": json.dumps(node) + "\n"}
    text = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="//"\n\n'
    text += "".join(f"--//\nContent-Type: {kind}\n\n{body}\n" for kind, body in parts.items())
    return b64encode(f"{text}--//--\n".encode()).decode()


def _launch_template(
    name: str, args: NodePoolArgs, own: pulumi.ResourceOptions
) -> ec2.LaunchTemplate:
    return ec2.LaunchTemplate(
        name,
        update_default_version=True,
        metadata_options={
            "http_endpoint": "enabled",
            "http_tokens": "required",
            "http_put_response_hop_limit": 1,  # pods have roles of their own, not the node's
        },
        block_device_mappings=[
            {
                "device_name": "/dev/xvda",
                "ebs": {
                    "volume_type": "gp3",
                    "volume_size": DISK_GIB,
                    "encrypted": "true",
                    "delete_on_termination": "true",
                },
            }
        ],
        user_data=user_data(args.pool.allocatable.pods),
        # Default tags stop at the template: what it makes is tagged here.
        tag_specifications=[
            {"resource_type": kind, "tags": {**args.tags, "Name": f"{name}-node"}}
            for kind in TAGGED
        ],
        opts=own,
    )


def _scaling_group(made: Sequence[eks.outputs.NodeGroupResource]) -> str:
    return str(made[0].autoscaling_groups[0].name)


def _tell_autoscaler(
    name: str, pool: Pool, scaling_group: pulumi.Output[str], own: pulumi.ResourceOptions
) -> None:
    for key, value in template_tags(pool).items():
        autoscaling.Tag(
            f"{name}-{key.removeprefix(TEMPLATE + '/')}",
            autoscaling_group_name=scaling_group,
            tag={"key": key, "value": value, "propagate_at_launch": False},
            opts=own,
        )
