"""What a leftover on AWS costs a month; None where a price is not known."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from cost.estimate import HOURS
from ops.sweep.prices import total

GIB = Decimal(1024**3)
FREE_IOPS, FREE_MBPS = 3000, 125  # of every gp3 volume


def hourly(sku: str, region: str) -> Decimal | None:
    """A month of something that is charged by the hour."""
    return total(region, [(sku, HOURS)])


def volume(region: str, body: Mapping[str, Any]) -> Decimal | None:
    """A volume as EC2 describes it: its size and, of gp3, what is beyond the free share."""
    kind = str(body["VolumeType"])
    parts = [(f"aws.ebs.{kind}.gb", int(body["Size"]))]
    if kind == "gp3":
        parts += [
            ("aws.ebs.gp3.iops", int(body.get("Iops", FREE_IOPS)) - FREE_IOPS),
            ("aws.ebs.gp3.throughput", int(body.get("Throughput", FREE_MBPS)) - FREE_MBPS),
        ]
    return total(region, [(sku, amount) for sku, amount in parts if amount > 0])


def database(region: str, body: Mapping[str, Any]) -> Decimal | None:
    """A MySQL server as RDS describes it: its hours and its disk, twice with a standby."""
    kind, size = str(body["StorageType"]), int(body["AllocatedStorage"])
    hours = (f"aws.rds.mysql/{body['DBInstanceClass']}", HOURS)
    once = total(region, [hours, (f"aws.rds.{kind}.gb", size)])
    return once if once is None or not body.get("MultiAZ") else once * 2


def stored_logs(region: str, size: int) -> Decimal | None:
    """What a log group holds already; it takes in nothing any more."""
    return total(region, [("aws.cloudwatch.logs.storage", Decimal(size) / GIB)])
