"""What may be said of monitoring: whose Prometheus, and what it keeps for how long."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from settings.rules import RULES
from settings.texts import DnsLabel


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
