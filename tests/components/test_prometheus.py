"""A real Prometheus, by the configuration that the real operator makes of the platform's monitors,
reads what programs tell on loopback, and every panel of every dashboard has something to show.

Only the way there is another: targets are known without the API server, plain HTTP takes the place
of TLS, and each reading comes at once.
"""

import json
import math
import re
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import yaml

from components.platform.money import money_rules
from components.platform.patches.table import platform_objects
from dashboards.boards import Shown, dashboards
from plan.monitoring import Watched
from rehearsal.cluster.waiting import until
from tests.components.conftest import ARGS, MONITORING
from tests.components.test_money import PRICES
from tests.components.test_teams import POOL as GPU_POOL
from tests.go_programs import go_program
from tests.request_path.gateway import Answer, Asked
from tests.request_path.servers import free_port, serving
from upstream.inventory import pod_labels, pod_template
from upstream.model import Obj, Release
from upstream.selectors import selects

TOLD = Path(__file__).with_name("told.yaml")
WATCHED = Watched(has_autoscaler=True, is_priced=True, has_budget=True)
MONITORS = {"ServiceMonitor": "serviceMonitors", "PodMonitor": "podMonitors"}
# What the reloader beside Prometheus fills in, by the environment of its pod.
OF_THE_POD = {"SHARD": "0", "POD_NAME": "prometheus-k8s-0"}
OF_THE_CLUSTER = ("kubernetes_sd_configs", "scheme", "tls_config", "bearer_token_file")
SECONDS_TO_START, SECONDS_TO_READ = 60, 120
AT_ONCE = "1s"
ELSE_NOUGHT = " or vector(0)"
Json = dict[str, Any]


def objects(release: Release) -> tuple[Obj, ...]:
    args = replace(ARGS, pools=(GPU_POOL,), watched=WATCHED)
    return (*platform_objects(release.objects, args), money_rules(PRICES, MONITORING))


def by_the_operator(objs: tuple[Obj, ...]) -> Json:
    """The configuration of Prometheus, as prometheus-operator's own code makes it."""
    (prometheus,) = [dict(obj.body) for obj in objs if obj.kind == "Prometheus"]
    asked = {"prometheus": prometheus} | {
        field: [dict(obj.body) for obj in objs if obj.kind == kind]
        for kind, field in MONITORS.items()
    }
    done = subprocess.run(
        [go_program("scrapeconfig", ".")],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS_TO_START,
    )
    assert done.returncode == 0, done.stderr
    text = done.stdout
    for name, value in OF_THE_POD.items():
        text = text.replace(f"$({name})", value)
    return dict(yaml.safe_load(text))


def discovered(job: str, objs: tuple[Obj, ...]) -> Json:
    """What service discovery would say of the one target of a job."""
    kind, namespace, name, number = job.split("/")
    (monitor,) = [
        obj
        for obj in objs
        if (obj.kind.lower(), obj.namespace, obj.name) == (kind.lower(), namespace, name)
    ]
    spec = monitor.body["spec"]
    place = spec.get("namespaceSelector", {}).get("matchNames", [namespace])[0]
    selector, meta = spec["selector"], {"__meta_kubernetes_namespace": place}
    if kind == "serviceMonitor":
        labels = selector["matchLabels"]
        port = spec["endpoints"][int(number)]["port"]
        meta |= labelled("service", labels)
        meta["__meta_kubernetes_service_name"] = name
        meta["__meta_kubernetes_endpointslice_port_name"] = port
        meta["__meta_kubernetes_endpointslice_address_target_kind"] = "Pod"
        meta["__meta_kubernetes_endpointslice_address_target_name"] = f"{name}-0"
    else:
        labels = next(
            (
                pod_labels(obj)
                for obj in objs
                if obj.namespace == place
                and pod_template(obj)
                and obj.kind != "Job"
                and selects(selector, pod_labels(obj))
            ),
            selector.get("matchLabels", {}),  # of what is not of the platform's making
        )
        meta |= labelled("pod", labels)
        endpoint = spec["podMetricsEndpoints"][int(number)]
        meta["__meta_kubernetes_pod_container_port_name"] = endpoint.get("port", "")
        meta["__meta_kubernetes_pod_container_port_number"] = str(endpoint.get("portNumber", ""))
    meta["__meta_kubernetes_pod_name"] = f"{name}-0"
    meta["__meta_kubernetes_pod_container_name"] = "main"
    meta["__meta_kubernetes_pod_phase"] = "Running"
    return meta


def labelled(what: str, labels: Mapping[str, str]) -> Json:
    found = {}
    for key, value in labels.items():
        plain = re.sub(r"\W", "_", key)
        found[f"__meta_kubernetes_{what}_label_{plain}"] = value
        found[f"__meta_kubernetes_{what}_labelpresent_{plain}"] = "true"
    return found


def on_loopback(config: Json, objs: tuple[Obj, ...], exporter: int, rules: Path) -> Json:
    """The same configuration, its targets at one place, each asked for by the name of its job."""
    jobs = []
    for job in config["scrape_configs"]:
        kept = {key: value for key, value in job.items() if key not in OF_THE_CLUSTER}
        target = {**discovered(job["job_name"], objs), "__param_job": job["job_name"]}
        static = {"targets": [f"127.0.0.1:{exporter}"], "labels": target}
        paces = {"scrape_interval": AT_ONCE, "scrape_timeout": AT_ONCE}
        jobs.append({**kept, **paces, "static_configs": [static]})
    pace = {**config["global"], "scrape_interval": AT_ONCE, "evaluation_interval": AT_ONCE}
    return {"global": pace, "rule_files": [str(rules)], "scrape_configs": jobs}


class Programs:
    """Every program of the platform: tells what it counts, more at each reading."""

    def __init__(self) -> None:
        self._told: Mapping[str, list[str]] = yaml.safe_load(TOLD.read_text())
        self.readings: Counter[str] = Counter()

    @property
    def jobs(self) -> set[str]:
        return set(self._told)

    def tell(self, asked: Asked) -> Answer:
        (job,) = parse_qs(asked.query.removeprefix("?"))["job"]
        self.readings[job] += 1
        lines = [_told(line, self.readings[job]) for line in self._told.get(job, ())]
        kind = ("content-type", "text/plain; version=0.0.4; charset=utf-8")
        return Answer(status=200, headers=(kind,), body="".join(lines).encode())


def _told(line: str, readings: int) -> str:
    series, value, *step = re.fullmatch(r"(\S.*?) (\S+?)(?: \+(\S+))?", line).groups()  # type: ignore[union-attr]
    more = float(step[0]) if step[0] else 0
    return f"{series} {float(value) + more * readings}\n"


@dataclass(frozen=True)
class Prometheus:
    """The real one, and what it says."""

    port: int
    programs: Programs

    def answer(self, expr: str) -> list[Json]:
        """The series of a query, now."""
        said = httpx.get(
            f"http://127.0.0.1:{self.port}/api/v1/query", params={"query": expr}
        ).json()
        assert said["status"] == "success", said
        return list(said["data"]["result"])


@contextmanager
def running(config: Json, folder: Path, programs: Programs) -> Iterator[Prometheus]:
    port = free_port()
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(config))
    program = go_program("prometheus", "github.com/prometheus/prometheus/cmd/prometheus")
    command = (
        str(program),
        f"--config.file={folder / 'prometheus.yaml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    )
    log = folder / "prometheus.log"
    with log.open("w") as said:
        process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said)
        try:
            until("Prometheus is ready", lambda: _lacks(port, process, log), SECONDS_TO_START)
            yield Prometheus(port, programs)
        finally:
            process.terminate()
            process.wait()


def _lacks(port: int, process: "subprocess.Popen[bytes]", log: Path) -> str | None:
    assert process.poll() is None, log.read_text()
    try:
        return None if httpx.get(f"http://127.0.0.1:{port}/-/ready").is_success else "not ready"
    except httpx.TransportError as error:
        return str(error)


@pytest.fixture(scope="module")
def prometheus(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    objs = objects(release)
    folder = tmp_path_factory.mktemp("prometheus")
    rules = folder / "rules.yaml"
    groups = [
        {**group, "name": f"{obj.name}-{group['name']}"}
        for obj in objs
        if obj.kind == "PrometheusRule" and obj.namespace == "kubeflow"
        for group in obj.body["spec"]["groups"]
    ]
    rules.write_text(yaml.safe_dump({"groups": groups}))
    programs = Programs()
    with serving(programs.tell, 80) as exporter:
        config = on_loopback(by_the_operator(objs), objs, exporter, rules)
        with running(config, folder, programs) as started:
            yield started


def panels(release: Release) -> Iterator[tuple[str, Json]]:
    shown = Shown(components=tuple(release.components), has_gpus=True, watched=WATCHED)
    for name, text in dashboards(shown).items():
        for panel in json.loads(text)["panels"]:
            yield f"{name}: {panel['title']}", panel


def test_prometheus_reads_every_program_that_a_monitor_is_for(prometheus: Prometheus) -> None:
    def unread() -> str | None:
        # One that was slow to answer once is read again, a second later.
        down = {one["metric"]["job"] for one in prometheus.answer("up == 0")}
        lacking = prometheus.programs.jobs - set(prometheus.programs.readings)
        return ", ".join(sorted(down | lacking)) or None

    until("every program is read", unread, SECONDS_TO_READ)


def test_every_panel_has_something_to_show(prometheus: Prometheus, release: Release) -> None:
    """And not only the nought that stands in for nothing."""
    asked = [
        (f"{title}, {target['refId']}", target["expr"].replace(ELSE_NOUGHT, ""))
        for title, panel in panels(release)
        for target in panel["targets"]
        if title != "overview: Programs that nobody reads"
    ]

    def empty() -> str | None:
        return ", ".join(where for where, expr in asked if not prometheus.answer(expr)) or None

    until("every panel has data", empty, SECONDS_TO_READ)
    for where, expr in asked:
        values = [float(one["value"][1]) for one in prometheus.answer(expr)]
        assert all(map(math.isfinite, values)), (where, values)


def test_a_label_that_a_program_and_its_target_both_have_is_the_targets(
    prometheus: Prometheus,
) -> None:
    """What the queries go by; and a query that is wrong about it gets nothing."""
    (found,) = prometheus.answer('argo_workflows_total_count{phase="Failed"}')
    metric = found["metric"]
    assert (metric["namespace"], metric["exported_namespace"]) == ("kubeflow", "vision")
    assert prometheus.answer('argo_workflows_total_count{namespace="vision"}') == []


def test_a_figure_is_one_number(prometheus: Prometheus, release: Release) -> None:
    for title, panel in panels(release):
        if panel["type"] == "stat":
            (target,) = panel["targets"]
            assert len(prometheus.answer(target["expr"])) <= 1, title
