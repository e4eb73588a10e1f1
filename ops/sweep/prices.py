"""What leftovers cost a month, by the dated prices of `cost`; None where one is not known."""

from collections.abc import Iterable
from decimal import Decimal

from cost.catalog import PriceNotFoundError, load_catalog

FREE = Decimal(0)


def total(region: str, parts: Iterable[tuple[str, Decimal | int]]) -> Decimal | None:
    """So much of each of these, by what it is sold as."""
    catalog = load_catalog()
    try:
        return sum(
            (
                catalog.price_on(sku, region, catalog.collected).amount * amount
                for sku, amount in parts
            ),
            FREE,
        )
    except PriceNotFoundError:
        return None
