"""What is asked of whoever sells it: one price at a time, or why there is none."""

from typing import Protocol

from cost.catalog import Price


class SourceDownError(Exception):
    """Nothing can be learnt from this source now: no right, no network, no patience left."""


class Source(Protocol):
    """Prices of one provider in one region, today's."""

    def ask(self, sku: str) -> Price:
        """The price; raises `PriceNotFoundError` or `SourceDownError`."""
