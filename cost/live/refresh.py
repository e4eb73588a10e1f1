"""A new snapshot from today's prices: what was told is written with its day, the rest is kept."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from cost.catalog import ANYWHERE, FILES, Price, PriceNotFoundError
from cost.live.sellers import SELLERS, Seller
from cost.live.source import Source

WHERE = {
    "aws-price-list": ("list prices by region", "AWS Price List, GetProducts"),
    "aws-spot-history": (
        "spot by zone: mean of a week, by how long each price held",
        "EC2, DescribeSpotPriceHistory",
    ),
    "do-sizes": ("prices of Droplets", "DigitalOcean API, GET /v2/sizes"),
}
WIDTH = 120


@dataclass
class Refreshed:
    """What a refresh found; `failed` are kept as they were."""

    drift: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    same: int = 0
    sources: dict[tuple[str, str], Source] = field(default_factory=dict)


def refresh(folder: Path, day: date, sellers: Mapping[str, Seller] = SELLERS) -> tuple[str, ...]:
    """Write the snapshot anew; what it changed, line by line.

    Raises `SourceDownError` when a seller cannot be asked, and then writes nothing. The snapshot
    is of `day` only when everything that can be asked for was told.
    """
    found = Refreshed()
    texts = {
        name: "".join(_lines((folder / f"{name}.yaml").read_text(), sellers, found))
        for name in FILES
    }
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)
    _write_sources(folder / "sources.yaml", texts, None if found.failed else day)
    return (
        *found.drift,
        f"{len(found.drift)} prices changed, {found.same} did not",
        *(f"kept: {line}" for line in found.failed),
    )


def _lines(text: str, sellers: Mapping[str, Seller], found: Refreshed) -> Iterator[str]:
    """Each row is a line: those that are not told anew stay to the letter."""
    lines = text.splitlines(keepends=True)
    rows = [yaml.safe_load(line)[0] if line.startswith("- ") else None for line in lines]
    for number, (line, row) in enumerate(zip(lines, rows, strict=True)):
        told = None
        if row and not _is_past(row, rows[:number] + rows[number + 1 :]):
            told = _told(row, sellers, found)
        yield _row(row, told) if row and told else line


def _is_past(row: Mapping[str, Any], others: list[Any]) -> bool:
    """Whether a later price of the same is known: what was paid then does not change."""
    return any(
        one
        and (one["sku"], one["region"]) == (row["sku"], row["region"])
        and one.get("since", "") > row.get("since", "")
        for one in others
    )


def _told(row: Mapping[str, Any], sellers: Mapping[str, Seller], found: Refreshed) -> Price | None:
    provider = {"aws": "aws", "do": "digitalocean"}[row["sku"].partition(".")[0]]
    seller = sellers[provider]
    if not seller.covers(row["sku"]) or (provider == "aws" and row["region"] == ANYWHERE):
        return None
    at = provider, row["region"]
    if at not in found.sources:
        found.sources[at] = seller.connect(row["region"])
    try:
        price = found.sources[at].ask(row["sku"])
    except PriceNotFoundError as error:
        found.failed.append(str(error))
        return None
    _note(row, price, found)
    return price


def _note(row: Mapping[str, Any], price: Price, found: Refreshed) -> None:
    old = Decimal(row["price"])
    if old == price.amount:
        found.same += 1
        return
    change = (price.amount - old) / old
    found.drift.append(
        f"{row['sku']} {row['region']}: {old} => {price.amount.normalize():f} ({change:+.1%})"
    )


def _row(row: Mapping[str, Any], price: Price) -> str:
    said = {key: value for key, value in row.items() if key != "note"}
    said |= {"price": f"{price.amount.normalize():f}", "source": price.source}
    said |= {"date": price.dated, "grade": price.grade}
    text: str = yaml.safe_dump(said, default_flow_style=True, sort_keys=False, width=10_000)
    return f"- {text}"


def _write_sources(file: Path, texts: Mapping[str, str], day: date | None) -> None:
    """Those that a row names; the calendar's is named in a comment."""
    head = [line for line in file.read_text().splitlines() if line.startswith("#")]
    about = yaml.safe_load(file.read_text())
    rows = [row for text in texts.values() for row in yaml.safe_load(text)]
    used = {row["source"] for row in rows} | {"endoflife-eks-2026-02"}
    new = {name: {"what": what, "where": where} for name, (what, where) in WHERE.items()}
    sources = {name: one for name, one in {**about["sources"], **new}.items() if name in used}
    collected = day.isoformat() if day else about["collected"]
    content = yaml.safe_dump(
        {"collected": collected, "sources": sources}, sort_keys=False, width=WIDTH
    )
    file.write_text("\n".join([*head, content]))
