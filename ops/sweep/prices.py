"""What a leftover costs a month, from dated prices; None where none is known."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

HOURS = Decimal(730)  # of a month, as AWS counts
GIB = Decimal(1024**3)
FREE_IOPS, FREE_MBPS = 3000, 125  # of every gp3 volume
FREE = Decimal(0)


def hourly(sku: str, region: str) -> Decimal | None:
    """A month of something that is charged by the hour."""
    rate = _rate(sku, region)
    return None if rate is None else rate * HOURS


def volume(region: str, body: Mapping[str, Any]) -> Decimal | None:
    """A volume as EC2 describes it: its size and, of gp3, what is beyond the free share."""
    kind = str(body["VolumeType"])
    parts = [(f"ebs.{kind}.gb", int(body["Size"]))]
    if kind == "gp3":
        parts += [
            ("ebs.gp3.iops", int(body.get("Iops", FREE_IOPS)) - FREE_IOPS),
            ("ebs.gp3.throughput", int(body.get("Throughput", FREE_MBPS)) - FREE_MBPS),
        ]
    return _sum(region, [(sku, Decimal(amount)) for sku, amount in parts if amount > 0])


def stored_logs(region: str, size: int) -> Decimal | None:
    """What a log group holds already; it takes in nothing any more."""
    return _sum(region, [("logs.storage", Decimal(size) / GIB)])


def _sum(region: str, parts: list[tuple[str, Decimal]]) -> Decimal | None:
    total = Decimal(0)
    for sku, amount in parts:
        rate = _rate(sku, region)
        if rate is None:
            return None
        total += rate * amount
    return total


def _rate(sku: str, region: str) -> Decimal | None:
    row = _table().get(sku, {})
    found = row.get(region, row.get("every region"))
    return None if found is None else Decimal(found)


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    text = Path(__file__).with_name("prices.yaml").read_text()
    table: Mapping[str, Mapping[str, str]] = yaml.safe_load(text)["prices"]
    return table
