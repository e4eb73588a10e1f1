"""Prometheus reaches what it reads and nobody else does; Grafana believes the gateway only."""

import configparser
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from components.platform.patches.grafana import ROLE_HEADER
from components.platform.patches.table import platform_objects
from components.platform.patches.targets import PROXY_PORT, targets
from components.teams.network import network
from dashboards.boards import Shown, dashboards
from plan.autoscaler import LABELS as AUTOSCALER
from plan.model import Team
from plan.monitoring import MonitoringPlan, Watched
from records.operators import stateful_set
from tests.components.conftest import ARGS, MONITORING
from tests.ingresses import planned, said, with_secrets
from tests.network_policies import Peer, may_reach
from upstream.inventory import pod_labels, pod_template
from upstream.model import Obj, Release
from upstream.selectors import selects

PROMETHEUS = Peer(namespace="monitoring", labels={"app.kubernetes.io/name": "prometheus"}, ports={})
GATEWAY = Peer(
    namespace="istio-system",
    labels={"app": "istio-ingressgateway", "istio": "ingressgateway"},
    ports={},
)
OUTSIDERS = (
    Peer(namespace="vision", labels={"app.kubernetes.io/name": "prometheus"}, ports={}),
    Peer(namespace="monitoring", labels={"app.kubernetes.io/name": "grafana"}, ports={}),
    Peer(namespace="default", labels={}, ports={}),
)
MONITORS = ("PodMonitor", "ServiceMonitor")
CLUSTERS_OWN = MonitoringPlan(
    mode="existing",
    retention_days=15,
    storage_gib=20,
    namespace="observability",
    labels={"release": "prom"},
)
TEAM = Team(
    name="vision",
    owner="ada@lovelace.test",
    members=(),
    quota=None,
    labels={},
    public_models=(),
)
SHOWN = Shown(components=ARGS.components, has_gpus=False, watched=Watched())
# The port is open to the callers that a program is there for, beside Prometheus.
SHARED = {("kubeflow", "ml-pipeline", 8888)}


def named(objs: tuple[Obj, ...]) -> dict[str, Obj]:
    return {f"{o.kind} {o.namespace}/{o.name}": o for o in objs}


def containers(workload: Obj) -> list[dict[str, Any]]:
    template = pod_template(workload)
    return list(template["spec"]["containers"]) if template else []


def ports(workload: Obj) -> dict[str, int]:
    found = (port for one in containers(workload) for port in one.get("ports") or ())
    return {
        port.get("name", f"unnamed-{number}"): port["containerPort"]
        for number, port in enumerate(found)
    }


def pod(workload: Obj) -> Peer:
    labels = pod_labels(workload)
    return Peer(namespace=workload.namespace, labels=labels, ports=ports(workload))


def read(objs: tuple[Obj, ...]) -> Iterator[tuple[Obj, Obj, int]]:
    """Every monitor of ours with each workload that it selects, and the port that it asks."""
    for target in targets():
        for workload in filter(target.selector.matches, objs):
            kind = "ServiceMonitor" if target.shows_token else "PodMonitor"
            (monitor,) = (
                obj
                for obj in objs
                if (obj.kind, obj.namespace, obj.name) == (kind, workload.namespace, workload.name)
            )
            yield monitor, workload, target.port


def selected(objs: tuple[Obj, ...], monitor: Obj) -> tuple[list[Obj], int]:
    """The workloads behind a monitor and the port it asks there, through a Service if need be."""
    spec = monitor.body["spec"]
    selector = spec["selector"]
    if monitor.kind == "ServiceMonitor":
        (service,) = (
            obj
            for obj in objs
            if obj.kind == "Service"
            and obj.namespace == monitor.namespace
            and selects(selector, obj.body["metadata"].get("labels") or {})
        )
        (endpoint,) = spec["endpoints"]
        (port,) = (p for p in service.body["spec"]["ports"] if p["name"] == endpoint["port"])
        selector, number = {"matchLabels": service.body["spec"]["selector"]}, port["targetPort"]
    else:
        (endpoint,) = spec["podMetricsEndpoints"]
        number = endpoint["portNumber"]
    found = [
        obj
        for obj in objs
        if obj.namespace == monitor.namespace
        and pod_template(obj)
        and obj.kind != "Job"
        and selects(selector, pod_labels(obj))
    ]
    return found, number


def test_every_row_of_the_table_is_about_something_in_each_release(
    patched: tuple[Obj, ...],
) -> None:
    for target in targets():
        assert any(map(target.selector.matches, patched)), target


def test_every_monitor_selects_its_program_at_a_port_that_it_has(
    patched: tuple[Obj, ...],
) -> None:
    for monitor, workload, port in read(patched):
        found, asked = selected(patched, monitor)
        assert found == [workload], monitor.key
        assert asked == port
        assert port in ports(workload).values(), f"{workload.key} has no port {port}"


def test_prometheus_reaches_every_port_it_reads_and_an_outsider_none(
    patched: tuple[Obj, ...],
) -> None:
    for _, workload, port in read(patched):
        place = (workload.namespace, workload.name, port)
        assert may_reach(patched, PROMETHEUS, pod(workload), port), place
        if workload.namespace == "kube-system" or place in SHARED:
            continue
        for outsider in OUTSIDERS:
            assert not may_reach(patched, outsider, pod(workload), port), (place, outsider)


def test_the_autoscaler_is_read_where_there_is_one(release: Release) -> None:
    args = replace(ARGS, watched=Watched(has_autoscaler=True))
    objs = platform_objects(release.objects, args)
    autoscaler = Peer(namespace="kube-system", labels=AUTOSCALER, ports={})
    assert may_reach(objs, PROMETHEUS, autoscaler, 8085)
    assert [one for one in OUTSIDERS if may_reach(objs, one, autoscaler, 8085)] == []
    spec = named(objs)["PodMonitor kube-system/cluster-autoscaler"].body["spec"]
    assert spec["selector"] == {"matchLabels": AUTOSCALER}
    assert [one["portNumber"] for one in spec["podMetricsEndpoints"]] == [8085]


def test_knative_tells_its_figures_which_upstream_leaves_off(patched: tuple[Obj, ...]) -> None:
    config = named(patched)["ConfigMap knative-serving/config-observability"].body
    assert config["data"]["metrics-protocol"] == "prometheus"


def test_without_our_policies_prometheus_would_reach_nothing(patched: tuple[Obj, ...]) -> None:
    """The evaluator is worth something: upstream's policies are what ours are for."""
    without = tuple(obj for obj in patched if not obj.name.startswith("prometheus-to-"))
    for _, workload, port in read(patched):
        reaches = may_reach(without, PROMETHEUS, pod(workload), port)
        assert reaches is (workload.namespace == "kube-system"), workload.key


def test_in_the_mesh_only_the_metrics_port_passes_the_sidecar_by(
    patched: tuple[Obj, ...],
) -> None:
    meshed = {
        obj.name
        for obj in patched
        if obj.kind == "Namespace"
        and obj.body["metadata"].get("labels", {}).get("istio-injection") == "enabled"
    }
    for target in targets():
        for workload in filter(target.selector.matches, patched):
            template = pod_template(workload)
            assert template is not None
            metadata = template["metadata"]
            said = {**(metadata.get("annotations") or {}), **(metadata.get("labels") or {})}
            has_sidecar = (
                workload.namespace in meshed and said.get("sidecar.istio.io/inject") != "false"
            )
            excluded = said.get("traffic.sidecar.istio.io/excludeInboundPorts", "").split(",")
            is_shared = (workload.namespace, workload.name, target.port) in SHARED
            assert target.passes_sidecar is (has_sidecar and not is_shared), workload.key
            assert (str(target.port) in excluded) is target.passes_sidecar, workload.key


def test_sidecars_show_their_figures_to_prometheus_in_teams_too(patched: tuple[Obj, ...]) -> None:
    model = Peer(namespace="vision", labels={"serving.knative.dev/service": "iris"}, ports={})
    policies = (*patched, network(TEAM, MONITORING))
    assert may_reach(policies, PROMETHEUS, model, PROXY_PORT)
    assert not may_reach(policies, PROMETHEUS, model, 8080)
    assert not may_reach((network(TEAM, None),), PROMETHEUS, model, PROXY_PORT)
    assert not may_reach(policies, OUTSIDERS[2], model, PROXY_PORT)
    monitor = named(patched)["PodMonitor kubeflow/istio-proxies"].body["spec"]
    assert monitor["namespaceSelector"] == {"any": True}
    for namespace in ("kubeflow", "kubeflow-system", "knative-serving", "istio-system"):
        anyone = Peer(namespace=namespace, labels={}, ports={})
        assert may_reach(patched, PROMETHEUS, anyone, PROXY_PORT), namespace


def test_prometheus_may_look_for_targets_everywhere_and_change_nothing(
    patched: tuple[Obj, ...],
) -> None:
    rules = named(patched)["ClusterRole /prometheus-k8s"].body["rules"]
    assert {verb for rule in rules for verb in rule["verbs"]} == {"get", "list", "watch"}
    found = {resource for rule in rules for resource in rule.get("resources", ())}
    assert found == {"nodes/metrics", "pods", "services", "endpointslices"}


def test_prometheus_keeps_what_the_settings_say(release: Release) -> None:
    wanted = replace(MONITORING, retention_days=30, storage_gib=100)
    for is_highly_available, replicas in ((False, 1), (True, 2)):
        args = replace(ARGS, monitoring=wanted, is_highly_available=is_highly_available)
        spec = named(platform_objects(release.objects, args))["Prometheus monitoring/k8s"].body[
            "spec"
        ]
        assert (spec["retention"], spec["retentionSize"]) == ("30d", "87040MiB")
        claim = spec["storage"]["volumeClaimTemplate"]["spec"]
        assert claim["resources"]["requests"]["storage"] == "100Gi"
        assert claim["storageClassName"] == ARGS.storage_class
        assert spec["replicas"] == replicas


def test_the_operators_pods_are_foreseen_with_their_volume(patched: tuple[Obj, ...]) -> None:
    made = stateful_set(named(patched)["Prometheus monitoring/k8s"].body)
    assert made["metadata"] == {"name": "prometheus-k8s", "namespace": "monitoring"}
    (claim,) = made["spec"]["volumeClaimTemplates"]
    assert claim["metadata"]["name"] == "prometheus-k8s-db"
    alertmanager = stateful_set(named(patched)["Alertmanager monitoring/main"].body)
    assert alertmanager["spec"]["volumeClaimTemplates"] == []


def test_only_the_gateway_and_prometheus_reach_grafana(patched: tuple[Obj, ...]) -> None:
    grafana = pod(named(patched)["Deployment monitoring/grafana"])
    assert may_reach(patched, GATEWAY, grafana, 3000)
    assert may_reach(patched, PROMETHEUS, grafana, 3000)
    others = (*OUTSIDERS, replace(GATEWAY, namespace="vision"), replace(GATEWAY, labels={}))
    assert [one for one in others if may_reach(patched, one, grafana, 3000)] == []


def config_of(objs: tuple[Obj, ...]) -> configparser.ConfigParser:
    config = configparser.ConfigParser(interpolation=None)
    secret = named(objs)["Secret monitoring/grafana-config"].body
    config.read_string(secret["stringData"]["grafana.ini"])
    return config


def test_grafana_asks_for_no_password_and_has_none_that_is_known(patched: tuple[Obj, ...]) -> None:
    config = config_of(patched)
    assert config["auth.proxy"]["enabled"] == "true"
    assert config["auth.proxy"]["header_name"] == "kubeflow-userid"
    assert config["auth.basic"]["enabled"] == "false"
    assert config["auth"]["disable_login_form"] == "true"
    secret = named(patched)["Secret monitoring/grafana-admin"].body
    assert secret["stringData"] == {"password": "grafana-password-of-this-stack"}
    (container,) = containers(named(patched)["Deployment monitoring/grafana"])
    assert container["env"] == [
        {
            "name": "GF_SECURITY_ADMIN_PASSWORD",
            "valueFrom": {"secretKeyRef": {"name": "grafana-admin", "key": "password"}},
        }
    ]


def test_the_admin_of_the_platform_is_grafanas_and_nobody_says_so_himself(
    patched: tuple[Obj, ...],
) -> None:
    routes = named(patched)["VirtualService monitoring/grafana"].body["spec"]["http"]
    roles = [route["headers"]["request"]["set"] for route in routes]
    assert roles == [{ROLE_HEADER: "Admin"}, {ROLE_HEADER: "Viewer"}]
    (first,) = routes[0]["match"]
    assert first["headers"] == {"@request.auth.claims.email": {"exact": ARGS.admin_email}}
    assert all(m["uri"] == {"prefix": "/grafana/"} for route in routes for m in route["match"])


def test_grafanas_address_follows_from_the_domain(release: Release) -> None:
    args = replace(ARGS, ingress=with_secrets(planned(said())))
    objs = platform_objects(release.objects, args)
    assert args.ingress is not None
    config = config_of(objs)["server"]
    assert config["root_url"] == args.ingress.plan.grafana_url
    assert config["serve_from_sub_path"] == "true"
    route = named(objs)["VirtualService monitoring/grafana"].body["spec"]
    assert route["hosts"] == [args.ingress.plan.domain]


def test_every_dashboard_is_mounted_where_grafana_looks(patched: tuple[Obj, ...]) -> None:
    grafana = named(patched)["Deployment monitoring/grafana"]
    volumes = grafana.body["spec"]["template"]["spec"]["volumes"]
    mapped = {one["configMap"]["name"] for one in volumes if "configMap" in one}
    (container,) = containers(grafana)
    assert {one["name"] for one in container["volumeMounts"]} == {one["name"] for one in volumes}
    there = {obj.name for obj in patched if obj.name.startswith("grafana-dashboard")}
    assert there == mapped
    assert {f"grafana-dashboard-{name}" for name in dashboards(SHOWN)} <= there


def test_what_the_dashboards_tell_teams_notebooks_and_pools_by_is_shown(
    patched: tuple[Obj, ...],
) -> None:
    metrics, *_ = containers(named(patched)["Deployment monitoring/kube-state-metrics"])
    assert metrics["args"][-1] == (
        "--metric-labels-allowlist=namespaces=[app.kubernetes.io/part-of],"
        "nodes=[kubeflow-stack/pool],pods=[notebook-name]"
    )


def test_nothing_watches_what_the_cloud_hides_and_nothing_serves_metrics_twice(
    patched: tuple[Obj, ...],
) -> None:
    assert [o.name for o in patched if o.kind == "APIService"] == []
    rules = [o for o in patched if o.kind == "PrometheusRule"]
    groups = {group["name"] for one in rules for group in one.body["spec"]["groups"]}
    assert "kubernetes-system-kubelet" in groups
    assert not {one for one in groups if "scheduler" in one or "controller-manager" in one}


def test_of_the_clusters_own_prometheus_only_the_monitors_are_ours(release: Release) -> None:
    components = [name for name in release.components if name != "monitoring"]
    rendered = [obj for obj in release.objects if obj.component != "monitoring"]
    args = replace(ARGS, components=components, monitoring=CLUSTERS_OWN)
    objs = platform_objects(rendered, args)
    placed = {obj.name for obj in objs if obj.namespace == "observability"}
    assert placed == {f"grafana-dashboard-{name}" for name in dashboards(SHOWN)}
    monitors = [obj for obj in objs if obj.kind in MONITORS]
    assert len(monitors) > len(targets())
    assert all(one.body["metadata"]["labels"] == {"release": "prom"} for one in monitors)
    theirs = replace(PROMETHEUS, namespace="observability")
    for _, workload, port in read(objs):
        assert may_reach(objs, theirs, pod(workload), port), workload.key


def test_without_monitoring_nothing_of_it_is_there(release: Release) -> None:
    components = [name for name in release.components if name != "monitoring"]
    rendered = [obj for obj in release.objects if obj.component != "monitoring"]
    objs = platform_objects(rendered, replace(ARGS, components=components, monitoring=None))
    assert [obj.key for obj in objs if obj.kind in MONITORS or obj.namespace == "monitoring"] == []
    assert [obj.key for obj in objs if obj.name.startswith("prometheus-to-")] == []


@pytest.mark.parametrize(
    ("caller", "port", "reached"),
    [
        (PROMETHEUS, 8080, True),
        (PROMETHEUS, 8081, False),
        (replace(PROMETHEUS, namespace="vision"), 8080, False),
    ],
)
def test_the_evaluator_reads_ports_namespaces_and_pods(
    caller: Peer, port: int, reached: bool
) -> None:
    spec = {
        "podSelector": {},
        "ingress": [
            {
                "from": [
                    {
                        "namespaceSelector": {
                            "matchLabels": {"kubernetes.io/metadata.name": "monitoring"}
                        },
                        "podSelector": {"matchLabels": {"app.kubernetes.io/name": "prometheus"}},
                    }
                ],
                "ports": [{"port": "metrics"}],
            }
        ],
    }
    policy = Obj(
        api_version="networking.k8s.io/v1",
        kind="NetworkPolicy",
        namespace="a",
        name="one",
        component="a",
        body={"metadata": {"name": "one"}, "spec": spec},
    )
    called = Peer(namespace="a", labels={}, ports={"metrics": 8080})
    assert may_reach([policy], caller, called, port) is reached
