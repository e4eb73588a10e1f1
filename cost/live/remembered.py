"""Prices that were asked for not long ago, so that nobody is asked again for each preview."""

import json
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from cost.catalog import Price

LISTED, SPOT = timedelta(hours=24), timedelta(hours=1)


class Remembered:
    """One file; an entry that is too old, or that nobody can read, is none."""

    def __init__(self, file: Path, now: datetime) -> None:
        self._file, self._now = file, now
        self._entries: dict[str, Any] = {}
        with suppress(OSError, ValueError):
            read = json.loads(file.read_text())
            self._entries = read if isinstance(read, dict) else {}

    def find(self, sku: str, region: str) -> Price | None:
        """What was told, if it still holds."""
        holds = SPOT if ".spot." in sku else LISTED
        try:
            entry = self._entries[f"{region} {sku}"]
            age = self._now - datetime.fromisoformat(entry["at"])
            price = Price(**{**entry["price"], "amount": Decimal(entry["price"]["amount"])})
        except (KeyError, TypeError, ValueError, ArithmeticError):
            return None
        return replace(price, since=date.min) if timedelta(0) <= age < holds else None

    def keep(self, price: Price, region: str) -> None:
        """For the next run."""
        plain = {**asdict(price), "amount": str(price.amount), "since": str(price.since)}
        self._entries[f"{region} {price.sku}"] = {"at": self._now.isoformat(), "price": plain}

    def write(self) -> None:
        """At once or not at all, for two runs may do so together."""
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile("w", dir=self._file.parent, delete=False) as draft:
                json.dump(self._entries, draft)
            Path(draft.name).replace(self._file)
