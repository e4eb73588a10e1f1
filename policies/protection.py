"""What must not go by mistake. In dev nothing is kept: that is what it is for."""

from policies.model import Rule, each

EKS = "aws:eks/cluster:Cluster"
DOKS = "digitalocean:index/kubernetesCluster:KubernetesCluster"
LOGS = "aws:cloudwatch/logGroup:LogGroup"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
CRDS = "pulumi-python:dynamic/kubeflow:Crds"
WORKLOADS = "pulumi-python:dynamic/kubeflow:UserWorkloads"

NOTHING_KEPT = {"dev": "nothing of a dev stack is kept on destroy"}
A_YEAR = 365

RULES = (
    Rule(name="cluster-is-kept", setting="protection.cluster",
         types=(EKS,), severity="critical", checks=("SEC-15",),
         wants="the cluster is protected",
         holds=each(lambda one: one.get("deletionProtection") is True), accepted=NOTHING_KEPT),
    Rule(name="balancers-are-kept", setting="protection.cluster",
         wants="load balancers are protected", types=(BALANCER,),
         checks=("SEC-15",), ids=("CKV_AWS_150",), accepted=NOTHING_KEPT,
         holds=each(lambda one: one.get("enableDeletionProtection") is True)),
    Rule(name="logs-last-a-year", wants="logs are kept for a year", types=(LOGS,),
         severity="medium", checks=("SEC-02",), ids=("CKV_AWS_338",),
         holds=each(lambda one: one.get("retentionInDays", 0) >= A_YEAR),
         accepted={"dev": "90 days: long enough to find a mistake"}),
    Rule(name="volumes-outlive-the-cluster", setting="protection.volumes",
         types=(DOKS,), severity="critical",
         checks=("SEC-15",), wants="what hangs on the cluster is not deleted with it",
         accepted=NOTHING_KEPT,
         holds=each(lambda one: one.get("destroyAllAssociatedResources", False) is False)),
    Rule(name="crds-are-kept", setting="protection.crds",
         types=(CRDS,), severity="critical", checks=("SEC-15", "REL-15"),
         wants="CRDs stay, and with them what users made",
         holds=each(lambda one: one.get("keepsOnDelete") is True), accepted=NOTHING_KEPT),
    Rule(name="users-work-is-kept", setting="teardown.userWorkloads",
         types=(WORKLOADS,), severity="critical", checks=("SEC-15",),
         wants="destroy stops at what users made",
         holds=each(lambda one: one.get("ending") == "refuse"), accepted=NOTHING_KEPT),
)  # fmt: skip
