"""What AWS would tell, as far as the program reads it."""

from collections.abc import Callable, Mapping
from typing import Any

from plan.model import ClusterPlan
from rehearsal.engine.goal import Goal

Json = dict[str, Any]

ACCOUNT = "123456789012"

# Per type, what the program reads of it that is neither an input nor the id.
OUTPUTS: Mapping[str, Callable[[Goal], Json]] = {
    "aws:cloudwatch/logGroup:LogGroup": lambda goal: {"arn": _arn("logs", goal)},
    "aws:ec2/launchTemplate:LaunchTemplate": lambda _: {"latestVersion": 1},
    "aws:eks/cluster:Cluster": lambda goal: {
        "endpoint": f"https://{goal.name}.eks.invalid",
        "vpcConfig": {
            **goal.inputs.get("vpcConfig", {}),
            "clusterSecurityGroupId": f"sg-{goal.name}",
        },
        "certificateAuthority": {"data": "bm90IGEgY2VydGlmaWNhdGU="},
        "identities": [{"oidcs": [{"issuer": f"https://oidc.invalid/id/{goal.name}"}]}],
    },
    "aws:eks/nodeGroup:NodeGroup": lambda goal: {
        "resources": [{"autoscalingGroups": [{"name": f"eks-{goal.name}"}]}]
    },
    "aws:iam/accessKey:AccessKey": lambda goal: {"secret": f"simulated-secret-of-{goal.name}"},
    "aws:iam/user:User": lambda goal: {"name": goal.name},
    "aws:iam/role:Role": lambda goal: {"arn": _arn("iam", goal), "name": goal.name},
    "aws:lb/loadBalancer:LoadBalancer": lambda goal: {
        "arn": _arn("elasticloadbalancing", goal),
        "dnsName": f"{goal.name}.elb.invalid",
        "zoneId": "Z-elb",
    },
    "aws:lb/targetGroup:TargetGroup": lambda goal: {"arn": _arn("elasticloadbalancing", goal)},
    "aws:rds/instance:Instance": lambda goal: {"address": f"{goal.name}.rds.invalid"},
    "aws:rds/parameterGroup:ParameterGroup": lambda goal: {"name": goal.name},
    "aws:rds/subnetGroup:SubnetGroup": lambda goal: {"name": goal.name},
    "aws:kms/key:Key": lambda goal: {"arn": _arn("kms", goal)},
}


def answers(plan: ClusterPlan) -> dict[str, Callable[[Json], Json]]:
    """What AWS is asked while declaring: everything is offered in every zone of the plan."""
    return {
        "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": lambda _: {
            "locations": list(plan.zones)
        },
        "aws:route53/getZone:getZone": lambda asked: {
            "id": f"Z-{asked['name']}",
            "zoneId": f"Z-{asked['name']}",
        },
        "aws:eks/getAddonVersion:getAddonVersion": lambda asked: {
            "version": f"v{asked['kubernetesVersion']}.0-eksbuild.1"
        },
    }


def _arn(service: str, goal: Goal) -> str:
    return f"arn:aws:{service}::{ACCOUNT}:{goal.type.rpartition(':')[2].lower()}/{goal.name}"
