"""What a control plane must be like: who reaches it, what it writes down, what it encrypts."""

from ipaddress import ip_network

from policies.model import Resource, Rule, each

EKS = "aws:eks/cluster:Cluster"
DOKS = "digitalocean:index/kubernetesCluster:KubernetesCluster"
KEY = "aws:kms/key:Key"
ENTRY = "aws:eks/accessEntry:AccessEntry"
PROVIDER = "pulumi:providers:kubernetes"

ALL_LOGS = {"api", "audit", "authenticator", "controllerManager", "scheduler"}
WIDEST = 16  # of an IPv4 prefix that may still be somebody's own network
A_DAY = 24 * 3600


def _reached_by_few(one: Resource) -> bool:
    if not one.get("vpcConfig.endpointPublicAccess"):
        return True
    sources = one.get("vpcConfig.publicAccessCidrs") or ["0.0.0.0/0"]
    return all(ip_network(source).prefixlen >= WIDEST for source in sources)


def _is_of_entries(one: Resource) -> bool:
    mode = one.get("accessConfig.authenticationMode")
    return mode == "API" and not one.get("accessConfig.bootstrapClusterCreatorAdminPermissions")


RULES = (
    Rule(name="control-plane-is-logged", wants="every log of the control plane is kept",
         types=(EKS,), severity="medium", checks=("SEC-02",),
         ids=("CKV_AWS_37", "CIS EKS 2.1.1"),
         holds=each(lambda one: set(one.get("enabledClusterLogTypes", ())) == ALL_LOGS)),
    Rule(name="api-is-reached-by-few", types=(EKS,), severity="critical", checks=("SEC-01",),
         ids=("CKV_AWS_38", "CIS EKS 5.4.1"),
         wants="the API server is not public to everybody", holds=each(_reached_by_few)),
    Rule(name="api-is-private", setting="cluster.network.publicAccessCidrs",
         types=(EKS,), checks=("SEC-01",),
         ids=("CKV_AWS_39", "CIS EKS 5.4.2"), wants="the API server is not public at all",
         holds=each(lambda one: not one.get("vpcConfig.endpointPublicAccess")),
         accepted={"dev": "for trying out from an office, whose addresses it lists"}),
    Rule(name="nodes-reach-the-api-inside", types=(EKS,), checks=("SEC-01",),
         wants="the API server has its private endpoint",
         holds=each(lambda one: one.get("vpcConfig.endpointPrivateAccess") is True)),
    Rule(name="secrets-are-encrypted", types=(EKS,), severity="critical", checks=("SEC-03",),
         ids=("CKV_AWS_58", "CIS EKS 5.3.1"), wants="Secrets are encrypted with a key",
         holds=each(lambda one: one.get("encryptionConfig.resources") == ["secrets"]
                    and one.has("encryptionConfig.provider.keyArn"))),
    Rule(name="access-is-by-entries", types=(EKS,), severity="critical", checks=("SEC-08",),
         ids=("CIS EKS 4.1.7",), holds=each(_is_of_entries),
         wants="access is by entries alone, and the creator has none by birth"),
    Rule(name="somebody-has-access", types=(EKS,), checks=("SEC-08",),
         wants="an access entry lets somebody in",
         holds=lambda _, stack: any(stack.of(ENTRY))),
    Rule(name="keys-are-rotated", types=(KEY,), checks=("SEC-03",), ids=("CKV_AWS_7",),
         wants="keys are rotated", holds=each(lambda one: one.get("enableKeyRotation") is True)),
    Rule(name="keys-are-nobodys-else", types=(KEY,), severity="critical", checks=("SEC-03",),
         ids=("CKV_AWS_33",), wants="no key is everybody's",
         holds=each(lambda one: '"*"' not in one.get("policy", ""))),
    Rule(name="keys-are-enabled", types=(KEY,), checks=("SEC-03",), ids=("CKV_AWS_227",),
         wants="keys are enabled", holds=each(lambda one: one.get("isEnabled", True) is True)),
    Rule(name="keys-die-slowly", types=(KEY,), checks=("SEC-03", "SEC-15"),
         wants="a deleted key can be had back for 30 days",
         holds=each(lambda one: one.get("deletionWindowInDays", 30) == 30)),  # noqa: PLR2004  AWS' most
    Rule(name="has-more-than-one-control-plane", setting="cluster.highAvailability",
         types=(DOKS,), checks=("SEC-30", "REL-21"),
         wants="the control plane is highly available",
         holds=each(lambda one: one.get("ha") is True),
         accepted={"dev": "it costs $40 a month, and may fail"}),
    Rule(name="upgrades-have-an-hour", types=(DOKS,), checks=("SEC-30",), ids=("DIG-0008",),
         wants="maintenance has a day and an hour, and upgrades a node to spare",
         holds=each(lambda one: one.has("maintenancePolicy.startTime")
                    and one.get("surgeUpgrade") is True)),
    Rule(name="cluster-is-in-a-network-of-its-own", types=(DOKS,), checks=("SEC-30",),
         wants="the cluster stands in a VPC of its own",
         holds=each(lambda one: one.has("vpcUuid"))),
    Rule(name="kubeconfig-expires", types=(DOKS,), severity="critical", checks=("SEC-29",),
         wants="its kubeconfig is good for a day at most",
         holds=each(lambda one: 0 < one.get("kubeconfigExpireSeconds", 0) <= A_DAY)),
    Rule(name="cluster-has-an-identity", types=(PROVIDER,), checks=("REL-12",),
         wants="objects know their cluster by clusterIdentifier: another kubeconfig would replace "
               "every one of them", holds=each(lambda one: one.has("clusterIdentifier"))),
    Rule(name="fields-of-others-are-left", types=(PROVIDER,), checks=("REL-16",),
         wants="objects are applied server-side",
         holds=each(lambda one: one.get("enableServerSideApply") in ("true", True))),
)  # fmt: skip
