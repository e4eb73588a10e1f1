"""Every price says where it is from, and one that is not there is an error."""

import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from cost.catalog import PRICES, Catalog, Price, PriceNotFoundError, load_catalog
from cost.estimate import cents
from plan.versions import EKS_VERSIONS

DAY = date(2026, 11, 25)
GOLDEN: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "golden.yaml").read_text())[
    "cases"
]


def every_price() -> list[Price]:
    return [price for prices in load_catalog().prices.values() for price in prices]


@pytest.mark.parametrize("price", every_price(), ids=lambda price: f"{price.sku} {price.region}")
def test_every_price_has_a_source_a_date_and_a_grade(price: Price) -> None:
    assert price.source in load_catalog().sources
    assert price.grade in ("A", "B", "C")
    days = [date.fromisoformat(day) for day in price.dated.split("..")]
    assert days == sorted(days)
    assert days[-1] <= load_catalog().collected + timedelta(days=2)
    assert price.amount > 0
    assert price.unit


def test_every_source_is_used_and_says_where_it_is() -> None:
    named = {price.source for price in every_price()} | {"endoflife-eks-2026-02"}
    assert set(load_catalog().sources) == named
    assert all(source["what"] and source["where"] for source in load_catalog().sources.values())


@pytest.mark.parametrize("path", sorted(PRICES.glob("*.yaml")), ids=lambda path: str(path.name))
def test_no_price_file_is_forgotten(path: Path) -> None:
    skus = set(re.findall(r"sku: ([^,]+),", path.read_text()))
    assert skus <= {price.sku for price in every_price()}


@pytest.mark.parametrize("case", GOLDEN, ids=[case["name"] for case in GOLDEN])
def test_published_totals_come_out_to_the_cent(case: dict[str, Any]) -> None:
    found = sum(
        load_catalog().price_on(line["sku"], line["region"], DAY).amount * Decimal(line["quantity"])
        for line in case["lines"]
    )
    assert cents(Decimal(found)) == Decimal(case["expected"])


@pytest.mark.parametrize(
    ("sku", "region"),
    [
        ("aws.ec2.ondemand/m5.xlarge", "sa-east-1"),
        ("aws.ec2.ondemand/x99.mega", "us-east-1"),
        ("aws.cloudwatch.logs.ingest", "eu-central-1"),
        ("aws.ec2.spot.typical/g6.xlarge", "eu-west-1"),
    ],
)
def test_an_unknown_price_is_an_error_and_neither_zero_nor_another_regions(
    sku: str, region: str
) -> None:
    with pytest.raises(PriceNotFoundError, match=f"no price of {re.escape(sku)} in {region}"):
        load_catalog().price_on(sku, region, DAY)


def test_a_price_holds_from_its_first_day() -> None:
    h100 = ("do.droplet/gpu-h100x1-80gb", "tor1")
    before = load_catalog().price_on(*h100, date(2026, 7, 31))
    after = load_catalog().price_on(*h100, date(2026, 8, 1))
    assert before.amount == Decimal("3.39") * 744
    assert after.amount == Decimal("4.41") * 744


def test_a_snapshot_is_old_after_ninety_days() -> None:
    collected = load_catalog().collected
    assert not load_catalog().is_old(collected + timedelta(days=90))
    assert load_catalog().is_old(collected + timedelta(days=91))


def spot_prices() -> list[tuple[Catalog, str, str]]:
    prefix = "aws.ec2.spot.typical/"
    return [
        (load_catalog(), price.sku.removeprefix(prefix), price.region)
        for price in every_price()
        if price.sku.startswith(prefix)
    ]


@pytest.mark.parametrize(("catalog", "kind", "region"), spot_prices())
def test_a_spot_price_is_believable(catalog: Catalog, kind: str, region: str) -> None:
    # A twentieth of the price on demand is what a fake answers, not what a market asks.
    low, typical, high = (
        catalog.price_on(f"aws.ec2.spot.{which}/{kind}", region, DAY).amount
        for which in ("low", "typical", "high")
    )
    on_demand = catalog.price_on(f"aws.ec2.ondemand/{kind}", region, DAY).amount
    assert on_demand / 20 <= low <= typical <= high < on_demand


def test_the_end_of_support_is_the_plans() -> None:
    for row in EKS_VERSIONS:
        known = load_catalog().eks_support[row.minor]
        assert (known.standard_until, known.extended_until) == (
            row.standard_until,
            row.extended_until,
        )
