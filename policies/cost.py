"""What would cost without anybody having decided so, or without anybody being able to tell why."""

from policies.model import Resource, Rule, each

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


RULES = (
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
