"""What the cluster costs just now: the real Prometheus language, on nodes and pods made up."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from components.platform.money import BUDGET_PACE, Prices, money_rules
from plan.monitoring import MonitoringPlan
from tests.components.conftest import MONITORING
from tests.promtool import ask

PRICES = Prices(
    nodes={"general": Decimal("0.5"), "gpu": Decimal(2)},
    rest=Decimal("0.1"),
    whole=Decimal("1.6"),
    teams={"vision": Decimal("0.25")},
    budget=Decimal(1000),
    core=Decimal("0.03"),
    gib=Decimal("0.005"),
)
GIB = 2**30
NODES = {"a": "general", "b": "general", "g": "gpu"}
PODS = (  # namespace, name, node, phase, what it asks for
    ("vision", "notebook-0", "a", "Running", {"cpu": 2, "memory": 4 * GIB}),
    ("vision", "done", "a", "Succeeded", {"cpu": 4, "memory": 16 * GIB}),
    ("speech", "train-0", "g", "Running", {"cpu": 1, "memory": GIB, "nvidia_com_gpu": 1}),
    ("kubeflow", "quiet", "b", "Running", {"cpu": 1}),
)
ROOM = {
    "a": {"cpu": 4, "memory": 16 * GIB},
    "b": {"cpu": 4, "memory": 16 * GIB},
    "g": {"cpu": 8, "memory": 32 * GIB, "nvidia_com_gpu": 4},
}


def groups(prices: Prices = PRICES) -> list[dict[str, Any]]:
    return list(money_rules(prices, MONITORING).body["spec"]["groups"])


def series() -> list[dict[str, str]]:
    found = {
        f'kube_node_labels{{node="{node}", label_kubeflow_stack_pool="{pool}"}}': 1
        for node, pool in NODES.items()
    }
    found['kube_node_labels{node="foreign"}'] = 1
    for node, room in ROOM.items():
        for what, number in room.items():
            found[f'kube_node_status_allocatable{{node="{node}", resource="{what}"}}'] = number
    for namespace, pod, node, phase, asked in PODS:
        whose = f'namespace="{namespace}", pod="{pod}"'
        found[f'kube_pod_status_phase{{{whose}, phase="{phase}"}}'] = 1
        for what, number in asked.items():
            labels = f'{whose}, container="main", node="{node}", resource="{what}"'
            found[f"kube_pod_container_resource_requests{{{labels}}}"] = number
    return [{"series": one, "values": f"{number}x10"} for one, number in found.items()]


def expected(metric: str, label: str, values: dict[str, float]) -> dict[str, Any]:
    samples = [
        {"labels": f'{metric}{{{label}="{name}"}}' if label else metric, "value": value}
        for name, value in values.items()
    ]
    return {"expr": metric, "eval_time": "10m", "exp_samples": samples}


def test_nodes_that_are_there_cost_what_the_bill_says_and_teams_their_part_of_them(
    tmp_path: Path,
) -> None:
    node = 4 * 0.03 + 16 * 0.005  # what `a` and `b` offer, weighed
    cases = [
        expected("pool:now:usd_per_hour", "pool", {"general": 1, "gpu": 2}),
        expected("stack:now:usd_per_hour", "", {"": 3.1}),
        expected("stack:rest:usd_per_hour", "", {"": 0.1}),
        expected("stack:budget:usd_per_month", "", {"": 1000}),
        expected("team:estimate:usd_per_hour", "namespace", {"vision": 0.25}),
        expected(
            "team:now:usd_per_hour",
            "namespace",
            {
                "vision": (2 * 0.03 + 4 * 0.005) / node * 0.5,
                "speech": 1 / 4 * 2,
                "kubeflow": 1 * 0.03 / node * 0.5,
            },
        ),
    ]
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": groups()}))
    test = {"interval": "1m", "input_series": series(), "promql_expr_test": cases}
    whole = {
        "rule_files": ["rules.yaml"],
        "evaluation_interval": "1m",
        "fuzzy_compare": True,
        "tests": [test],
    }
    (tmp_path / "cases.yaml").write_text(yaml.safe_dump(whole))
    assert "SUCCESS" in ask("test", "rules", "cases.yaml", at=tmp_path)


def test_without_a_budget_nothing_calls() -> None:
    (group,) = groups(replace(PRICES, budget=None))
    assert [rule for rule in group["rules"] if "alert" in rule] == []
    assert "stack:budget:usd_per_month" not in [rule.get("record") for rule in group["rules"]]
    (with_budget,) = groups()
    assert with_budget["rules"][-1] == BUDGET_PACE.rule()


def test_the_clusters_own_prometheus_reads_them_by_its_labels() -> None:
    theirs = MonitoringPlan(
        mode="existing",
        retention_days=15,
        storage_gib=20,
        namespace="observability",
        labels={"release": "kps"},
    )
    made = money_rules(PRICES, theirs)
    assert (made.namespace, made.body["metadata"]["labels"]) == ("kubeflow", {"release": "kps"})
