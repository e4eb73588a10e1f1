"""What may be said of monitoring: whose Prometheus, and what it keeps for how long."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator

from settings.rules import RULES
from settings.texts import DnsLabel, Email, Form


class ReceiversSettings(BaseModel):
    """Whom alerts call, all that are said; PagerDuty for critical ones only.

    The stack's secrets go with them: `slackWebhookUrl`, `smtpPassword`, `pagerDutyKey`, which is an
    integration's key, and `alertWebhookUrl`.
    """

    model_config = RULES

    slack_channel: (
        Annotated[str, Form(r"#[a-z0-9_-]{1,80}", "a channel like #ml-alerts, in quotes")] | None
    ) = None
    email_to: list[Email] = []
    email_from: Email | None = None
    email_server: (
        Annotated[
            str,
            Form(
                r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?:[0-9]{1,5}",
                "a host and a port, like smtp.your-domain.test:587",
            ),
        ]
        | None
    ) = None
    email_user: Annotated[str, Field(min_length=1)] | None = None
    pager_duty: bool = False
    webhook: bool = False

    @model_validator(mode="after")
    def _letters_are_whole(self) -> Self:
        letter = {
            "emailTo": self.email_to or None,
            "emailFrom": self.email_from,
            "emailServer": self.email_server,
            "emailUser": self.email_user,
        }
        missing = [name for name, value in letter.items() if value is None]
        if missing and len(missing) < len(letter):
            raise ValueError(f"letters need {' and '.join(missing)} as well; add, or say none")
        return self


class MonitoringSettings(BaseModel):
    """Prometheus and Grafana: the stack's own, the cluster's, or none.

    `retention_days` and `storage_gib` are of the stack's own Prometheus; `namespace` is where the
    cluster's runs, `labels` what it asks of the monitors that it reads.
    """

    model_config = RULES

    mode: Literal["managed", "existing", "none"] = "managed"
    retention_days: Annotated[int, Field(ge=1, le=365)] = 15
    storage_gib: Annotated[int, Field(ge=5, le=2000)] = 20
    namespace: DnsLabel = "monitoring"
    labels: dict[str, str] = {}
    receivers: ReceiversSettings = ReceiversSettings()
