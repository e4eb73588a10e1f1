"""A refresh writes what was told and keeps the rest, to the letter."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from cost.catalog import FILES, PRICES, Price, PriceNotFoundError
from cost.live.refresh import refresh
from cost.live.sellers import SELLERS, Seller
from cost.live.source import SourceDownError

DAY = date(2027, 1, 2)


class Told:
    """Tells NAT a new price, keeps quiet about g5, and repeats the snapshot for all others."""

    def __init__(self, region: str) -> None:
        self.region = region

    def ask(self, sku: str) -> Price:
        if "g5" in sku:
            raise PriceNotFoundError(f"no price of {sku} in {self.region}")
        row = ROWS[sku, self.region]
        amount = Decimal("0.0504") if sku == "aws.nat.hour" else Decimal(row["price"])
        return Price(
            sku=sku,
            region=self.region,
            unit=row["unit"],
            amount=amount,
            source="do-sizes" if sku.startswith("do.") else "aws-price-list",
            dated=str(DAY),
            grade="A",
        )


def rows(folder: Path) -> list[dict[str, str]]:
    return [row for name in FILES for row in yaml.safe_load((folder / f"{name}.yaml").read_text())]


ROWS = {(row["sku"], row["region"]): row for row in rows(PRICES)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PRICES, tmp_path / "prices"))


def sellers(connect: object = Told) -> dict[str, Seller]:
    return {
        name: Seller(covers=one.covers, connect=connect)  # type: ignore[arg-type]
        for name, one in SELLERS.items()
    }


def _but_g5(seller: Seller) -> Callable[[str], bool]:
    return lambda sku: "g5" not in sku and seller.covers(sku)


def test_the_drift_is_printed_and_written_and_what_was_not_told_is_kept(folder: Path) -> None:
    said = refresh(folder, DAY, sellers())
    assert "aws.nat.hour eu-west-1: 0.048 => 0.0504 (+5.0%)" in said
    assert sum("aws.nat.hour" in line for line in said) == 5
    assert "kept: no price of aws.ec2.ondemand/g5.xlarge in us-east-1" in said
    now = {(row["sku"], row["region"], row.get("since")): row for row in rows(folder)}
    assert now["aws.nat.hour", "eu-west-1", None]["price"] == "0.0504"
    assert now["aws.nat.hour", "eu-west-1", None]["date"] == "2027-01-02"
    kept = ROWS["aws.ec2.ondemand/g5.xlarge", "us-east-1"]
    assert now["aws.ec2.ondemand/g5.xlarge", "us-east-1", None] == kept
    assert now["aws.ipv4.public", "*", None] == ROWS["aws.ipv4.public", "*"]


def test_what_was_paid_before_a_price_changed_is_no_news(folder: Path) -> None:
    before = [row for row in rows(folder) if row["sku"] == "do.droplet/gpu-h100x1-80gb"]
    refresh(folder, DAY, sellers())
    after = [row for row in rows(folder) if row["sku"] == "do.droplet/gpu-h100x1-80gb"]
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    assert [row["since"] for row in changed] == ["2026-08-01"]


def test_a_snapshot_is_of_today_only_when_all_of_it_is(folder: Path) -> None:
    refresh(folder, DAY, sellers())
    about = yaml.safe_load((folder / "sources.yaml").read_text())
    assert about["collected"] == "2026-11-23"
    used = {row["source"] for row in rows(folder)} | {"endoflife-eks-2026-02"}
    assert set(about["sources"]) == used
    quiet = {name: replace(one, covers=_but_g5(one)) for name, one in sellers().items()}
    refresh(folder, DAY, quiet)
    assert yaml.safe_load((folder / "sources.yaml").read_text())["collected"] == "2027-01-02"


def test_when_nobody_can_be_asked_nothing_is_written(folder: Path) -> None:
    def down(_region: str) -> Told:
        raise SourceDownError("no network")

    before = {path.name: path.read_text() for path in folder.iterdir()}
    with pytest.raises(SourceDownError):
        refresh(folder, DAY, sellers(down))
    assert {path.name: path.read_text() for path in folder.iterdir()} == before
