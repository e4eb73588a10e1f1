"""Whether anybody watches the platform, and from where. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from settings.monitoring import MonitoringSettings, ReceiversSettings

COMPONENT = "monitoring"  # of every release: the stack's own Prometheus and Grafana
NAMESPACE = "monitoring"  # where they are
# What only one of the modes reads.
READ_BY: Mapping[str, str] = {
    "retention_days": "managed",
    "storage_gib": "managed",
    "namespace": "existing",
    "labels": "existing",
    "receivers": "managed",
}
SLACK_SECRET, EMAIL_SECRET = "slackWebhookUrl", "smtpPassword"
PAGER_SECRET, WEBHOOK_SECRET = "pagerDutyKey", "alertWebhookUrl"
WORDS: Mapping[str, str] = {
    SLACK_SECRET: "Slack",
    EMAIL_SECRET: "e-mail",
    PAGER_SECRET: "PagerDuty",
    WEBHOOK_SECRET: "a webhook",
}


@dataclass(frozen=True, kw_only=True)
class EmailPlan:
    """Letters: to whom, from whom, and by which server as which user."""

    recipients: tuple[str, ...]
    sender: str
    server: str
    user: str


@dataclass(frozen=True, kw_only=True)
class Receivers:
    """Whom alerts call; PagerDuty for critical ones only."""

    slack_channel: str | None = None
    email: EmailPlan | None = None
    pager_duty: bool = False
    webhook: bool = False

    @property
    def secrets(self) -> Mapping[str, str]:
        """The stack's secret keys that these need, each with what needs it."""
        wanted = {
            SLACK_SECRET: ("monitoring.receivers.slackChannel", self.slack_channel),
            EMAIL_SECRET: ("monitoring.receivers.emailTo", self.email),
            PAGER_SECRET: ("monitoring.receivers.pagerDuty", self.pager_duty),
            WEBHOOK_SECRET: ("monitoring.receivers.webhook", self.webhook),
        }
        return {key: path for key, (path, is_said) in wanted.items() if is_said}


@dataclass(frozen=True, kw_only=True)
class MonitoringPlan:
    """Who watches: the Prometheus in `namespace`, which reads monitors that carry `labels`."""

    mode: Literal["managed", "existing"]
    retention_days: int
    storage_gib: int
    namespace: str
    labels: Mapping[str, str]
    receivers: Receivers = Receivers()


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What there is to watch beside Kubeflow: a cluster autoscaler of the stack's own, prices of
    nodes that somebody sells, a budget."""

    has_autoscaler: bool = False
    is_priced: bool = False
    has_budget: bool = False


def monitoring_mistakes(said: MonitoringSettings) -> Iterator[str]:
    """`path: what is wrong` for each wish that the mode has no use for."""
    fields = type(said).model_fields
    yield from (
        f"monitoring.{fields[name].alias}: would not be used: monitoring.mode is {said.mode!r}; "
        f"remove it, or let the mode be {mode!r}"
        for name, mode in READ_BY.items()
        if said.mode != mode and getattr(said, name) != fields[name].default
    )


def decide_monitoring(said: MonitoringSettings) -> MonitoringPlan | None:
    """What the settings come to; None where nobody watches."""
    if said.mode == "none":
        return None
    return MonitoringPlan(
        mode=said.mode,
        retention_days=said.retention_days,
        storage_gib=said.storage_gib,
        namespace=said.namespace,
        labels=dict(said.labels),
        receivers=_receivers(said.receivers),
    )


def _receivers(said: ReceiversSettings) -> Receivers:
    email = None
    if said.email_from and said.email_server and said.email_user:  # the settings: all or none
        email = EmailPlan(
            recipients=tuple(said.email_to),
            sender=said.email_from,
            server=said.email_server,
            user=said.email_user,
        )
    return Receivers(
        slack_channel=said.slack_channel,
        email=email,
        pager_duty=said.pager_duty,
        webhook=said.webhook,
    )


def report(plan: MonitoringPlan | None) -> str:
    """Who watches, and what of it is kept."""
    if plan is None:
        return "monitoring: none"
    if plan.mode == "existing":
        return f"monitoring: by the cluster's Prometheus in {plan.namespace}"
    called = ", ".join(WORDS[key] for key in plan.receivers.secrets)
    return (
        f"monitoring: own Prometheus and Grafana, {plan.retention_days} days "
        f"or {plan.storage_gib} GiB of metrics per replica; "
        f"alerts call {called or 'nobody (monitoring.receivers)'}"
    )
