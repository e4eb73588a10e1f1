"""A real cluster: what it proves, and what it survives."""

import json
import os
import signal
from dataclasses import replace
from typing import Any

import pytest

from kube.client import Client
from kube.errors import ApiStatusError
from rehearsal.cluster.cluster import find_cluster, start_cluster, stop_cluster
from rehearsal.cluster.layout import Layout, read_state
from rehearsal.cluster.processes import is_alive
from rehearsal.cluster.waiting import until
from tests.rehearsal.cluster.conftest import GENERAL, PLAN, Live

pytestmark = pytest.mark.rehearsal

Body = dict[str, Any]


def _object(api_version: str, kind: str, name: str, **rest: Any) -> Body:
    metadata: Body = {"name": name}
    if kind not in ("Node", "PersistentVolume", "ValidatingWebhookConfiguration"):
        metadata["namespace"] = "default"
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **rest}


def _pod(name: str, **spec: Any) -> Body:
    container = {"name": "c", "image": "example.com/app:1", **spec.pop("container", {})}
    return _object("v1", "Pod", name, spec={"containers": [container], **spec})


def _is_running(pod: Body) -> bool:
    return bool(pod["status"]["phase"] == "Running" and pod["status"].get("podIP"))


def _audit(live: Live) -> list[Body]:
    return [json.loads(line) for line in live.access.audit_log.read_text().splitlines()]


def test_a_pod_runs_on_a_node_of_the_plan(cluster: Live) -> None:
    init = [{"name": "first", "image": "example.com/first:1"}]
    pod = cluster.wait(cluster.apply(_pod("plain", initContainers=init)), "running", _is_running)

    assert pod["spec"]["nodeName"] in {"general-0", "general-1"}
    assert pod["status"]["initContainerStatuses"][0]["state"]["terminated"]["exitCode"] == 0
    assert pod["status"]["containerStatuses"][0]["ready"] is True


def test_a_job_completes(cluster: Live) -> None:
    container = {"name": "c", "image": "example.com/job:1"}
    template = {"spec": {"restartPolicy": "Never", "containers": [container]}}
    job = cluster.apply(_object("batch/v1", "Job", "once", spec={"template": template}))

    cluster.wait(job, "complete", lambda live: live["status"].get("succeeded") == 1)


def test_a_claim_is_bound_where_its_pod_runs_and_its_volume_goes_with_it(cluster: Live) -> None:
    claim = cluster.apply(
        _object(
            "v1",
            "PersistentVolumeClaim",
            "data",
            spec={
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "5Gi"}},
            },
        )
    )
    assert claim["spec"].get("volumeName") is None
    volumes = [{"name": "d", "persistentVolumeClaim": {"claimName": "data"}}]
    pod = cluster.wait(cluster.apply(_pod("db", volumes=volumes)), "running", _is_running)
    bound = cluster.wait(claim, "bound", lambda live: live["status"]["phase"] == "Bound")
    volume = _object("v1", "PersistentVolume", bound["spec"]["volumeName"])

    assert cluster.client.get(volume) is not None
    cluster.client.delete(pod)
    cluster.client.delete(claim)
    cluster.wait_gone(volume)


def test_a_load_balancer_gets_an_address(cluster: Live) -> None:
    spec = {"type": "LoadBalancer", "selector": {"app": "none"}, "ports": [{"port": 443}]}
    service = cluster.apply(_object("v1", "Service", "entry", spec=spec))
    live = cluster.wait(service, "has an address", lambda s: s["status"]["loadBalancer"])

    assert live["status"]["loadBalancer"]["ingress"][0]["ip"].startswith("203.0.113.")


def test_a_webhook_answers_only_while_something_stands_behind_it(cluster: Live) -> None:
    labels = {"app": "hook"}
    container = {"name": "c", "image": "example.com/hook:1"}
    deployment = _object(
        "apps/v1",
        "Deployment",
        "hook",
        spec={
            "replicas": 0,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    )
    cluster.apply(deployment)
    ports = [{"port": 443, "targetPort": 9443}]
    cluster.apply(_object("v1", "Service", "hook", spec={"selector": labels, "ports": ports}))
    config = cluster.apply(_webhook("hook"))
    guarded = _object("v1", "ConfigMap", "guarded")

    def bundle(live: Body) -> Any:
        return live["webhooks"][0]["clientConfig"].get("caBundle")

    cluster.wait(config, "trusts us", bundle)
    with pytest.raises(ApiStatusError, match="no ready endpoint for service default/hook"):
        cluster.apply(guarded)
    cluster.apply({**deployment, "spec": {**deployment["spec"], "replicas": 1}})
    cluster.wait(deployment, "available", lambda live: live["status"].get("availableReplicas"))
    cluster.apply(guarded)

    assert cluster.client.get(guarded) is not None
    cluster.client.delete(config)
    cluster.wait_gone(config)


def _webhook(service: str) -> Body:
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"]}
    webhook = {
        "name": "guard.example.com",
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "failurePolicy": "Fail",
        "clientConfig": {"service": {"name": service, "namespace": "default", "path": "/v"}},
        "rules": [{**rule, "resources": ["configmaps"]}],
        "objectSelector": {"matchExpressions": []},
    }
    return _object(
        "admissionregistration.k8s.io/v1",
        "ValidatingWebhookConfiguration",
        service,
        webhooks=[webhook],
    )


def test_the_gpu_pool_grows_for_a_pod_that_wants_a_gpu_and_for_no_other(cluster: Live) -> None:
    node = _object("v1", "Node", "gpu-0")
    large = {"container": {"resources": {"requests": {"cpu": "100"}}}}
    greedy = cluster.apply(_pod("greedy", **large))
    cluster.wait(greedy, "is refused", lambda pod: pod["status"].get("conditions"))
    assert cluster.client.get(node) is None

    wish = {"container": {"resources": {"limits": {"nvidia.com/gpu": "1"}}}}
    tolerations = [{"key": "nvidia.com/gpu", "operator": "Exists"}]
    pod = cluster.apply(_pod("train", tolerations=tolerations, **wish))

    assert cluster.wait(pod, "running", _is_running)["spec"]["nodeName"] == "gpu-0"
    cluster.client.delete(greedy)


def test_starting_it_again_changes_nothing(cluster: Live) -> None:
    before = len(_by_us(cluster))
    again = start_cluster(cluster.access.name, PLAN, lambda _: None)

    assert again == cluster.access
    assert find_cluster(cluster.access.name) == cluster.access
    assert len(_by_us(cluster)) == before


def _by_us(live: Live) -> list[Body]:
    return [line for line in _audit(live) if line["user"]["username"] == "rehearsal-engine"]


def test_other_pools_make_other_nodes(cluster: Live) -> None:
    more = replace(PLAN, pools=(replace(GENERAL, nodes=3, max_nodes=3), PLAN.pools[1]))
    third = _object("v1", "Node", "general-2")

    start_cluster(cluster.access.name, more, lambda _: None)
    assert cluster.client.get(third) is not None
    start_cluster(cluster.access.name, PLAN, lambda _: None)
    cluster.wait_gone(third)


def test_a_killed_api_server_is_noticed_and_everything_comes_back(cluster: Live) -> None:
    kept = cluster.apply(_object("v1", "ConfigMap", "kept", data={"a": "b"}))
    state = read_state(Layout(folder=cluster.access.folder))
    assert state is not None
    victim = next(p for p in state.processes if p.name == "kube-apiserver")
    os.kill(victim.pid, signal.SIGKILL)
    until("it is dead", lambda: "alive" if is_alive(victim) else None, 5)

    assert find_cluster(cluster.access.name) is None
    said: list[str] = []
    access = start_cluster(cluster.access.name, PLAN, said.append)

    assert any("kube-apiserver is down; resuming" in line for line in said)
    assert access == cluster.access
    assert Client(access.kubeconfig).get(kept)["data"] == {"a": "b"}  # type: ignore[index]


def test_two_clusters_stand_side_by_side_and_leave_nothing(cluster: Live) -> None:
    name = f"{cluster.access.name}-other"
    access = start_cluster(name, replace(PLAN, pools=(GENERAL,)), lambda _: None)
    try:
        state = read_state(Layout(folder=access.folder))
        assert access.server != cluster.access.server
        assert find_cluster(cluster.access.name) is not None
    finally:
        stop_cluster(name, lambda _: None)

    assert state is not None
    assert not any(map(is_alive, state.processes))
    assert not access.folder.exists()
    assert find_cluster(name) is None
    assert find_cluster(cluster.access.name) is not None
