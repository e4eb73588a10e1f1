"""NVIDIA's exporter stands where GPUs are, tells what the dashboards ask, and tells nobody else."""

import re
from dataclasses import replace

from components.platform.patches.alerts import alert_groups
from components.platform.patches.gpus import COUNTERS, COUNTERS_FILE, LABELS, PORT
from components.platform.patches.table import platform_objects
from dashboards.boards import Shown, dashboards
from plan.model import Pool, Taint
from plan.monitoring import MonitoringPlan, Watched
from tests.components.conftest import ARGS
from tests.components.test_monitoring import OUTSIDERS, PROMETHEUS, named
from tests.components.test_teams import POOL as GPU_POOL
from tests.network_policies import Peer, may_reach
from upstream.inventory import pod_labels
from upstream.model import Obj, Release

PLAIN = replace(
    GPU_POOL, name="plain", taints=(), allocatable=replace(GPU_POOL.allocatable, gpus=0)
)
ODD = replace(GPU_POOL, name="odd", taints=(Taint(key="team", value="vision", effect="NoExecute"),))
FIELD = re.compile(r"DCGM_FI_\w+")


def made(release: Release, *pools: Pool, plan: MonitoringPlan | None = None) -> tuple[Obj, ...]:
    args = replace(ARGS, pools=pools, monitoring=plan or ARGS.monitoring)
    return platform_objects(release.objects, args)


def exporters(objs: tuple[Obj, ...]) -> dict[str, Obj]:
    return {
        obj.name: obj
        for obj in objs
        if obj.kind == "DaemonSet" and obj.name.startswith("dcgm-exporter")
    }


def test_each_pool_with_gpus_has_one_that_its_taints_let_in(release: Release) -> None:
    found = exporters(made(release, PLAIN, GPU_POOL, ODD))
    assert set(found) == {f"dcgm-exporter-{GPU_POOL.name}", "dcgm-exporter-odd"}
    pod = found["dcgm-exporter-odd"].body["spec"]["template"]["spec"]
    assert pod["nodeSelector"] == {"kubeflow-stack/pool": "odd"}
    assert pod["tolerations"] == [{"key": "team", "operator": "Exists", "effect": "NoExecute"}]
    (container,) = pod["containers"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert {one["name"] for one in container["volumeMounts"]} == {
        one["name"] for one in pod["volumes"]
    }


def test_without_gpus_there_is_nothing_of_it(release: Release) -> None:
    assert [obj.key for obj in made(release, PLAIN) if "dcgm" in obj.name] == []


def test_only_prometheus_reads_it(release: Release) -> None:
    objs = made(release, GPU_POOL)
    (exporter,) = exporters(objs).values()
    pod = Peer(namespace="kube-system", labels=pod_labels(exporter), ports={"metrics": PORT})
    assert may_reach(objs, PROMETHEUS, pod, PORT)
    assert [one for one in OUTSIDERS if may_reach(objs, one, pod, PORT)] == []
    monitor = named(objs)["PodMonitor kube-system/dcgm-exporter"].body["spec"]
    assert monitor["selector"] == {"matchLabels": LABELS}
    assert LABELS.items() <= pod.labels.items()
    (endpoint,) = monitor["podMetricsEndpoints"]
    assert endpoint["portNumber"] == PORT


def asked() -> set[str]:
    there = Shown(components=[], has_gpus=True, watched=Watched(is_priced=True))
    shown = dashboards(there).values()
    rules = [alert.expr for group in alert_groups() for alert in group.alerts]
    return {field for text in (*shown, *rules) for field in FIELD.findall(text)}


def test_it_counts_what_is_asked_and_nothing_else(release: Release) -> None:
    assert asked() == {field for field, _, _ in COUNTERS}
    text = named(made(release, GPU_POOL))["ConfigMap kube-system/dcgm-exporter"].body["data"]
    rows = [line.split(", ", 2) for line in text[COUNTERS_FILE].splitlines()]
    assert [tuple(row) for row in rows] == list(COUNTERS)
