"""Whom alerts call. Pure.

Alertmanager reads every secret from a file, so that its configuration holds none.
"""

from collections.abc import Iterator, Mapping
from functools import partial

import yaml

from components.platform.credentials import Text
from components.platform.patches.model import Addition, Entry, Json, Patch, Selector, with_spec
from components.platform.patches.monitoring import ALERTMANAGER
from plan.monitoring import (
    COMPONENT,
    EMAIL_SECRET,
    NAMESPACE,
    PAGER_SECRET,
    SLACK_SECRET,
    WEBHOOK_SECRET,
    Receivers,
)

SOURCE = "prometheus.io/docs/alerting/latest/configuration"
CONFIGURATION = Selector(kind="Secret", namespace=NAMESPACE, name="alertmanager-main")
SECRET = "alert-receivers"
FILES = f"/etc/alertmanager/secrets/{SECRET}"  # where the operator mounts it
NOBODY, PEOPLE, PAGER = "nobody", "people", "pager"
# As upstream has them: what is worse keeps what is better from calling, too.
INHIBITED = (
    ("severity = critical", "severity =~ warning|info", ["namespace", "alertname"]),
    ("severity = warning", "severity = info", ["namespace", "alertname"]),
)
EACH = "{{ range .Alerts }}"
TITLE = "{{ .Status | toUpper }}: {{ .CommonLabels.alertname }}"
TEXT = (
    f"{EACH}{{{{ .Annotations.summary }}}}: {{{{ .Annotations.description }}}}"
    "{{ if .Annotations.runbook }} See {{ .Annotations.runbook }}.{{ end }}\n{{ end }}"
)


def receiver_patches(receivers: Receivers, secrets: Mapping[str, Text]) -> tuple[Entry, ...]:
    """Nothing where nobody is called: upstream's configuration does that."""
    if not receivers.secrets:
        return ()
    why = "an alert that calls nobody is not seen"
    return (
        Patch(
            name="alertmanager-routes",
            component=COMPONENT,
            selector=CONFIGURATION,
            why=why,
            source=SOURCE,
            change=partial(_configured, receivers),
        ),
        Patch(
            name="alertmanager-secrets",
            component=COMPONENT,
            selector=ALERTMANAGER,
            why="its configuration names files, and holds no secret",
            source=SOURCE,
            change=lambda body: with_spec(body, secrets=[SECRET]),
        ),
        Addition(
            name="alert-receivers",
            component=COMPONENT,
            selector=ALERTMANAGER,
            why=why,
            source=SOURCE,
            make=lambda _: _secret({key: secrets[key] for key in receivers.secrets}),
        ),
    )


def configuration(receivers: Receivers) -> Json:
    """Alertmanager's own; what only tells, and what tells that telling works, calls nobody."""
    matchers = ["alertname =~ Watchdog|InfoInhibitor"]
    routes: list[Json] = [
        {"matchers": matchers, "receiver": NOBODY},
        {"matchers": ["severity = info"], "receiver": NOBODY},
    ]
    called = [{"name": NOBODY}, {"name": PEOPLE, **dict(_people(receivers))}]
    if receivers.pager_duty:
        critical = ["severity = critical"]
        routes.append({"matchers": critical, "receiver": PAGER, "continue": True})
        paged = {"routing_key_file": f"{FILES}/{PAGER_SECRET}", "description": TITLE}
        called.append({"name": PAGER, "pagerduty_configs": [paged]})
        routes.append({"matchers": ["severity =~ critical|warning"], "receiver": PEOPLE})
    return {
        "global": {"resolve_timeout": "5m"},
        "route": {
            "receiver": PEOPLE,
            "group_by": ["alertname", "namespace"],
            "group_wait": "30s",
            "group_interval": "5m",
            "repeat_interval": "12h",
            "routes": routes,
        },
        "receivers": called,
        "inhibit_rules": [
            {"source_matchers": [worse], "target_matchers": [better], "equal": equal}
            for worse, better, equal in INHIBITED
        ],
    }


def _people(receivers: Receivers) -> Iterator[tuple[str, list[Json]]]:
    if receivers.slack_channel:
        slack = {"api_url_file": f"{FILES}/{SLACK_SECRET}", "channel": receivers.slack_channel}
        yield "slack_configs", [{**slack, "send_resolved": True, "title": TITLE, "text": TEXT}]
    if receivers.email:
        letter = {
            "to": ", ".join(receivers.email.recipients),
            "from": receivers.email.sender,
            "smarthost": receivers.email.server,
            "auth_username": receivers.email.user,
            "auth_password_file": f"{FILES}/{EMAIL_SECRET}",
            "send_resolved": True,
        }
        yield "email_configs", [letter]
    if receivers.webhook:
        yield "webhook_configs", [{"url_file": f"{FILES}/{WEBHOOK_SECRET}", "send_resolved": True}]


def _configured(receivers: Receivers, body: Json) -> Json:
    text = yaml.safe_dump(configuration(receivers), sort_keys=False)
    return {**body, "stringData": {**body["stringData"], "alertmanager.yaml": text}}


def _secret(data: Mapping[str, Text]) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": SECRET, "namespace": NAMESPACE},
        "stringData": dict(data),
    }
