"""Alerts call whom the settings say, and the real amtool takes the configuration."""

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.platform.patches.receivers import FILES, configuration
from components.platform.patches.table import platform_objects
from plan.monitoring import decide_monitoring, monitoring_mistakes, report
from settings.monitoring import MonitoringSettings
from tests.components.conftest import ARGS
from tests.go_programs import go_program
from upstream.model import Obj, Release

LETTERS = {
    "emailTo": ["ada@corp.test", "grace@corp.test"],
    "emailFrom": "kubeflow@corp.test",
    "emailServer": "smtp.corp.test:587",
    "emailUser": "kubeflow",
}
EVERY = {"slackChannel": "#ml-alerts", **LETTERS, "pagerDuty": True, "webhook": True}
SECRETS = ("slackWebhookUrl", "smtpPassword", "pagerDutyKey", "alertWebhookUrl")


def decided(**receivers: Any) -> Any:
    plan = decide_monitoring(MonitoringSettings.model_validate({"receivers": receivers}))
    assert plan is not None
    return plan


@pytest.fixture(scope="session")
def amtool() -> Path:
    """The real one."""
    return go_program("amtool", "github.com/prometheus/alertmanager/cmd/amtool")


def routed(program: Path, path: Path, *labels: str) -> list[str]:
    """Whom amtool says an alert with these labels calls."""
    asked: list[str | Path] = [
        program,
        "config",
        "routes",
        "test",
        f"--config.file={path}",
        *labels,
    ]
    done = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=60)
    return str(done.stdout).strip().split(",")


@pytest.mark.parametrize(
    ("said", "critical", "warning"),
    [
        (EVERY, ["pager", "people"], ["people"]),
        ({"slackChannel": "#ml-alerts"}, ["people"], ["people"]),
        (LETTERS, ["people"], ["people"]),
        ({"pagerDuty": True}, ["pager", "people"], ["people"]),
        ({"webhook": True}, ["people"], ["people"]),
    ],
    ids=["every", "slack", "letters", "pagerduty", "webhook"],
)
def test_amtool_takes_it_and_calls_whom_it_should(
    amtool: Path, tmp_path: Path, said: dict[str, Any], critical: list[str], warning: list[str]
) -> None:
    path = tmp_path / "alertmanager.yaml"
    path.write_text(yaml.safe_dump(configuration(decided(**said).receivers)))
    subprocess.run([amtool, "check-config", path], check=True, capture_output=True, timeout=60)
    assert routed(amtool, path, "alertname=GatewayDown", "severity=critical") == critical
    assert routed(amtool, path, "alertname=ModelSlow", "severity=warning") == warning
    assert routed(amtool, path, "alertname=GpuNodeGoing", "severity=info") == ["nobody"]
    assert routed(amtool, path, "alertname=Watchdog", "severity=none") == ["nobody"]


def test_every_secret_is_a_file_and_none_is_in_the_configuration(release: Release) -> None:
    secrets = {key: f"secret-{key}" for key in SECRETS}
    args = replace(ARGS, monitoring=decided(**EVERY), alert_secrets=secrets)
    objs = {f"{o.kind} {o.name}": o for o in platform_objects(release.objects, args)}
    text = objs["Secret alertmanager-main"].body["stringData"]["alertmanager.yaml"]
    assert "secret-" not in text
    for key in SECRETS:
        assert f"{FILES}/{key}" in text
    assert objs["Secret alert-receivers"].body["stringData"] == secrets
    assert objs["Alertmanager main"].body["spec"]["secrets"] == ["alert-receivers"]


def test_where_nobody_is_called_nothing_is_made(patched: tuple[Obj, ...]) -> None:
    assert not [obj for obj in patched if obj.name == "alert-receivers"]
    (alertmanager,) = [obj for obj in patched if obj.kind == "Alertmanager"]
    assert alertmanager.body["spec"]["secrets"] == []


def test_each_receiver_needs_its_secret() -> None:
    assert decided(**EVERY).receivers.secrets == {
        "slackWebhookUrl": "monitoring.receivers.slackChannel",
        "smtpPassword": "monitoring.receivers.emailTo",
        "pagerDutyKey": "monitoring.receivers.pagerDuty",
        "alertWebhookUrl": "monitoring.receivers.webhook",
    }
    assert decided().receivers.secrets == {}


def test_a_preview_says_whom_alerts_call() -> None:
    assert report(decided(**EVERY)).endswith("; alerts call Slack, e-mail, PagerDuty, a webhook")
    assert report(decided()).endswith("; alerts call nobody (monitoring.receivers)")


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"emailTo": ["ada@corp.test"]}, "letters need emailFrom and emailServer and emailUser"),
        ({**LETTERS, "emailServer": "smtp.corp.test"}, "a host and a port, like smtp"),
        ({"slackChannel": "ml-alerts"}, "a channel like #ml-alerts, in quotes"),
    ],
)
def test_half_a_receiver_is_refused(said: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MonitoringSettings.model_validate({"receivers": said})


def test_the_clusters_own_alertmanager_is_not_ours_to_route() -> None:
    said = {"mode": "existing", "receivers": {"webhook": True}}
    (found,) = monitoring_mistakes(MonitoringSettings.model_validate(said))
    assert found.startswith(
        "monitoring.receivers: would not be used: monitoring.mode is 'existing'"
    )
