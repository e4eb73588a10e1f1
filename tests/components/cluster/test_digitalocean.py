"""The whole graph of a cluster on DigitalOcean: what is asked for, and in which order it goes."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.cluster.choice import build_cluster
from components.cluster.digitalocean.cluster import newest
from components.cluster.digitalocean.inotify import inotify
from components.cluster.digitalocean.kubeconfig import kubeconfig
from components.cluster.replacement import _Guard
from plan.build import make_plan
from plan.model import Plan
from rehearsal.engine.clouds import answers
from settings.model import Settings

ROOT = Path(__file__).parents[3]
CLUSTER = "digitalocean:index/kubernetesCluster:KubernetesCluster"
POOL = "digitalocean:index/kubernetesNodePool:KubernetesNodePool"
VPC = "digitalocean:index/vpc:Vpc"
DAEMON_SET = ("kubernetes:apps/v1:DaemonSet", "kube-system/kubeflow-inotify")
NAMESPACE = ("kubernetes:core/v1:Namespace", "team")
GENERAL = {"name": "general", "instanceTypes": ["g-4vcpu-16gb"], "nodes": 3}
GPU = {
    "name": "gpu",
    "instanceTypes": ["gpu-l40sx1-48gb"],
    "nodes": 1,
    "labels": {"workload": "gpu"},
    "taints": [{"key": "nvidia.com/gpu", "effect": "NoSchedule"}],
}

Deploy = Callable[..., Any]


def plan(environment: str = "dev", pools: list[dict[str, Any]] | None = None, **said: Any) -> Plan:
    raw: dict[str, Any] = {
        "environment": environment,
        "cluster": {"provider": "digitalocean", "region": "fra1", **said},
        "ingress": {"domain": "ml.b.test", "auth": {"adminEmail": "a@b.test"}},
    }
    return make_plan(Settings.model_validate(raw | ({"pools": pools} if pools else {})), "kf")


def declare(deploy: Deploy, made: Plan) -> Any:
    """The cluster and one object on it, as the platform would put it there."""

    def program() -> None:
        handle = build_cluster("cluster", made, None)
        pulumi.CustomResource(
            *NAMESPACE,
            {"metadata": {"name": "team"}},
            pulumi.ResourceOptions(provider=handle.provider, depends_on=list(handle.ready)),
        )

    return deploy(program, None, answers(made.cluster))


@pytest.fixture(scope="module", params=["dev", "prod"])
def environment(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_dev_has_exactly_these_resources(deploy: Deploy) -> None:
    graph = declare(deploy, plan())
    assert sorted(key for key, goal in graph.goals.items() if goal.is_custom) == [
        (CLUSTER, "cluster"),
        (POOL, "general"),
        (VPC, "cluster"),
        DAEMON_SET,
        NAMESPACE,
        ("pulumi-python:dynamic/kubeflow:Expectations", "expectations"),
        ("pulumi-python:dynamic/kubeflow:Preflight", "preflight"),
        ("pulumi-python:dynamic/kubeflow:ReplacementGuard", "replacement-guard"),
        ("pulumi:providers:digitalocean", "cluster"),
        ("pulumi:providers:kubernetes", "cluster"),
    ]


def test_the_cluster_is_told_what_the_api_would_choose(deploy: Deploy, environment: str) -> None:
    is_prod = environment == "prod"
    tags = ["kubeflow-stack-name:kf", "owner:ml"]
    graph = declare(deploy, plan(environment, tags={"owner": "ml"}))
    assert graph[CLUSTER, "cluster"] == {
        "name": "kf",
        "region": "fra1",
        "version": "1.35.9-do.0",
        "vpcUuid": "Vpc-cluster",
        "ha": is_prod,
        "autoUpgrade": not is_prod,
        "surgeUpgrade": True,
        "maintenancePolicy": {"day": "sunday", "startTime": "04:00"},
        "registryIntegration": False,
        "kubeconfigExpireSeconds": 3600,
        "destroyAllAssociatedResources": not is_prod,
        "nodePool": {
            "name": "system",
            "size": "s-1vcpu-2gb",
            "nodeCount": 1,
            "autoScale": False,
            "labels": {"kubeflow-stack/pool": "system"},
            "taints": [
                {"key": "kubeflow-stack/pool", "value": "system", "effect": "PreferNoSchedule"}
            ],
            "tags": tags,
        },
        "tags": tags,
    }
    assert graph[VPC, "cluster"] == {"name": "kf", "region": "fra1"}


@pytest.mark.parametrize("patch", [None, ""])
def test_a_minor_that_is_not_offered_any_more_is_named(patch: str | None) -> None:
    with pytest.raises(pulumi.RunError, match=r"cluster\.kubernetes: DigitalOcean offers no 1\.35"):
        newest("1.35", patch)
    assert newest("1.35", "1.35.9-do.0") == "1.35.9-do.0"


@pytest.mark.parametrize("said", ["keep", "remove"])
def test_the_cluster_takes_no_volumes_along_that_are_kept(deploy: Deploy, said: str) -> None:
    raw: dict[str, Any] = {
        "environment": "dev",
        "cluster": {"provider": "digitalocean", "region": "fra1"},
        "ingress": {"auth": {"adminEmail": "a@b.test"}},
        "protection": {"volumes": said},
    }
    graph = declare(deploy, make_plan(Settings.model_validate(raw), "kf"))
    assert graph[CLUSTER, "cluster"]["destroyAllAssociatedResources"] is (said == "remove")


def test_the_settings_reach_the_cluster_and_its_network(deploy: Deploy) -> None:
    said: dict[str, Any] = {
        "kubernetes": "1.36",
        "registry": True,
        "maintenance": {"day": "any", "start": "22:00"},
        "network": {"cidr": "10.10.0.0/20"},
    }
    graph = declare(deploy, plan(**said))
    cluster = graph[CLUSTER, "cluster"]
    assert cluster["version"] == "1.36.9-do.0"
    assert cluster["ha"] is False, "from 1.36 on the API would say yes"
    assert cluster["registryIntegration"] is True
    assert cluster["maintenancePolicy"] == {"day": "any", "startTime": "22:00"}
    assert graph[VPC, "cluster"]["ipRange"] == "10.10.0.0/20"


def test_the_default_pool_is_the_same_whatever_the_pools_are(deploy: Deploy) -> None:
    small, large = (
        declare(deploy, plan(pools=pools))[CLUSTER, "cluster"]["nodePool"]
        for pools in (None, [GENERAL | {"nodes": 9}, GPU])
    )
    assert small == large


def test_pools_are_resources_of_their_own(deploy: Deploy) -> None:
    graph = declare(deploy, plan(pools=[GENERAL, GPU]))
    assert graph[POOL, "general"] == {
        "name": "general",
        "clusterId": "KubernetesCluster-cluster",
        "size": "g-4vcpu-16gb",
        "nodeCount": 3,
        "autoScale": False,
        "labels": {"kubeflow-stack/pool": "general"},
        "taints": [],
        "tags": ["kubeflow-stack-name:kf"],
    }
    gpu = graph[POOL, "gpu"]
    assert gpu["labels"] == {"kubeflow-stack/pool": "gpu", "workload": "gpu"}
    assert gpu["taints"] == [{"key": "nvidia.com/gpu", "value": "", "effect": "NoSchedule"}]
    assert graph.goals[POOL, "general"].ignores == ()


def test_no_program_fights_whoever_scales_a_pool(deploy: Deploy) -> None:
    graph = declare(deploy, plan(pools=[GENERAL | {"minNodes": 2, "maxNodes": 5}]))
    general = graph.goals[POOL, "general"]
    assert (
        general.inputs["autoScale"],
        general.inputs["minNodes"],
        general.inputs["maxNodes"],
    ) == (
        True,
        2,
        5,
    )
    assert general.ignores == ("nodeCount",)


def test_a_scaled_pool_is_not_set_back_to_its_first_number(deploy: Deploy) -> None:
    """The provider sends a number that it knows along with every change of labels or bounds."""
    graph = declare(deploy, plan(pools=[GENERAL | {"maxNodes": 5}]))
    pool = graph[POOL, "general"]
    assert "nodeCount" not in pool
    assert (pool["autoScale"], pool["minNodes"], pool["maxNodes"]) == (True, 3, 5)


def test_what_is_on_the_cluster_goes_before_all_that_it_needs_to_go(
    deploy: Deploy, environment: str
) -> None:
    """Every pool must outlive every object, or load balancers and volumes stay behind."""
    graph = declare(deploy, plan(environment, pools=[GENERAL, GPU]))
    by_urn = {goal.urn: goal for goal in graph.goals.values()}
    below: set[str] = set()
    todo = [graph.goals[NAMESPACE].urn]
    while todo:
        fresh = set(by_urn[todo.pop()].dependencies) & set(by_urn) - below
        below |= fresh
        todo.extend(fresh)
    account = {"pulumi:providers:digitalocean"}  # a provider outlives what it looks after
    needed = {
        goal.urn for goal in graph.goals.values() if goal.is_custom and goal.type not in account
    } - {graph.goals[NAMESPACE].urn}
    assert needed <= below, needed - below


def test_the_network_waits_for_a_cluster_that_goes_behind_its_answer(deploy: Deploy) -> None:
    assert declare(deploy, plan()).goals[VPC, "cluster"].goes_within == "15m"


def test_one_provider_that_is_no_default_looks_after_all(deploy: Deploy) -> None:
    graph = declare(deploy, plan())
    for goal in graph.goals.values():
        if goal.type.startswith("digitalocean:"):
            assert goal.provider.split("::")[-2].endswith("pulumi:providers:digitalocean")
    assert "token" not in graph["pulumi:providers:digitalocean", "cluster"]


def test_the_kubeconfig_is_a_secret_that_holds_none(deploy: Deploy) -> None:
    provider = declare(deploy, plan()).goals["pulumi:providers:kubernetes", "cluster"]
    assert "kubeconfig" in provider.secrets
    assert provider.inputs["clusterIdentifier"] == "KubernetesCluster-cluster"
    said = json.loads(
        kubeconfig(name="kf", cluster_id="c-1", server="https://kf", authority="Zm9v")
    )
    assert said["users"][0]["user"] == {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "command": "doctl",
            "args": [
                "kubernetes", "cluster", "kubeconfig", "exec-credential", "--version=v1beta1",
                "c-1",
            ],
            "interactiveMode": "Never",
        }
    }  # fmt: skip
    assert said["clusters"][0]["cluster"] == {
        "server": "https://kf",
        "certificate-authority-data": "Zm9v",
    }


def test_the_cluster_is_looked_at_when_its_nodes_are_there(deploy: Deploy) -> None:
    graph = declare(deploy, plan())
    gate = graph.goals["pulumi-python:dynamic/kubeflow:Expectations", "expectations"]
    assert gate.inputs["expected"] == {
        "stack": "kf",
        "storage_class": "do-block-storage",
        "cpu_m": 0,
        "memory_mib": 0,
    }
    assert gate.secrets == {"kubeconfig"}
    assert graph.goals[POOL, "general"].urn in gate.dependencies


def test_the_guard_remembers_what_the_cluster_was_made_as(deploy: Deploy) -> None:
    graph = declare(deploy, plan("prod", network={"cidr": "10.10.0.0/20"}))
    guard = graph.goals["pulumi-python:dynamic/kubeflow:ReplacementGuard", "replacement-guard"]
    assert guard.inputs["identity"] == {
        "cluster.region": "fra1",
        "cluster.kubernetes": "1.35",
        "cluster.highAvailability": "true",
        "cluster.network.cidr": "10.10.0.0/20",
    }
    assert guard.inputs["mayBeReplaced"] is False
    for kind in (CLUSTER, VPC):
        assert guard.urn in graph.goals[kind, "cluster"].dependencies


def refused(old: str, new: str, *, may: bool) -> list[str]:
    olds = {"cluster": "kf", "identity": {"cluster.region": old}, "mayBeReplaced": False}
    news = {"cluster": "kf", "identity": {"cluster.region": new}, "mayBeReplaced": may}
    return [failure.reason for failure in _Guard().check(olds, news).failures]


def test_a_replacement_is_refused_unless_it_is_allowed_by_name() -> None:
    (why,) = refused("fra1", "ams3", may=False)
    assert "protection.replaceCluster: kf" in why
    assert refused("fra1", "ams3", may=True) == []
    assert refused("fra1", "fra1", may=False) == []


def test_a_first_cluster_is_nobodys_replacement() -> None:
    news = {"cluster": "kf", "identity": {"cluster.region": "fra1"}, "mayBeReplaced": False}
    assert _Guard().check({}, news).failures == []


def test_other_stacks_never_import_the_library() -> None:
    code = "import sys, components.cluster.choice; sys.exit('pulumi_digitalocean' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_every_node_has_room_for_watchers_by_a_pod_that_then_has_no_rights(deploy: Deploy) -> None:
    made = declare(deploy, plan())[DAEMON_SET]
    pod = made["spec"]["template"]["spec"]
    assert pod["tolerations"] == [{"operator": "Exists"}], "nodes with GPUs too"
    (setter,), (pause,) = pod["initContainers"], pod["containers"]
    assert setter["command"] == [
        "sysctl",
        "-w",
        "fs.inotify.max_user_instances=8192",
        "fs.inotify.max_user_watches=655360",
    ]
    assert setter["securityContext"] == {"privileged": True}
    assert pause["securityContext"]["runAsNonRoot"] is True
    assert pause["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert "imagePullSecrets" not in pod
    assert made["metadata"]["labels"]["kubeflow-stack/name"] == "kf"


def test_a_mirror_has_the_images_of_that_pod_too() -> None:
    pod = inotify("registry.test/kf").body["spec"]["template"]["spec"]
    images = [one["image"] for one in pod["initContainers"] + pod["containers"]]
    assert images == [
        "registry.test/kf/docker.io/library/busybox:1.37.0",
        "registry.test/kf/registry.k8s.io/pause:3.10",
    ]
    assert pod["imagePullSecrets"] == [{"name": "registry-credentials"}]


RECORD = "digitalocean:index/dnsRecord:DnsRecord"


def test_a_hosted_zone_gets_the_domain_and_all_under_it(deploy: Deploy) -> None:
    made = plan(network={"entry": {"sources": ["203.0.113.0/24"], "hostedZone": "b.test"}})

    def program() -> None:
        handle = build_cluster("cluster", made, None)
        assert handle.lead_to is not None
        handle.lead_to(pulumi.Output.from_input("203.0.113.1"))

    graph = deploy(program, None, answers(made.cluster))
    told = {"domain": "b.test", "type": "A", "value": "203.0.113.1", "ttl": 300}
    assert {name: graph[type_, name] for type_, name in graph.goals if type_ == RECORD} == {
        "ml.b.test": {**told, "name": "ml"},
        "*.ml.b.test": {**told, "name": "*.ml"},
    }


@pytest.mark.parametrize("network", [{}, {"entry": {"sources": ["203.0.113.0/24"]}}])
def test_without_a_zone_nothing_is_recorded(deploy: Deploy, network: dict[str, Any]) -> None:
    found: list[Any] = []
    made = plan(network=network)
    deploy(
        lambda: found.append(build_cluster("cluster", made, None).lead_to),
        None,
        answers(made.cluster),
    )
    assert found == [None]
