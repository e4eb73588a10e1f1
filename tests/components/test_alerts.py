"""Alerts that the real promtool takes, each firing when it should and silent when it should."""

from pathlib import Path
from typing import Any

import yaml

from components.platform.money import BUDGET_PACE, money_rules
from components.platform.patches.alerts import RUNBOOKS, alert_additions, alert_groups
from components.platform.patches.model import apply_patches
from plan.monitoring import MonitoringPlan
from tests.components.conftest import MONITORING
from tests.components.test_money import PRICES
from tests.promtool import ask
from upstream.model import Obj, Release

ROOT = Path(__file__).parents[2]
CASES = Path(__file__).with_name("alerts_test.yaml")
ALERTS = [*(alert for group in alert_groups() for alert in group.alerts), BUDGET_PACE]
KIND = "PrometheusRule"


def test_promtool_takes_every_rule_of_ours_and_of_upstreams(
    patched: tuple[Obj, ...], tmp_path: Path
) -> None:
    rules = [obj for obj in patched if obj.kind == KIND]
    ours = [obj for obj in rules if obj.name.endswith("-alerts")]
    assert {obj.component for obj in ours} == {group.component for group in alert_groups()}
    assert len(rules) > len(ours) + 5
    for obj in rules:
        path = tmp_path / f"{obj.namespace}-{obj.name}.yaml"
        path.write_text(yaml.safe_dump({"groups": obj.body["spec"]["groups"]}))
    said = ask("check", "rules", "--lint=none", *map(str, tmp_path.iterdir()), at=tmp_path)
    assert said.count("SUCCESS") == len(rules)


def test_each_alert_fires_and_is_silent(tmp_path: Path) -> None:
    groups = [
        {"name": group.component, "rules": [alert.rule() for alert in group.alerts]}
        for group in alert_groups()
    ]
    groups += money_rules(PRICES, MONITORING).body["spec"]["groups"]
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": groups}))
    (tmp_path / "cases.yaml").write_text(yaml.safe_dump(cases()))
    assert "SUCCESS" in ask("test", "rules", "cases.yaml", at=tmp_path)


def cases() -> dict[str, Any]:
    """The cases as promtool reads them, each alert with all that it tells."""
    whole: dict[str, Any] = yaml.safe_load(CASES.read_text())
    says, by_name = whole.pop("says"), {alert.name: alert for alert in ALERTS}
    for one in expectations(whole):
        alert = by_name[one["alertname"]]
        for expected, description in zip(one.get("exp_alerts", ()), says[alert.name], strict=False):
            expected["exp_annotations"] = {
                "summary": alert.summary,
                "description": description,
                "runbook": f"{RUNBOOKS}/{alert.name}.md",
            }
    return whole


def expectations(whole: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for test in whole["tests"] for one in test["alert_rule_test"]]


def test_each_alert_has_a_firing_case_and_a_silent_one() -> None:
    whole = expectations(yaml.safe_load(CASES.read_text()))
    firing = [one["alertname"] for one in whole if one.get("exp_alerts")]
    silent = [one["alertname"] for one in whole if not one.get("exp_alerts")]
    assert sorted(firing) == sorted(silent) == sorted(alert.name for alert in ALERTS)


def test_each_alert_has_a_runbook_and_each_runbook_an_alert() -> None:
    pages = {path.stem: path.read_text() for path in (ROOT / RUNBOOKS).glob("*.md")}
    assert pages.keys() == {alert.name for alert in ALERTS}
    for name, page in pages.items():
        assert page.startswith(f"# {name}\n"), name
        assert "\n## Look at\n" in page, name
        assert "\n## Do\n" in page, name


def test_the_clusters_own_prometheus_is_told_by_its_labels(release: Release) -> None:
    plan = MonitoringPlan(
        mode="existing",
        retention_days=15,
        storage_gib=20,
        namespace="observability",
        labels={"release": "kps"},
    )
    made = apply_patches(release.objects, alert_additions(plan))
    ours = [obj for obj in made if obj.kind == KIND and obj.name.endswith("-alerts")]
    assert len(ours) == len(alert_groups())
    assert all(obj.body["metadata"]["labels"] == {"release": "kps"} for obj in ours)
