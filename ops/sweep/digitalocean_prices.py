"""What a leftover on DigitalOcean costs a month; None where a price is not known."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ops.sweep.prices import total

BALANCERS = {"REGIONAL": "do.lb.regional_http", "REGIONAL_NETWORK": "do.lb.regional_network"}


def monthly(sku: str, region: str, amount: Decimal | int = 1) -> Decimal | None:
    """So many of something that is sold by the month."""
    return total(region, [(sku, amount)])


def balancer(region: str, body: Mapping[str, Any]) -> Decimal | None:
    """A load balancer, by its type and by how many machines it is of."""
    sku = BALANCERS.get(body.get("type") or "REGIONAL")
    return None if sku is None else monthly(sku, region, body.get("size_unit") or 1)
