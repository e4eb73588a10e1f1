"""One property of a compliant stack broken at a time, and the rule that has to see it."""

import json
from base64 import b64encode
from typing import Any, NamedTuple


class Mutation(NamedTuple):
    """`path` of one resource becomes `value`; `...` takes it, or without a path the whole, away."""

    rule: str
    stack: str
    type: str
    name: str
    path: str = ""
    value: Any = ...


AWS, OCEAN, TEAMS = "aws-prod", "digitalocean-prod", "README"
AWS_TEAMS = "README-aws"
HTTPS = "https-from-203.0.113.0/24"
# A name ends with a hash of what is in it.
LOGIN = "oauth2-proxy/oauth2-proxy-parameters-*"
CONFIG = "oauth2-proxy/oauth2-proxy-??????????"
POD = "spec/template/spec"
WIDE = {"cidrIpv4": "0.0.0.0/0", "ipProtocol": "tcp"}
DISK = "blockDeviceMappings/0/ebs"


def _allows(*actions: str) -> str:
    said = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Statement": [said]})


def _trusts(**who: str) -> str:
    said = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": who}
    return json.dumps({"Statement": [said]})


def _rule(group: str, resource: str, verb: str) -> dict[str, list[str]]:
    return {"apiGroups": [group], "resources": [resource], "verbs": [verb]}


NETWORK = (
    Mutation("traffic-is-logged", AWS, ":FlowLog", "cluster"),
    Mutation("default-group-is-shut", AWS, ":DefaultSecurityGroup", "cluster", "ingress",
             [{"protocol": "-1"}]),
    Mutation("default-group-is-shut", AWS, ":DefaultSecurityGroup", "cluster", "egress",
             [{"protocol": "-1"}]),
    Mutation("default-group-is-ours", AWS, ":DefaultSecurityGroup", "cluster"),
    Mutation("no-public-addresses", AWS, ":Subnet", "public-eu-west-1a", "mapPublicIpOnLaunch",
             True),
    Mutation("no-public-addresses", AWS, ":Subnet", "private-eu-west-1b", "mapPublicIpOnLaunch",
             True),
    Mutation("groups-say-what-for", AWS, ":SecurityGroup", "entry", "description"),
    Mutation("ssh-is-shut", AWS, ":SecurityGroupIngressRule", HTTPS, "",
             {**WIDE, "fromPort": 22, "toPort": 22}),
    Mutation("rdp-is-shut", AWS, ":SecurityGroupIngressRule", HTTPS, "",
             {**WIDE, "fromPort": 3000, "toPort": 4000}),
    Mutation("plain-http-is-shut", AWS, ":SecurityGroupIngressRule", HTTPS, "",
             {"cidrIpv6": "::/0", "ipProtocol": "tcp", "fromPort": 80, "toPort": 80}),
    Mutation("no-port-range-for-everybody", AWS, ":SecurityGroupIngressRule", HTTPS, "",
             {"cidrIpv6": "::/0", "ipProtocol": "-1"}),
    Mutation("way-out-is-bound", AWS, ":SecurityGroupEgressRule", "entry-https", "",
             {**WIDE, "ipProtocol": "-1"}),
    Mutation("two-zones", AWS, ":Subnet", ""),
    Mutation("a-way-out-per-zone", AWS, ":NatGateway", "eu-west-1a"),
)  # fmt: skip
CLUSTER = (
    Mutation("control-plane-is-logged", AWS, ":Cluster", "cluster", "enabledClusterLogTypes/4"),
    Mutation("control-plane-is-logged", AWS, ":Cluster", "cluster", "enabledClusterLogTypes"),
    Mutation("api-is-reached-by-few", AWS, ":Cluster", "cluster", "vpcConfig",
             {"endpointPublicAccess": True}),
    Mutation("api-is-reached-by-few", AWS, ":Cluster", "cluster", "vpcConfig",
             {"endpointPublicAccess": True, "publicAccessCidrs": ["203.0.0.0/15"]}),
    Mutation("api-is-private", AWS, ":Cluster", "cluster", "vpcConfig",
             {"endpointPublicAccess": True, "publicAccessCidrs": ["203.0.113.0/24"]}),
    Mutation("nodes-reach-the-api-inside", AWS, ":Cluster", "cluster",
             "vpcConfig/endpointPrivateAccess", False),
    Mutation("secrets-are-encrypted", AWS, ":Cluster", "cluster", "encryptionConfig"),
    Mutation("secrets-are-encrypted", AWS, ":Cluster", "cluster", "encryptionConfig/provider"),
    Mutation("access-is-by-entries", AWS, ":Cluster", "cluster",
             "accessConfig/authenticationMode", "API_AND_CONFIG_MAP"),
    Mutation("access-is-by-entries", AWS, ":Cluster", "cluster",
             "accessConfig/bootstrapClusterCreatorAdminPermissions", True),
    Mutation("somebody-has-access", AWS, ":AccessEntry", "123456789012:role/platform-admin"),
    Mutation("keys-are-rotated", AWS, ":Key", "secrets", "enableKeyRotation", False),
    Mutation("keys-are-nobodys-else", AWS, ":Key", "secrets", "policy", '{"Principal": "*"}'),
    Mutation("keys-are-enabled", AWS, ":Key", "secrets", "isEnabled", False),
    Mutation("keys-die-slowly", AWS, ":Key", "secrets", "deletionWindowInDays", 7),
    Mutation("has-more-than-one-control-plane", OCEAN, ":KubernetesCluster", "cluster", "ha",
             False),
    Mutation("upgrades-have-an-hour", OCEAN, ":KubernetesCluster", "cluster", "surgeUpgrade",
             False),
    Mutation("upgrades-have-an-hour", OCEAN, ":KubernetesCluster", "cluster",
             "maintenancePolicy"),
    Mutation("cluster-is-in-a-network-of-its-own", OCEAN, ":KubernetesCluster", "cluster",
             "vpcUuid"),
    Mutation("kubeconfig-expires", OCEAN, ":KubernetesCluster", "cluster",
             "kubeconfigExpireSeconds", 0),
    Mutation("kubeconfig-expires", OCEAN, ":KubernetesCluster", "cluster",
             "kubeconfigExpireSeconds", 604800),
    Mutation("cluster-has-an-identity", AWS, "providers:kubernetes", "cluster",
             "clusterIdentifier"),
    Mutation("fields-of-others-are-left", OCEAN, "providers:kubernetes", "cluster",
             "enableServerSideApply", "false"),
)  # fmt: skip
NODES = (
    Mutation("nodes-have-no-ssh", AWS, ":NodeGroup", "general", "remoteAccess",
             {"ec2SshKey": "mine"}),
    Mutation("nodes-have-a-template", AWS, ":NodeGroup", "gpu", "launchTemplate"),
    Mutation("metadata-asks-for-a-token", AWS, ":LaunchTemplate", "general",
             "metadataOptions/httpTokens", "optional"),
    Mutation("metadata-asks-for-a-token", AWS, ":LaunchTemplate", "gpu", "metadataOptions"),
    Mutation("metadata-is-one-hop-away", AWS, ":LaunchTemplate", "general",
             "metadataOptions/httpPutResponseHopLimit", 2),
    Mutation("nodes-have-no-public-address", AWS, ":LaunchTemplate", "general",
             "networkInterfaces", [{"associatePublicIpAddress": "true"}]),
    Mutation("user-data-has-no-secret", AWS, ":LaunchTemplate", "general", "userData",
             b64encode(b"export KEY=AKIAABCDEFGHIJKLMNOP").decode()),
    Mutation("user-data-has-no-secret", AWS, ":LaunchTemplate", "general", "userData", "not it"),
    Mutation("disks-are-encrypted", AWS, ":LaunchTemplate", "general", f"{DISK}/encrypted",
             "false"),
    Mutation("disks-are-encrypted", AWS, ":LaunchTemplate", "gpu", "blockDeviceMappings"),
    Mutation("spot-has-a-choice", AWS, ":NodeGroup", "gpu", "instanceTypes/2"),
    Mutation("spot-is-tainted", AWS, ":NodeGroup", "gpu", "taints", []),
    Mutation("gpus-are-tainted", AWS, ":NodeGroup", "gpu", "taints"),
    Mutation("nodes-go-one-by-one", AWS, ":NodeGroup", "general", "updateConfig/maxUnavailable", 3),
    Mutation("pools-have-a-floor", OCEAN, ":KubernetesNodePool", "general", "minNodes", 0),
    Mutation("pools-have-a-floor", OCEAN, ":KubernetesNodePool", "general", "maxNodes"),
)  # fmt: skip
STORAGE = (
    Mutation("volumes-are-of-a-driver", AWS, ":StorageClass", "gp3", "provisioner",
             "kubernetes.io/aws-ebs"),
    Mutation("volumes-are-encrypted", AWS, ":StorageClass", "gp3", "parameters/encrypted", "false"),
    Mutation("volumes-are-encrypted", AWS, ":StorageClass", "gp3", "parameters"),
    Mutation("volumes-wait-for-their-pod", AWS, ":StorageClass", "gp3", "volumeBindingMode",
             "Immediate"),
    Mutation("volumes-can-grow", AWS, ":StorageClass", "gp3", "allowVolumeExpansion", False),
)  # fmt: skip
IDENTITY = (
    Mutation("services-alone-take-roles", AWS, ":Role", "cluster", "assumeRolePolicy",
             _trusts(AWS="arn:aws:iam::1:root")),
    Mutation("not-every-service-takes-roles", AWS, ":Role", "nodes", "assumeRolePolicy",
             _trusts(Service="*")),
    Mutation("no-administrator", AWS, ":RolePolicyAttachment", "cluster-AmazonEKSClusterPolicy",
             "policyArn", "arn:aws:iam::aws:policy/AdministratorAccess"),
    Mutation("nobody-rules-iam", AWS, ":RolePolicyAttachment", "cluster-AmazonEKSClusterPolicy",
             "policyArn", "arn:aws:iam::aws:policy/IAMFullAccess"),
    Mutation("attached-is-what-is-known", AWS, ":RolePolicyAttachment",
             "csi-AmazonEBSCSIDriverPolicy", "policyArn",
             "arn:aws:iam::aws:policy/AmazonS3FullAccess"),
    Mutation("attached-is-what-is-known", AWS, ":RolePolicyAttachment",
             "csi-AmazonEBSCSIDriverPolicy", "policyArn",
             "arn:aws:iam::123456789012:policy/of-the-owner"),
    Mutation("attached-is-what-is-known", AWS_TEAMS, ":RolePolicyAttachment",
             "team-vision-read-our-images", "policyArn",
             "arn:aws:iam::aws:policy/PowerUserAccess"),
    Mutation("no-administrator", AWS_TEAMS, ":RolePolicyAttachment",
             "team-vision-read-our-images", "policyArn",
             "arn:aws:iam::123456789012:policy/AdministratorAccess"),
    Mutation("no-policy-allows-everything", AWS, ":RolePolicy", "autoscaler", "policy",
             _allows("*")),
    Mutation("not-everything-is-read", AWS_TEAMS, ":UserPolicy", "artefacts", "policy",
             _allows("s3:GetObject")),
    Mutation("rights-cannot-be-raised", AWS, ":RolePolicy", "autoscaler", "policy",
             _allows("iam:PassRole")),
    Mutation("credentials-are-not-given-away", AWS, ":RolePolicy", "autoscaler", "policy",
             _allows("iam:CreateAccessKey")),
    Mutation("not-everything-is-read", AWS, ":RolePolicy", "flow-logs", "policy",
             _allows("s3:GetObject")),
    Mutation("changes-are-bound", AWS, ":RolePolicy", "autoscaler", "policy",
             _allows("autoscaling:SetDesiredCapacity")),
    Mutation("no-aws-auth", AWS, ":ConfigMap", LOGIN, "metadata/name", "aws-auth"),
)  # fmt: skip
KUBERNETES = (
    Mutation("pods-stay-off-the-machine", AWS, ":Deployment", "kubeflow/ml-pipeline",
             f"{POD}/containers/0/securityContext/privileged", True),
    Mutation("pods-stay-off-the-machine", AWS, ":Deployment", "istio-system/istiod",
             f"{POD}/hostNetwork", True),
    Mutation("pods-stay-off-the-machine", AWS, ":Deployment", "auth/dex", f"{POD}/volumes/0",
             {"name": "docker", "hostPath": {"path": "/var/run/docker.sock"}}),
    Mutation("images-are-pinned", AWS, ":Deployment", "auth/dex", f"{POD}/containers/0/image",
             "ghcr.io/dexidp/dex"),
    Mutation("images-are-pinned", AWS, ":Deployment", "auth/dex", f"{POD}/containers/0/image",
             "ghcr.io/dexidp/dex:latest"),
    Mutation("platform-stays-off-pools-of-others", AWS, ":Deployment", "auth/dex",
             f"{POD}/tolerations", [{"operator": "Exists"}]),
    Mutation("namespaces-have-a-level", AWS, ":Namespace", "kubeflow",
             "metadata/labels/pod-security.kubernetes.io~enforce", "privileged"),
    Mutation("namespaces-have-a-level", AWS, ":Namespace", "auth",
             "metadata/labels/pod-security.kubernetes.io~enforce"),
    Mutation("nobody-is-cluster-admin", AWS, ":ClusterRoleBinding", "ml-pipeline-ui",
             "roleRef/name", "cluster-admin"),
    Mutation("no-new-wildcards", AWS, ":ClusterRole", "kserve-proxy-role", "rules/0",
             _rule("", "pods", "*")),
    Mutation("no-new-readers-of-secrets", AWS, ":ClusterRole", "kserve-proxy-role", "rules/0",
             _rule("", "secrets", "list")),
    Mutation("no-new-writers-of-webhooks", AWS, ":ClusterRole", "kserve-proxy-role", "rules/0",
             _rule("admissionregistration.k8s.io", "mutatingwebhookconfigurations", "patch")),
    Mutation("no-secret-that-everybody-knows", AWS, ":Secret", "kubeflow/mlpipeline-minio-artifact",
             "stringData/secretkey", "minio123"),
    Mutation("no-secret-that-everybody-knows", AWS, ":Secret", "kubeflow/katib-mysql-secrets",
             "data", {"ANOTHER_PASSWORD": b64encode(b"test").decode()}),
    Mutation("nodes-can-be-drained", AWS, ":PodDisruptionBudget", "auth/dex",
             "spec/maxUnavailable", 0),
)  # fmt: skip
TEAM = (
    Mutation("teams-are-apart", TEAMS, ":NetworkPolicy", "vision/only-kubeflow"),
    Mutation("teams-are-apart", TEAMS, ":NetworkPolicy", "vision/only-kubeflow", "spec/ingress/0",
             {}),
    Mutation("teams-have-a-namespace", TEAMS, ":Namespace", "vision"),
    Mutation("quotas-have-defaults", TEAMS, ":LimitRange", "vision/default-requests"),
    Mutation("nobody-owns-by-demo", TEAMS, ":Profile", "vision", "spec/owner/name",
             "user@example.com"),
    Mutation("teams-are-of-people", TEAMS, ":Profile", "vision", "spec/owner/kind", "Group"),
)  # fmt: skip
INGRESS = (
    Mutation("listeners-are-secure", AWS, ":Listener", "https", "protocol", "HTTP"),
    Mutation("targets-are-secure", AWS, ":TargetGroup", "https", "protocol", "HTTP"),
    Mutation("balancers-read-no-http", AWS, ":LoadBalancer", "entry", "loadBalancerType",
             "application"),
    Mutation("balancers-reach-every-zone", AWS, ":LoadBalancer", "entry",
             "enableCrossZoneLoadBalancing", False),
    Mutation("node-ports-are-behind-a-balancer", AWS, ":LoadBalancer", "entry"),
    Mutation("plain-http-only-redirects", AWS, ":Gateway", "istio-system/istio-ingressgateway",
             "spec/servers/0/tls"),
    Mutation("tls-is-new", AWS, ":Gateway", "kubeflow/kubeflow-gateway",
             "spec/servers/0/tls/minProtocolVersion", "TLSV1_0"),
    Mutation("hosts-are-named", AWS, ":Gateway", "kubeflow/kubeflow-gateway",
             "spec/servers/0/hosts/0", "*"),
    Mutation("login-is-by-https", AWS, ":ConfigMap", LOGIN, "data/FORCE_HTTPS", "false"),
    Mutation("login-checks-certificates", AWS, ":ConfigMap", LOGIN,
             "data/ALLOW_SELF_SIGNED_ISSUER", "true"),
    Mutation("login-is-for-some", AWS, ":ConfigMap", CONFIG,
             "data/oauth2_proxy.cfg", 'email_domains = [ "*" ]'),
    Mutation("mesh-is-strict", AWS, ":PeerAuthentication", "istio-system/default",
             "spec/mtls/mode", "PERMISSIVE"),
    Mutation("mesh-is-strict", AWS, ":PeerAuthentication", "kubeflow/ml-pipeline-plain-callers",
             "spec/portLevelMtls/3306", {"mode": "DISABLE"}),
    Mutation("mesh-denies-by-default", AWS, ":AuthorizationPolicy", "istio-system/global-deny-all"),
    Mutation("nothing-new-is-open", AWS, ":AuthorizationPolicy", "kubeflow/central-dashboard",
             "spec/rules", [{}]),
)  # fmt: skip
COST = (
    Mutation("standard-support-only", AWS, ":Cluster", "cluster", "upgradePolicy/supportType",
             "EXTENDED"),
    Mutation("logs-end", AWS, ":LogGroup", "control-plane", "retentionInDays"),
    Mutation("machines-tell-whose-they-are", AWS, ":LaunchTemplate", "general",
             "tagSpecifications/1"),
    Mutation("droplets-tell-whose-they-are", OCEAN, ":KubernetesNodePool", "general", "tags", []),
    Mutation("disks-are-gp3", AWS, ":LaunchTemplate", "gpu", f"{DISK}/volumeType", "gp2"),
    Mutation("objects-bypass-the-nat", AWS, ":VpcEndpoint", "s3"),
)  # fmt: skip
PROTECTION = (
    Mutation("cluster-is-kept", AWS, ":Cluster", "cluster", "deletionProtection", False),
    Mutation("balancers-are-kept", AWS, ":LoadBalancer", "entry", "enableDeletionProtection",
             False),
    Mutation("logs-last-a-year", AWS, ":LogGroup", "flow-logs", "retentionInDays", 90),
    Mutation("volumes-outlive-the-cluster", OCEAN, ":KubernetesCluster", "cluster",
             "destroyAllAssociatedResources", True),
    Mutation("crds-are-kept", OCEAN, ":Crds", "katib-crds", "keepsOnDelete", False),
    Mutation("users-work-is-kept", AWS, ":UserWorkloads", "user-workloads", "ending", "delete"),
)  # fmt: skip
MUTATIONS = (
    *NETWORK, *CLUSTER, *NODES, *STORAGE, *IDENTITY, *KUBERNETES, *TEAM, *INGRESS, *COST,
    *PROTECTION,
)  # fmt: skip
