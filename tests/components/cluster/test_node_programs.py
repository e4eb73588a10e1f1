"""The programs of the pools: who may scale what, and who runs on nodes with GPUs."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import yaml

from components.cluster.aws.autoscaler import autoscaler_objects
from components.cluster.aws.device_plugin import device_plugin_objects
from components.cluster.aws.node_programs import autoscaler_policy
from components.cluster.choice import build_cluster
from plan.autoscaler import DEMAND, TAGS
from plan.build import make_plan
from plan.model import Plan, Pool, Taint
from plan.own_pods import own_demands
from plan.versions import EKS_VERSIONS
from rehearsal.engine.aws_resources import answers
from settings.aws import AWS_POOLS
from settings.model import Settings
from tests.components.cluster.test_aws import ADMIN, of_type, plan
from upstream.inventory import pod_template
from upstream.model import Obj

Deploy = Callable[..., Any]
AUTOSCALER = ("kubernetes:apps/v1:Deployment", "kube-system/cluster-autoscaler")
PLUGIN = ("kubernetes:apps/v1:DaemonSet", "kube-system/nvidia-device-plugin")
GENERAL, GPU = AWS_POOLS
FIXED = {"name": "fixed", "instanceTypes": ["m5.xlarge"], "nodes": 3}


def planned(*pools: dict[str, Any], mirror: str | None = None) -> Plan:
    raw = {
        "cluster": {"provider": "aws", "region": "eu-west-1", "admins": [ADMIN]},
        "pools": list(pools),
        "images": {"registryMirror": mirror},
        "ingress": {"domain": "ml.b.test", "auth": {"adminEmail": "a@b.test"}},
    }
    return make_plan(Settings.model_validate(raw), "kf")


def declare(deploy: Deploy, made: Plan, credentials: str | None = None) -> Any:
    def program() -> None:
        secret = pulumi.Output.secret(credentials) if credentials else None
        build_cluster("cluster", made, None, secret)

    return deploy(program, None, answers(made.cluster))


def test_every_version_has_an_autoscaler_of_its_own_minor() -> None:
    assert set(TAGS) == {row.minor for row in EKS_VERSIONS}
    for minor, tag in TAGS.items():
        assert tag.startswith(f"v{minor}.")


def test_the_autoscaler_changes_only_groups_of_its_own_cluster() -> None:
    looks, group, changes = json.loads(autoscaler_policy("kf"))["Statement"]
    assert all(":Describe" in one or ":Get" in one for one in looks["Action"])
    assert group["Action"] == ["eks:DescribeNodegroup"]
    assert group["Resource"] == "arn:aws:eks:*:*:nodegroup/kf/*"
    assert changes == {
        "Effect": "Allow",
        "Action": [
            "autoscaling:SetDesiredCapacity",
            "autoscaling:TerminateInstanceInAutoScalingGroup",
        ],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/k8s.io/cluster-autoscaler/kf": "owned"}},
    }


def test_the_autoscaler_has_its_role_and_its_rights_before_it_starts(deploy: Deploy) -> None:
    graph = declare(deploy, plan("dev"))
    association = graph["aws:eks/podIdentityAssociation:PodIdentityAssociation", "autoscaler"]
    assert association == {
        "clusterName": "kf",
        "namespace": "kube-system",
        "serviceAccount": "cluster-autoscaler",
        "roleArn": "arn:aws:iam::123456789012:role/autoscaler",
    }
    role = graph["aws:iam/role:Role", "autoscaler"]
    principal = json.loads(role["assumeRolePolicy"])["Statement"][0]["Principal"]
    assert principal == {"Service": "pods.eks.amazonaws.com"}
    before = {urn.rpartition("$")[2] for urn in graph.goals[AUTOSCALER].dependencies}
    assert before >= {
        "aws:eks/podIdentityAssociation:PodIdentityAssociation::autoscaler",
        "aws:iam/rolePolicy:RolePolicy::autoscaler",
        "kubernetes:core/v1:ServiceAccount::kube-system/cluster-autoscaler",
        "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding::cluster-autoscaler",
        "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding::kube-system/cluster-autoscaler",
        "aws:eks/nodeGroup:NodeGroup::general",
    }


def test_the_autoscaler_finds_the_groups_of_this_cluster_and_runs_as_nobody(
    deploy: Deploy,
) -> None:
    spec = declare(deploy, plan("dev", kubernetes="1.34"))[AUTOSCALER]["spec"]
    pod = spec["template"]["spec"]
    (container,) = pod["containers"]
    assert container["image"] == "registry.k8s.io/autoscaling/cluster-autoscaler:v1.34.4"
    assert container["command"] == [
        "./cluster-autoscaler",
        "--cloud-provider=aws",
        "--node-group-auto-discovery=asg:tag=k8s.io/cluster-autoscaler/enabled,"
        "k8s.io/cluster-autoscaler/kf",
        "--expander=priority,least-waste",
        "--skip-nodes-with-local-storage=true",
    ]
    assert container["env"] == [{"name": "AWS_REGION", "value": "eu-west-1"}]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert "tolerations" not in pod, "it belongs with the platform, never on spot"


def test_spot_is_tried_before_what_costs_more() -> None:
    fallback = {**GPU, "name": "gpu-on-demand", "spot": False}
    objs = autoscaler_objects(planned(GENERAL, GPU, fallback).cluster)
    (order,) = (one.body["data"]["priorities"] for one in objs if one.kind == "ConfigMap")
    best, rest = (yaml.safe_load(order)[priority] for priority in (20, 10))
    groups = [f"eks-{name}-1a2b3c4-0f" for name in ("general", "gpu", "gpu-on-demand")]
    assert [any(re.search(one, group) for one in best) for group in groups] == [False, True, False]
    assert rest == [".*"], "a group without a priority would never grow"


def test_without_spot_there_is_nothing_to_prefer() -> None:
    objs = autoscaler_objects(planned(GENERAL).cluster)
    assert not [one for one in objs if one.kind == "ConfigMap"]
    (container,) = objs[-1].body["spec"]["template"]["spec"]["containers"]
    assert "--expander=least-waste" in container["command"]


def test_none_of_its_rights_is_a_wildcard_or_reaches_secrets() -> None:
    roles = [one for one in autoscaler_objects(plan("dev").cluster) if one.kind.endswith("Role")]
    assert len(roles) == 2
    for role in roles:
        for rule in role.body["rules"]:
            said = {*rule["apiGroups"], *rule["resources"], *rule["verbs"]}
            assert not said & {"*", "secrets"}


def test_pools_that_cannot_grow_have_no_autoscaler(deploy: Deploy) -> None:
    made = planned(FIXED)
    graph = declare(deploy, made)
    assert AUTOSCALER not in graph.goals
    assert of_type(graph, "aws:eks/podIdentityAssociation:PodIdentityAssociation") == {}
    assert DEMAND not in own_demands(made)
    assert DEMAND in own_demands(plan("dev"))


def tolerates(pod: dict[str, Any], taint: Taint) -> bool:
    return any(
        one.get("key") in (None, taint.key)
        and one.get("effect") in (None, taint.effect)
        and (one.get("operator") == "Exists" or one.get("value") == taint.value)
        for one in pod.get("tolerations") or ()
    )


def chosen(pods: Iterator[dict[str, Any]], pool: Pool) -> list[dict[str, Any]]:
    """The pods that may stand on a node of the pool."""
    return [
        pod
        for pod in pods
        if all(tolerates(pod, taint) for taint in pool.taints)
        and (pod.get("nodeSelector") or {}).items() <= pool.labels.items()
    ]


def test_the_device_plugin_runs_on_nodes_with_gpus_and_on_no_other() -> None:
    odd = {
        **GPU,
        "name": "odd",
        "taints": [{"key": "team", "value": "vision", "effect": "NoExecute"}],
    }
    pools = planned(GENERAL, GPU, odd).cluster.pools
    (plugin,) = device_plugin_objects(pools)
    pod = plugin.body["spec"]["template"]["spec"]
    where = [pool.name for pool in pools if chosen(iter([pod]), pool)]
    assert where == ["gpu", "odd"]
    assert pod["containers"][0]["image"] == "nvcr.io/nvidia/k8s-device-plugin:v0.19.3"
    assert pod["containers"][0]["securityContext"]["allowPrivilegeEscalation"] is False
    assert device_plugin_objects(pools[:1]) == ()


def test_nothing_of_the_platform_may_stand_on_spot(patched: tuple[Obj, ...]) -> None:
    """But for what every node needs, which has no work of its own."""
    _, gpu = plan("prod").cluster.pools
    assert gpu.is_spot
    pods = {
        f"{obj.kind} {obj.namespace}/{obj.name}": template["spec"]
        for obj in patched
        if (template := pod_template(obj))
    }
    there = [name for name, pod in pods.items() if tolerates(pod, gpu.taints[0])]
    assert there == [
        "DaemonSet kube-system/istio-cni-node",
        "DaemonSet monitoring/node-exporter",
    ]


def test_its_images_come_from_the_mirror_with_the_mirrors_credentials(deploy: Deploy) -> None:
    graph = declare(deploy, planned(GENERAL, GPU, mirror="reg.corp/kf"), "a-login")
    for key, image in (
        (AUTOSCALER, "registry.k8s.io/autoscaling/cluster-autoscaler:v1.35.1"),
        (PLUGIN, "nvcr.io/nvidia/k8s-device-plugin:v0.19.3"),
    ):
        pod = graph[key]["spec"]["template"]["spec"]
        assert pod["containers"][0]["image"] == f"reg.corp/kf/{image}"
        assert pod["imagePullSecrets"] == [{"name": "cluster-registry-credentials"}]
    secret = graph.goals["kubernetes:core/v1:Secret", "kube-system/cluster-registry-credentials"]
    assert secret.secrets == {"stringData"}
