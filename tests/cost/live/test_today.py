"""Live prices before those of the snapshot: marked, remembered, and never quietly replaced."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest

from cost.catalog import Catalog, Price, PriceNotFoundError, load_catalog
from cost.estimate import Bill, Terms, make_bill
from cost.live.remembered import Remembered
from cost.live.sellers import Seller
from cost.live.source import SourceDownError
from cost.live.today import Mode, Question, todays_catalog
from cost.markdown import as_markdown
from cost.report import as_text
from tests.cost.stacks import DAY, NO_USE, VIRGINIA, eks, nat

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
SKUS = frozenset({"aws.nat.hour", "aws.eks.cluster.standard", "aws.transfer.interaz"})


class Told:
    """A source that tells one amount for everything, or why it tells none."""

    def __init__(self, amount: str = "0.5", error: Exception | None = None) -> None:
        self.amount, self.error = Decimal(amount), error
        self.asked: list[str] = []

    def ask(self, sku: str) -> Price:
        self.asked.append(sku)
        if self.error:
            raise self.error
        row = load_catalog().price_on(sku, "us-east-1", DAY)
        return replace(row, amount=self.amount, is_live=True, source="told", dated="2026-11-25")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "prices.json"


def catalog(
    source: Told,
    file: Path,
    mode: Mode = "auto",
    now: datetime = NOW,
    clock: Callable[[], float] = lambda: 0.0,
) -> Catalog:
    seller = Seller(covers=lambda sku: "transfer" not in sku, connect=lambda _region: source)
    question = Question(skus=SKUS, region="us-east-1", mode=mode, seller=seller)
    return todays_catalog(load_catalog(), question, Remembered(file, now), clock)


def bill(prices: Catalog) -> Bill:
    terms = Terms(place=VIRGINIA, usage=NO_USE, day=DAY, catalog=prices)
    return make_bill([eks(), *nat("a")], terms)


def test_live_prices_are_taken_and_marked_and_the_rest_is_of_the_snapshot(file: Path) -> None:
    shown = bill(catalog(Told(), file))
    assert shown.monthly.expected == 2 * 365 + Decimal("3.65")
    assert "2 of 3 lines at live prices, others at prices collected" in as_text(shown)
    assert as_markdown(shown).count("live: told, 2026-11-25, A |\n") == 2
    assert as_markdown(shown).count("snapshot: ") == 1


@pytest.mark.parametrize("error", [SourceDownError("no network"), PriceNotFoundError("none")])
def test_auto_falls_back_to_the_snapshot_and_says_so(error: Exception, file: Path) -> None:
    shown = bill(catalog(Told(error=error), file))
    assert shown.monthly == bill(load_catalog()).monthly
    assert f"prices of the snapshot for aws.eks.cluster.standard, aws.nat.hour: {error}" in (
        as_text(shown)
    )


def test_live_takes_nothing_else_and_the_line_is_an_error(file: Path) -> None:
    shown = bill(catalog(Told(error=SourceDownError("no network")), file, "live"))
    assert [line.missing for line in shown.missing] == ["no network", "no network"]
    assert shown.monthly.expected == Decimal("3.65")  # the address, which nobody was asked for


def test_who_is_down_is_asked_once(file: Path) -> None:
    source = Told(error=SourceDownError("no network"))
    catalog(source, file)
    assert source.asked == ["aws.eks.cluster.standard"]


def test_patience_ends(file: Path) -> None:
    ticks: Iterator[int] = count(0, 10)
    source = Told()
    prices = catalog(source, file, clock=lambda: float(next(ticks)))
    assert source.asked == ["aws.eks.cluster.standard"]
    assert prices.remarks == (
        "prices of the snapshot for aws.nat.hour: not told within 15 seconds",
    )


def test_nobody_is_asked_again_within_a_day(file: Path) -> None:
    catalog(Told(), file)
    again, later = Told("0.7"), Told("0.7")
    assert bill(catalog(again, file, now=NOW + timedelta(hours=23))).monthly.expected > 700
    assert not again.asked
    catalog(later, file, now=NOW + timedelta(hours=24))
    assert len(later.asked) == 2


def test_spot_is_remembered_for_an_hour(file: Path) -> None:
    sku = "aws.ec2.spot.low/g4dn.xlarge"
    remembered = Remembered(file, NOW)
    remembered.keep(load_catalog().price_on(sku, "us-east-1", DAY), "us-east-1")
    remembered.write()
    assert Remembered(file, NOW + timedelta(minutes=59)).find(sku, "us-east-1")
    assert not Remembered(file, NOW + timedelta(minutes=60)).find(sku, "us-east-1")
    assert not Remembered(file, NOW).find(sku, "eu-west-1")


@pytest.mark.parametrize("content", ["", "[]", '{"us-east-1 aws.nat.hour": {"at": 1}}'])
def test_a_memory_that_nobody_can_read_is_none(content: str, file: Path) -> None:
    file.parent.mkdir()
    file.write_text(content)
    assert bill(catalog(Told(), file)).monthly.expected == 2 * 365 + Decimal("3.65")
