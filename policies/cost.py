"""What would cost without anybody having decided so, or without anybody being able to tell why."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.model import STACK, Resource, Rule, each

EKS = "aws:eks/cluster:Cluster"
GROUP = "aws:eks/nodeGroup:NodeGroup"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
LOGS = "aws:cloudwatch/logGroup:LogGroup"
NAT = "aws:ec2/natGateway:NatGateway"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
DROPLETS = (
    "digitalocean:index/kubernetesCluster:KubernetesCluster",
    "digitalocean:index/kubernetesNodePool:KubernetesNodePool",
)
NAME = "kubeflow-stack/name"
TOLD = {"instance", "volume"}


def _tells_whose(one: Resource) -> bool:
    told = {
        said["resourceType"]
        for said in one.get("tagSpecifications", [])
        if NAME in (said.get("tags") or {})
    }
    return told >= TOLD


def _disks_are_gp3(one: Resource) -> bool:
    disks = [mapping.get("ebs") or {} for mapping in one.get("blockDeviceMappings", ())]
    return all(disk.get("volumeType") == "gp3" for disk in disks)


def _is_within_budget(one: Resource) -> bool:
    """That of the stack, and that of the pack's owner, which no settings can take away."""
    cost = one.get("cost") if one.has("cost") else None
    own = (cost or {}).get("budget") or {}
    budgets = [own if own.get("level") == "refuse" else {}, one.get("config", {})]
    limited = [budget for budget in budgets if {"monthly", "perTeam"} & set(budget)]
    if not limited:
        return True
    return bool(cost and cost["complete"]) and not any(
        amount > limit for budget in limited for amount, limit in _amounts(cost, budget)
    )


def _amounts(cost: Any, budget: Mapping[str, Any]) -> Iterator[tuple[float, float]]:
    """What is not to be more than what, in dollars a month."""
    scenario = budget.get("scenario", "expected")
    if "monthly" in budget:
        yield cost["monthly"][scenario], budget["monthly"]
    if "perTeam" in budget:
        for share in cost.get("shares", {}).get("teams", {}).values():
            yield share[scenario], budget["perTeam"]


DOLLARS = {"type": "number", "minimum": 0}
RULES = (
    Rule(name="bill-is-within-budget", types=(STACK,), is_asked_for=True,
         wants="the bill is whole and within the budget, the stack's and that of this policy's "
         "configuration; docs/cost.md says how", holds=each(_is_within_budget),
         config={"monthly": DOLLARS, "perTeam": DOLLARS,
                 "scenario": {"type": "string", "enum": ["low", "expected", "high"]}}),
    Rule(name="standard-support-only", types=(EKS,), checks=("SEC-04",),
         wants="the version is upgraded before extended support, at six times the price, begins",
         holds=each(lambda one: one.get("upgradePolicy.supportType") == "STANDARD")),
    Rule(name="logs-end", types=(LOGS,), severity="medium", checks=("SEC-02",),
         ids=("CKV_AWS_66",), wants="logs are not kept for ever",
         holds=each(lambda one: one.get("retentionInDays", 0) > 0)),
    Rule(name="machines-tell-whose-they-are", types=(TEMPLATE,), severity="medium",
         checks=("REL-05",), wants="machines and disks have the stack's tag, by which a bill and a "
         "sweep find them", holds=each(_tells_whose)),
    Rule(name="droplets-tell-whose-they-are", types=DROPLETS, severity="medium",
         checks=("REL-05",), wants="droplets have the stack's tag, by which a sweep finds them",
         holds=each(lambda one: any(tag.startswith("kubeflow-stack-name:")
                                    for tag in one.get("tags", [])))),
    Rule(name="disks-are-gp3", types=(TEMPLATE,), severity="medium", checks=("SEC-12",),
         wants="disks are gp3, which costs a fifth less than gp2", holds=each(_disks_are_gp3)),
    Rule(name="objects-bypass-the-nat", types=(NAT,), severity="medium",
         wants="images and objects reach S3 by an endpoint, not at $0.045 a GB by the NAT gateway",
         holds=lambda _, stack: any(stack.of(ENDPOINT))),
)  # fmt: skip
