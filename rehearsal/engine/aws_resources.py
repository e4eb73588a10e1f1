"""AWS without AWS: every resource is made at once, with outputs of the shape that AWS gives.

It proves order and shape, never that AWS would accept an input. An output that the program reads
and that has no stand-in here ends the run, instead of quietly being nothing.
"""

import json
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from plan.model import ClusterPlan
from rehearsal.engine.goal import Goal
from rehearsal.engine.operator import Made, Step, changed_keys
from rehearsal.engine.state import Built
from rehearsal.errors import RehearsalError

Json = dict[str, Any]

AWS = "aws:"
ACCOUNT = "123456789012"
LACKING = "[no stand-in for "

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
    "aws:kms/key:Key": lambda goal: {"arn": _arn("kms", goal)},
}


class AwsResources:
    """Looks after every `aws:` type."""

    def diff(self, old: Built, goal: Goal) -> Step:
        """Any change is an update: which ones AWS can only replace is not known here."""
        changed = changed_keys(old.inputs, goal.inputs)
        return Step("update", changed) if changed else Step("same")

    def create(self, goal: Goal) -> Made:
        """Note it, with stand-ins for what AWS would tell."""
        lacking = _lacking(goal.inputs)
        if lacking:
            raise RehearsalError(f"{goal.name}: its inputs need {lacking}")
        return Made(
            id=f"{goal.type.rpartition(':')[2]}-{goal.name}",
            outputs=simulated(goal),
            secrets=goal.secrets,
        )

    def update(self, old: Built, goal: Goal) -> Made:
        """The same again."""
        return self.create(goal)

    def delete(self, old: Built) -> None:
        """There is nothing outside the state."""

    def read(self, old: Built) -> Built:
        """There is nothing outside the state."""
        return old


def simulated(goal: Goal) -> Json:
    """The inputs, the stand-ins, and a mark for every other output of the type."""
    own = OUTPUTS[goal.type](goal) if goal.type in OUTPUTS else {}
    marks = {name: f"{LACKING}{goal.type}.{name}]" for name in outputs_of(goal.type)}
    return {**marks, **goal.inputs, **own}


@cache
def outputs_of(type_: str) -> tuple[str, ...]:
    """Every output that the provider's library knows of a type."""
    place, _, name = type_.removeprefix(AWS).partition(":")
    module = import_module(f"pulumi_aws.{place.partition('/')[0]}")
    known = vars(getattr(module, name)).values()
    return tuple(
        str(wired)
        for one in known
        # The library's only record of the names on the wire.
        if (wired := getattr(getattr(one, "fget", None), "_pulumi_name", None))
    )


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


def _lacking(inputs: Json) -> str:
    text = json.dumps(inputs)
    _, found, rest = text.partition(LACKING)
    return f"{found}{rest.partition(']')[0]}]" if found else ""
