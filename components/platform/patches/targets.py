"""What Prometheus reads of the platform, and how it gets there. Pure.

Every row of the table becomes a monitor beside its program, a network policy that lets Prometheus
and nobody else at the port, and what the program needs to answer there.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import yaml

from components.platform.patches.mesh import EXCLUDED
from components.platform.patches.model import (
    Addition,
    Entry,
    Json,
    Patch,
    Selector,
    with_containers,
    with_data,
    with_spec,
)
from plan.monitoring import MonitoringPlan
from upstream.documents import read_yaml

TABLE = Path(__file__).with_suffix(".yaml")
SOURCE = "kubeflow.md, section 3: monitoring; targets.yaml"
API_VERSION = "monitoring.coreos.com/v1"
PROXY_PORT = 15090  # of every gateway and sidecar; it never passes through the sidecar
PROXY_PORT_NAME = "http-envoy-prom"
TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token"
# An object that every stack has once, and the component that it is of.
THE_GATEWAY = Selector(kind="Gateway", namespace="kubeflow", name="kubeflow-gateway")
GATEWAYS_COMPONENT = "istio-resources"
# Whose namespaces have proxies, and policies that let nobody in.
ISOLATED = ("istio", "knative", "namespaces")
TELEMETRY = {"http": "0.0.0.0:5558"}


@dataclass(frozen=True, kw_only=True)
class Target:
    """One row of the table."""

    component: str
    namespace: str
    workload: str
    container: str
    port: int
    kind: str = "Deployment"
    scheme: str = "http"
    argument: str = ""
    declares: bool = False
    passes_sidecar: bool = False
    shows_token: bool = False
    is_open: bool = False

    @property
    def selector(self) -> Selector:
        """Its workloads."""
        return Selector(kind=self.kind, namespace=self.namespace, name=self.workload)


@cache
def targets() -> tuple[Target, ...]:
    """The whole table."""
    return tuple(Target(**row) for row in read_yaml(TABLE.read_text(encoding="utf-8"))["targets"])


def target_patches(plan: MonitoringPlan) -> tuple[Entry, ...]:
    """All that makes the platform readable, by whichever Prometheus."""
    return (
        *(entry for target in targets() for entry in _entries(target, plan)),
        *_proxies(plan),
        Patch(
            name="knative-metrics",
            component="knative",
            selector=Selector(
                kind="ConfigMap", namespace="knative-serving", name="config-observability"
            ),
            why="since 1.19 Knative counts nothing unless it is told for whom",
            source="its own _example: metrics-protocol",
            change=partial(with_data, {"metrics-protocol": "prometheus"}),
        ),
        Patch(
            name="dex-telemetry",
            component="dex",
            selector=Selector(kind="ConfigMap", namespace="auth", name="dex"),
            why="Dex counts nothing unless it is told where to show it",
            source="dexidp.io/docs/configuration: telemetry",
            change=_with_telemetry,
        ),
    )


def proxy_callers(plan: MonitoringPlan) -> Json:
    """A rule of a network policy: Prometheus may ask sidecars for their figures."""
    return _only_at(PROXY_PORT, plan)


def _only_at(port: int, plan: MonitoringPlan) -> Json:
    return {"from": [_prometheus(plan)], "ports": [{"port": port, "protocol": "TCP"}]}


def _prometheus(plan: MonitoringPlan) -> Json:
    """Its pods, as a network policy names them; every operator labels them so."""
    return {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": plan.namespace}},
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": "prometheus"}},
    }


def _entries(target: Target, plan: MonitoringPlan) -> Iterator[Entry]:
    make = _service_monitor if target.shows_token else _pod_monitor
    wanted: list[tuple[str, Callable[[Json], Json]]] = [("monitor", partial(make, target, plan))]
    if target.shows_token:
        wanted.append(("service", partial(_service, target)))
    if not target.is_open:
        wanted.append(("callers", partial(_callers, target, plan)))
    for what, how in wanted:
        yield Addition(
            name=f"{target.workload}-{what}",
            component=target.component,
            selector=target.selector,
            why="nobody would know how it does",
            source=SOURCE,
            make=how,
        )
    if target.declares or target.argument or target.passes_sidecar:
        yield Patch(
            name=f"{target.workload}-metrics-port",
            component=target.component,
            selector=target.selector,
            why="Prometheus, which is not in the mesh, has to get at its figures",
            source=SOURCE,
            change=partial(_readable, target),
        )


def _pod_monitor(target: Target, plan: MonitoringPlan, body: Json) -> Json:
    endpoint: Json = {"portNumber": target.port, "path": "/metrics", "scheme": target.scheme}
    endpoints = [_trusting(target, endpoint)]
    selector = body["spec"]["selector"]
    return _monitor("PodMonitor", body["metadata"], selector, plan, podMetricsEndpoints=endpoints)


def _service_monitor(target: Target, plan: MonitoringPlan, body: Json) -> Json:
    """Of a Service, since only its monitor can show the token of Prometheus itself."""
    endpoint: Json = {"port": "metrics", "path": "/metrics", "scheme": target.scheme}
    endpoint["bearerTokenFile"] = TOKEN
    endpoints = [_trusting(target, endpoint)]
    selector = {"matchLabels": _service_labels(body)}
    return _monitor("ServiceMonitor", body["metadata"], selector, plan, endpoints=endpoints)


def _trusting(target: Target, endpoint: Json) -> Json:
    """Their certificates are signed by nobody; the token goes no farther than the cluster."""
    return (
        {**endpoint, "tlsConfig": {"insecureSkipVerify": True}}
        if target.scheme == "https"
        else endpoint
    )


def _monitor(kind: str, place: Json, selector: Json, plan: MonitoringPlan, **spec: Any) -> Json:
    """Called like what is at `place`, of which only name and namespace are taken."""
    return {
        "apiVersion": API_VERSION,
        "kind": kind,
        "metadata": {
            "name": place["name"],
            "namespace": place["namespace"],
            "labels": dict(plan.labels),
        },
        "spec": {"selector": selector, **spec},
    }


def _service(target: Target, body: Json) -> Json:
    metadata = body["metadata"]
    port = {"name": "metrics", "port": target.port, "targetPort": target.port}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": f"{metadata['name']}-figures",
            "namespace": metadata["namespace"],
            "labels": _service_labels(body),
        },
        "spec": {"selector": body["spec"]["selector"]["matchLabels"], "ports": [port]},
    }


def _service_labels(body: Json) -> dict[str, str]:
    return {"kubeflow-stack/figures-of": body["metadata"]["name"]}


def _callers(target: Target, plan: MonitoringPlan, body: Json) -> Json:
    metadata, pods = body["metadata"], body["spec"]["selector"]
    name = f"prometheus-to-{metadata['name']}"
    return _policy(name, metadata["namespace"], pods, target.port, plan)


def _policy(name: str, namespace: str, pods: Json, port: int, plan: MonitoringPlan) -> Json:
    """A network policy: Prometheus, and nobody else, may connect to these pods at this port."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "podSelector": pods,
            "policyTypes": ["Ingress"],
            "ingress": [_only_at(port, plan)],
        },
    }


def of_the_cluster(place: Json, labels: Json, port: int, plan: MonitoringPlan) -> tuple[Json, Json]:
    """Of a program beside the platform, at a `place` by name and namespace: who reads its figures,
    and that nobody else does."""
    pods = {"matchLabels": labels}
    endpoint = {"portNumber": port, "path": "/metrics", "scheme": "http"}
    return (
        _monitor("PodMonitor", place, pods, plan, podMetricsEndpoints=[endpoint]),
        _policy(f"prometheus-to-{place['name']}", place["namespace"], pods, port, plan),
    )


def beside_the_gateway(name: str, why: str, source: str, body: Json) -> Addition:
    """An object that is made of no other: it comes with one that every stack has once."""
    return Addition(
        name=name,
        component=GATEWAYS_COMPONENT,
        selector=THE_GATEWAY,
        why=why,
        source=source,
        make=lambda _: body,
    )


def _readable(target: Target, body: Json) -> Json:
    def change(container: Json) -> Json:
        if re.fullmatch(target.container, container["name"]) is None:
            return container
        changed, ports = dict(container), container.get("ports") or []
        if target.declares and target.port not in [one["containerPort"] for one in ports]:
            changed["ports"] = [*ports, {"containerPort": target.port, "protocol": "TCP"}]
        if target.argument:
            changed["args"] = [*(container.get("args") or []), target.argument]
        return changed

    changed = with_containers(body, change)
    return _past_the_sidecar(target.port, changed) if target.passes_sidecar else changed


def _past_the_sidecar(port: int, body: Json) -> Json:
    template = body["spec"]["template"]
    metadata = template.get("metadata", {})
    notes = metadata.get("annotations") or {}
    ports = ",".join(filter(None, (notes.get(EXCLUDED, ""), str(port))))
    noted = {**metadata, "annotations": {**notes, EXCLUDED: ports}}
    return with_spec(body, template={**template, "metadata": noted})


def _proxies(plan: MonitoringPlan) -> Iterator[Entry]:
    """Gateways and sidecars, those of models too: who asked what of whom, how long it took."""
    yield beside_the_gateway(
        "proxies-monitor",
        "requests, errors and latency of every model and page are known to Envoy only",
        "istio.io/docs/ops/integrations/prometheus",
        _proxies_monitor(plan),
    )
    for component in ISOLATED:
        yield Addition(
            name=f"{component}-proxies-callers",
            component=component,
            selector=Selector(
                kind="NetworkPolicy", namespace=".*", name="default-allow-same-namespace.*"
            ),
            why="upstream's policies let nobody in from another namespace",
            source=SOURCE,
            make=partial(_proxies_callers, plan),
        )


def _proxies_callers(plan: MonitoringPlan, body: Json) -> Json:
    return _policy("prometheus-to-proxies", body["metadata"]["namespace"], {}, PROXY_PORT, plan)


def _proxies_monitor(plan: MonitoringPlan) -> Json:
    return _monitor(
        "PodMonitor",
        {"name": "istio-proxies", "namespace": "kubeflow"},
        {},
        plan,
        namespaceSelector={"any": True},
        podMetricsEndpoints=[{"port": PROXY_PORT_NAME, "path": "/stats/prometheus"}],
    )


def _with_telemetry(body: Json) -> Json:
    config = yaml.safe_load(body["data"]["config.yaml"])
    text = yaml.safe_dump({**config, "telemetry": TELEMETRY}, sort_keys=False)
    return {**body, "data": {**body["data"], "config.yaml": text}}
