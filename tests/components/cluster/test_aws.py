"""The whole graph of a cluster on AWS: what is asked for, and in which order it would go again."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pulumi
import pytest

from accounts.owner import Owner
from components.cluster.aws.kubeconfig import kubeconfig
from components.cluster.aws.pools import NoZoneError, template_tags, zones_offering
from components.cluster.choice import build_cluster
from plan.build import make_plan
from plan.model import Plan
from rehearsal.engine.clouds import answers
from settings.model import Settings

ROOT = Path(__file__).parents[3]
ADMIN = "arn:aws:iam::123456789012:role/admin"
OFFERINGS = "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings"


def plan(environment: str, **said: Any) -> Plan:
    cluster = {"provider": "aws", "region": "eu-west-1", "admins": [ADMIN], **said}
    raw = {
        "environment": environment,
        "cluster": cluster,
        "ingress": {"domain": "ml.b.test", "auth": {"adminEmail": "a@b.test"}},
    }
    return make_plan(Settings.model_validate(raw), "kf")


Deploy = Callable[..., Any]


def declare(deploy: Deploy, made: Plan, **more: Callable[[dict[str, Any]], Any]) -> Any:
    """The cluster and one object on it, as the platform would put it there."""
    told = answers(made.cluster) | ({OFFERINGS: more["offered"]} if more else {})

    def program() -> None:
        handle = build_cluster("cluster", made, None)
        pulumi.CustomResource(
            "kubernetes:core/v1:Namespace",
            "team",
            {"metadata": {"name": "team"}},
            pulumi.ResourceOptions(provider=handle.provider, depends_on=list(handle.ready)),
        )

    return deploy(program, None, told)


@pytest.fixture(scope="module", params=["dev", "prod"])
def environment(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def of_type(graph: Any, type_: str) -> dict[str, dict[str, Any]]:
    return {name: goal.inputs for (kind, name), goal in graph.goals.items() if kind == type_}


DEV = """
AccessEntry 123456789012:role/admin
AccessPolicyAssociation 123456789012:role/admin
Addon aws-ebs-csi-driver
Addon coredns
Addon eks-pod-identity-agent
Addon kube-proxy
Addon metrics-server
Addon vpc-cni
Cluster cluster
DefaultSecurityGroup cluster
Eip nat-eu-west-1a
InternetGateway internet
Key secrets
LaunchTemplate general
LaunchTemplate gpu
LogGroup control-plane
NatGateway eu-west-1a
NodeGroup general
NodeGroup gpu
PodIdentityAssociation autoscaler
Role autoscaler
Role cluster
Role cni
Role csi
Role nodes
RolePolicy autoscaler
RolePolicyAttachment cluster-AmazonEKSClusterPolicy
RolePolicyAttachment cni-AmazonEKS_CNI_Policy
RolePolicyAttachment csi-AmazonEBSCSIDriverPolicy
RolePolicyAttachment nodes-AmazonEC2ContainerRegistryPullOnly
RolePolicyAttachment nodes-AmazonEKSWorkerNodePolicy
Route private-eu-west-1a
Route private-eu-west-1b
Route public
RouteTable private-eu-west-1a
RouteTable private-eu-west-1b
RouteTable public
RouteTableAssociation private-eu-west-1a
RouteTableAssociation private-eu-west-1b
RouteTableAssociation public-eu-west-1a
RouteTableAssociation public-eu-west-1b
SecurityGroup api
SecurityGroupIngressRule api
Subnet private-eu-west-1a
Subnet private-eu-west-1b
Subnet public-eu-west-1a
Subnet public-eu-west-1b
Tag general-label/kubeflow-stack/pool
Tag gpu-label/k8s.amazonaws.com/accelerator
Tag gpu-label/kubeflow-stack/pool
Tag gpu-resources/nvidia.com/gpu
Tag gpu-taint/nvidia.com/gpu
Vpc cluster
VpcEndpoint s3
"""


def test_dev_has_exactly_these_resources(deploy: Deploy) -> None:
    graph = declare(deploy, plan("dev"))
    names = sorted(
        f"{kind.rpartition(':')[2]} {name}" for kind, name in graph.goals if kind[:4] == "aws:"
    )
    assert names == DEV.split("\n")[1:-1]


def test_prod_has_a_way_out_per_zone_and_logs_its_traffic(deploy: Deploy) -> None:
    graph = declare(deploy, plan("prod"))
    zones = {"eu-west-1a", "eu-west-1b", "eu-west-1c"}
    assert set(of_type(graph, "aws:ec2/natGateway:NatGateway")) == zones
    for zone in zones:
        route = graph["aws:ec2/route:Route", f"private-{zone}"]
        assert route["natGatewayId"] == f"NatGateway-{zone}"
        assert route["destinationCidrBlock"] == "0.0.0.0/0"
    flow = graph["aws:ec2/flowLog:FlowLog", "cluster"]
    assert (flow["trafficType"], flow["vpcId"]) == ("ALL", "Vpc-cluster")
    assert graph["aws:cloudwatch/logGroup:LogGroup", "flow-logs"]["retentionInDays"] == 365


def test_dev_goes_out_by_the_one_gateway(deploy: Deploy) -> None:
    graph = declare(deploy, plan("dev"))
    for zone in ("eu-west-1a", "eu-west-1b"):
        route = graph["aws:ec2/route:Route", f"private-{zone}"]
        assert route["natGatewayId"] == "NatGateway-eu-west-1a"


def test_the_control_plane_is_private_encrypted_logged_and_admits_by_name(
    deploy: Deploy, environment: str
) -> None:
    graph = declare(deploy, plan(environment))
    subnets = [name for name in of_type(graph, "aws:ec2/subnet:Subnet") if "private" in name]
    assert graph["aws:eks/cluster:Cluster", "cluster"] == {
        "name": "kf",
        "version": "1.35",
        "roleArn": "arn:aws:iam::123456789012:role/cluster",
        "vpcConfig": {
            "subnetIds": [f"Subnet-{name}" for name in subnets],
            "securityGroupIds": ["SecurityGroup-api"],
            "endpointPrivateAccess": True,
            "endpointPublicAccess": False,
        },
        "accessConfig": {
            "authenticationMode": "API",
            "bootstrapClusterCreatorAdminPermissions": False,
        },
        "bootstrapSelfManagedAddons": False,
        "kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/16"},
        "encryptionConfig": {
            "provider": {"keyArn": "arn:aws:kms::123456789012:key/secrets"},
            "resources": ["secrets"],
        },
        "enabledClusterLogTypes": [
            "api", "audit", "authenticator", "controllerManager", "scheduler",
        ],
        "upgradePolicy": {"supportType": "STANDARD"},
        "deletionProtection": environment == "prod",
    }  # fmt: skip
    key = graph["aws:kms/key:Key", "secrets"]
    assert (key["enableKeyRotation"], key["deletionWindowInDays"]) == (True, 30)
    assert "policy" not in key, "the default admits the account, and nobody from outside"
    logs = graph["aws:cloudwatch/logGroup:LogGroup", "control-plane"]
    assert logs["name"] == "/aws/eks/kf/cluster"
    assert logs["retentionInDays"] == (365 if environment == "prod" else 90)
    entry = graph["aws:eks/accessEntry:AccessEntry", "123456789012:role/admin"]
    assert entry == {"clusterName": "kf", "principalArn": ADMIN}


def test_the_api_server_is_public_only_for_those_listed(deploy: Deploy) -> None:
    made = plan("dev", network={"publicAccessCidrs": ["203.0.113.7/32"]})
    config = declare(deploy, made)["aws:eks/cluster:Cluster", "cluster"]["vpcConfig"]
    assert config["endpointPublicAccess"] is True
    assert config["publicAccessCidrs"] == ["203.0.113.7/32"]
    assert config["endpointPrivateAccess"] is True


def test_a_private_api_server_is_reached_from_the_vpc_and_from_nowhere_else(
    deploy: Deploy, environment: str
) -> None:
    graph = declare(deploy, plan(environment, network={"cidr": "10.7.0.0/16"}))
    rules = of_type(graph, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert rules == {
        "api": {
            "securityGroupId": "SecurityGroup-api",
            "description": "HTTPS from the VPC",
            "ipProtocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "cidrIpv4": "10.7.0.0/16",
        }
    }


def test_gpus_are_spot_tainted_and_start_at_none(deploy: Deploy) -> None:
    graph = declare(deploy, plan("dev"))
    assert graph["aws:eks/nodeGroup:NodeGroup", "gpu"] == {
        "clusterName": "kf",
        "version": "1.35",
        "nodeRoleArn": "arn:aws:iam::123456789012:role/nodes",
        "subnetIds": ["Subnet-private-eu-west-1a", "Subnet-private-eu-west-1b"],
        "amiType": "AL2023_x86_64_NVIDIA",
        "capacityType": "SPOT",
        "instanceTypes": ["g4dn.xlarge", "g5.xlarge", "g6.xlarge"],
        "scalingConfig": {"desiredSize": 0, "minSize": 0, "maxSize": 2},
        "updateConfig": {"maxUnavailable": 1},
        "launchTemplate": {"id": "LaunchTemplate-gpu", "version": "1"},
        "labels": {"kubeflow-stack/pool": "gpu", "k8s.amazonaws.com/accelerator": "nvidia"},
        "taints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE"}],
    }
    tags = {
        tag["tag"]["key"].partition("node-template/")[2]: tag["tag"]["value"]
        for name, tag in of_type(graph, "aws:autoscaling/tag:Tag").items()
        if tag["autoscalingGroupName"] == "eks-gpu"
    }
    assert tags == {
        "label/kubeflow-stack/pool": "gpu",
        "label/k8s.amazonaws.com/accelerator": "nvidia",
        "taint/nvidia.com/gpu": "present:NoSchedule",
        "resources/nvidia.com/gpu": "1",
    }


def test_no_program_fights_whoever_scales_a_pool(deploy: Deploy) -> None:
    graph = declare(deploy, plan("dev"))
    groups = [g for (kind, _), g in graph.goals.items() if kind == "aws:eks/nodeGroup:NodeGroup"]
    assert [group.ignores for group in groups] == [("scalingConfig.desiredSize",)] * 2


def test_a_pool_of_fixed_size_is_as_large_as_the_settings_say(deploy: Deploy) -> None:
    made = plan("dev")
    general, gpu = made.cluster.pools
    fixed = replace(general, nodes=5, min_nodes=5, max_nodes=5)
    graph = declare(deploy, replace(made, cluster=replace(made.cluster, pools=(fixed, gpu))))
    assert graph.goals["aws:eks/nodeGroup:NodeGroup", "general"].ignores == ()
    assert graph["aws:eks/nodeGroup:NodeGroup", "general"]["scalingConfig"]["desiredSize"] == 5


def test_every_machine_hides_its_role_and_encrypts_its_disk(
    deploy: Deploy, environment: str
) -> None:
    templates = of_type(declare(deploy, plan(environment)), "aws:ec2/launchTemplate:LaunchTemplate")
    assert set(templates) == {"general", "gpu"}
    for template in templates.values():
        assert template["metadataOptions"] == {
            "httpEndpoint": "enabled",
            "httpTokens": "required",
            "httpPutResponseHopLimit": 1,
        }
        disk = template["blockDeviceMappings"][0]["ebs"]
        assert (disk["encrypted"], disk["volumeType"]) == ("true", "gp3")
        assert "keyName" not in template
        kinds = {one["resourceType"] for one in template["tagSpecifications"]}
        assert kinds == {"instance", "volume", "network-interface"}
        for one in template["tagSpecifications"]:
            assert one["tags"]["kubeflow-stack/name"] == "kf"


def test_nodes_and_load_balancers_have_subnets_and_none_hands_out_public_addresses(
    deploy: Deploy,
) -> None:
    subnets = of_type(declare(deploy, plan("dev")), "aws:ec2/subnet:Subnet")
    assert {name: one["cidrBlock"] for name, one in subnets.items()} == {
        "private-eu-west-1a": "10.0.0.0/18",
        "private-eu-west-1b": "10.0.64.0/18",
        "public-eu-west-1a": "10.0.192.0/19",
        "public-eu-west-1b": "10.0.224.0/19",
    }
    assert not any(one["mapPublicIpOnLaunch"] for one in subnets.values())


def test_only_pods_that_call_aws_have_a_role_and_only_theirs(deploy: Deploy) -> None:
    graph = declare(deploy, plan("dev"))
    attached = {
        (one["role"], one["policyArn"].rpartition("/")[2])
        for one in of_type(graph, "aws:iam/rolePolicyAttachment:RolePolicyAttachment").values()
    }
    assert attached == {
        ("cluster", "AmazonEKSClusterPolicy"),
        ("nodes", "AmazonEKSWorkerNodePolicy"),
        ("nodes", "AmazonEC2ContainerRegistryPullOnly"),
        ("cni", "AmazonEKS_CNI_Policy"),
        ("csi", "AmazonEBSCSIDriverPolicy"),
    }
    addons = of_type(graph, "aws:eks/addon:Addon")
    roles = {name: one.get("podIdentityAssociations") for name, one in addons.items()}
    arn = "arn:aws:iam::123456789012:role/"
    assert roles == {
        "vpc-cni": [{"roleArn": f"{arn}cni", "serviceAccount": "aws-node"}],
        "aws-ebs-csi-driver": [{"roleArn": f"{arn}csi", "serviceAccount": "ebs-csi-controller-sa"}],
        "kube-proxy": None,
        "eks-pod-identity-agent": None,
        "coredns": None,
        "metrics-server": None,
    }
    cni = json.loads(addons["vpc-cni"]["configurationValues"])
    assert cni["enableNetworkPolicy"] == "true"
    assert cni["env"]["ENABLE_PREFIX_DELEGATION"] == "true"
    assert {one["addonVersion"] for one in addons.values()} == {"v1.35.0-eksbuild.1"}


def test_one_provider_tags_everything_and_keeps_to_one_account(deploy: Deploy) -> None:
    graph = declare(deploy, plan("dev", accountId="123456789012", tags={"owner": "ml"}))
    provider = graph["pulumi:providers:aws", "cluster"]
    assert json.loads(provider["defaultTags"])["tags"] == {
        "owner": "ml",
        "kubeflow-stack/name": "kf",
        "project": "kubeflow",
    }
    assert json.loads(provider["allowedAccountIds"]) == ["123456789012"]
    for (kind, name), goal in graph.goals.items():
        if kind.startswith("aws:"):
            assert goal.provider.endswith("pulumi:providers:aws::cluster"), name


def test_volumes_of_claims_carry_what_everything_else_does_and_a_sweep_finds_them(
    deploy: Deploy,
) -> None:
    graph = declare(deploy, plan("dev", tags={"owner": "ml"}))
    driver = graph["aws:eks/addon:Addon", "aws-ebs-csi-driver"]
    provider = graph["pulumi:providers:aws", "cluster"]
    told = json.loads(driver["configurationValues"])
    assert told == {"controller": {"extraVolumeTags": json.loads(provider["defaultTags"])["tags"]}}
    owner = Owner(stack="kf", project="kubeflow")
    assert owner.owns(told["controller"]["extraVolumeTags"])


NAMESPACE = ("kubernetes:core/v1:Namespace", "team")


def test_what_is_on_the_cluster_goes_before_all_that_it_needs_to_go(
    deploy: Deploy, environment: str
) -> None:
    """Nodes, ways out, access, CNI and CSI must outlive every object, or its clean-up hangs."""
    graph = declare(deploy, plan(environment))
    needed = {key for key, goal in graph.goals.items() if goal.is_custom} - {NAMESPACE}
    assert needed
    assert needed <= needed_by(graph, NAMESPACE), needed - needed_by(graph, NAMESPACE)


def test_nothing_is_made_in_an_account_that_was_not_asked(deploy: Deploy, environment: str) -> None:
    graph = declare(deploy, plan(environment))
    account = graph.goals["pulumi:providers:aws", "cluster"]
    preflight = graph.goals["pulumi-python:dynamic/kubeflow:Preflight", "preflight"]
    assert preflight.urn in account.dependencies
    made = {goal.name: goal.provider for key, goal in graph.goals.items() if key[0][:4] == "aws:"}
    assert made
    assert {name for name, provider in made.items() if account.urn not in provider} == set()


def needed_by(graph: Any, key: tuple[str, str]) -> set[tuple[str, str]]:
    """All that a resource depends on, however far."""
    by_urn = {goal.urn: goal for goal in graph.goals.values()}
    below: set[str] = set()
    todo = [graph.goals[key].urn]
    while todo:
        for urn in by_urn[todo.pop()].dependencies:
            if urn in by_urn and urn not in below:
                below.add(urn)
                todo.append(urn)
    return {(by_urn[urn].type, by_urn[urn].name) for urn in below}


def test_volumes_are_encrypted_and_made_where_the_pod_is(deploy: Deploy) -> None:
    graph = declare(deploy, plan("dev"))
    made = graph["kubernetes:storage.k8s.io/v1:StorageClass", "gp3"]
    assert made["provisioner"] == "ebs.csi.aws.com"
    assert made["parameters"] == {"type": "gp3", "encrypted": "true"}
    assert made["volumeBindingMode"] == "WaitForFirstConsumer"
    assert made["metadata"]["annotations"] == {
        "storageclass.kubernetes.io/is-default-class": "true"
    }


def test_the_kubeconfig_is_a_secret_that_holds_none(deploy: Deploy) -> None:
    graph = declare(deploy, plan("dev"))
    provider = graph.goals["pulumi:providers:kubernetes", "cluster"]
    assert "kubeconfig" in provider.secrets
    assert provider.inputs["clusterIdentifier"] == "https://oidc.invalid/id/cluster"
    said = json.loads(
        kubeconfig(name="kf", server="https://kf", authority="Zm9v", region="eu-west-1")
    )
    assert said["users"][0]["user"] == {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": "aws",
            "args": [
                "--region", "eu-west-1", "eks", "get-token", "--cluster-name", "kf",
                "--output", "json",
            ],
            "interactiveMode": "Never",
        }
    }  # fmt: skip


def test_a_pool_stands_only_where_its_types_are_offered(deploy: Deploy) -> None:
    def offered(asked: dict[str, Any]) -> dict[str, Any]:
        is_gpu = "g4dn.xlarge" in asked["filters"][0]["values"]
        return {"locations": ["eu-west-1b"] if is_gpu else ["eu-west-1a", "eu-west-1b"]}

    graph = declare(deploy, plan("dev"), offered=offered)
    gpu = graph["aws:eks/nodeGroup:NodeGroup", "gpu"]
    assert gpu["subnetIds"] == ["Subnet-private-eu-west-1b"]


def test_a_pool_offered_nowhere_says_where_it_is() -> None:
    pool = plan("dev").cluster.pools[1]
    with pytest.raises(NoZoneError, match=r"offered in eu-west-1c: change cluster\.zones"):
        zones_offering(pool, ["eu-west-1c"])
    assert zones_offering(pool, ["eu-west-1b", "eu-west-1c"]) == ["eu-west-1b"]


def test_a_pool_without_gpus_promises_none() -> None:
    general, gpu = plan("dev").cluster.pools
    assert not [key for key in template_tags(general) if "nvidia" in key]
    relabelled = replace(gpu, labels={"team": "a"})
    assert template_tags(relabelled)["k8s.io/cluster-autoscaler/node-template/label/team"] == "a"


def test_machines_are_told_to_take_as_many_pods_as_the_plan_counts_on(deploy: Deploy) -> None:
    graph = declare(deploy, plan("dev"))
    for name, pods in (("general", 58), ("gpu", 29)):
        text = graph["aws:ec2/launchTemplate:LaunchTemplate", name]["userData"]
        parts: Any = message_from_bytes(base64.b64decode(text)).get_payload()
        script, node = parts
        assert script.get_content_type() == "text/x-shellscript"
        assert "fs.inotify.max_user_instances = 8192\n" in script.get_payload()
        assert node.get_content_type() == "application/node.eks.aws"
        said = json.loads(node.get_payload())
        assert said["spec"] == {"kubelet": {"config": {"maxPods": pods}}}


def test_stacks_elsewhere_do_not_pay_for_the_library() -> None:
    code = "import sys, components.cluster.choice; sys.exit('pulumi_aws' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
