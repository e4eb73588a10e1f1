"""What AWS answers, in its shape: pages, refusals, silence, and what nobody would believe."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import ANY, Stubber

from cost.catalog import PriceNotFoundError, load_catalog
from cost.live.aws import PATIENT, AwsPrices
from cost.live.offers import OFFERS, offer_of
from cost.live.source import SourceDownError

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
KEYS = {"aws_access_key_id": "none", "aws_secret_access_key": "none"}


class Fakes:
    """Clients that answer what they are told to, in this order."""

    def __init__(self) -> None:
        quick = Config(retries={"total_max_attempts": 1})
        pricing = boto3.client("pricing", region_name="us-east-1", config=quick, **KEYS)
        ec2 = boto3.client("ec2", region_name="eu-west-1", config=quick, **KEYS)
        self.pricing, self.ec2 = Stubber(pricing), Stubber(ec2)
        self.prices = AwsPrices(pricing, ec2, "eu-west-1", NOW)

    def lists(self, *items: dict[str, Any], more: str = "") -> None:
        page = {"PriceList": [json.dumps(one) for one in items]}
        self.pricing.add_response("get_products", page | ({"NextToken": more} if more else {}))

    def sold(self, *prices: tuple[str, str, timedelta], more: str = "", token: str = "") -> None:
        self.ec2.add_response(
            "describe_spot_price_history",
            {
                "SpotPriceHistory": [
                    {"AvailabilityZone": zone, "SpotPrice": price, "Timestamp": NOW - ago}
                    for zone, price, ago in prices
                ],
                "NextToken": more,
            },
            {
                "InstanceTypes": ["g4dn.xlarge"],
                "ProductDescriptions": ["Linux/UNIX"],
                "StartTime": ANY,
                "EndTime": NOW,
                **({"NextToken": token} if token else {}),
            },
        )


@pytest.fixture
def aws() -> Iterator[Fakes]:
    fakes = Fakes()
    with fakes.pricing, fakes.ec2:
        yield fakes
        fakes.pricing.assert_no_pending_responses()
        fakes.ec2.assert_no_pending_responses()


def item(usage: str, price: str, unit: str = "Hrs", region: str = "eu-west-1") -> dict[str, Any]:
    tier = {"unit": unit, "beginRange": "0", "pricePerUnit": {"USD": price}}
    return {
        "product": {"attributes": {"usagetype": usage, "regionCode": region}},
        "terms": {"OnDemand": {"a": {"priceDimensions": {"b": tier}}}},
    }


G4DN = item("EU-BoxUsage:g4dn.xlarge", "0.5870000000")


def test_the_price_is_on_the_second_page_and_its_look_alike_is_not_taken(aws: Fakes) -> None:
    aws.lists(item("EU-RegionalNatGateway-Hours", "0.045"), more="next")
    aws.lists(item("EU-NatGateway-Hours", "0.0480000000"))
    price = aws.prices.ask("aws.nat.hour")
    assert (price.amount, price.unit, price.region) == (Decimal("0.048"), "hour", "eu-west-1")
    assert (price.dated, price.grade, price.is_live) == ("2026-11-25", "A", True)


def test_only_the_region_is_asked_for_and_no_other_is_taken(aws: Fakes) -> None:
    offered = offer_of("aws.ec2.ondemand/g4dn.xlarge")
    assert offered is not None
    wanted = {"regionCode": "eu-west-1", **offered.filters}
    aws.pricing.add_response(
        "get_products",
        {"PriceList": [json.dumps(item("BoxUsage:g4dn.xlarge", "0.526", region="us-east-1"))]},
        {
            "ServiceCode": "AmazonEC2",
            "Filters": [
                {"Type": "TERM_MATCH", "Field": name, "Value": value}
                for name, value in wanted.items()
            ],
        },
    )
    with pytest.raises(PriceNotFoundError, match=r"in eu-west-1: .* and has none"):
        aws.prices.ask("aws.ec2.ondemand/g4dn.xlarge")


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        ((), "none"),
        ((item("EU-NatGateway-Hours", "0"),), "0"),
        ((item("EU-NatGateway-Hours", "0.048", unit="GB"),), "none"),
        (
            (item("EU-NatGateway-Hours", "0.048"), item("EU-NatGateway-Hours", "0.05")),
            "0.048, 0.05",
        ),
    ],
    ids=["a region without the service", "nothing is free", "another unit", "two prices"],
)
def test_what_is_not_one_price_is_none(
    listed: tuple[dict[str, Any], ...], said: str, aws: Fakes
) -> None:
    aws.lists(*listed)
    with pytest.raises(PriceNotFoundError, match=f"should have one, and has {said}$"):
        aws.prices.ask("aws.nat.hour")


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException"])
def test_a_refusal_is_said(code: str, aws: Fakes) -> None:
    aws.pricing.add_client_error("get_products", code)
    with pytest.raises(SourceDownError, match=f"AWS refuses to tell: .*{code}"):
        aws.prices.ask("aws.nat.hour")


@pytest.mark.parametrize("code", ["UnauthorizedOperation", "RequestLimitExceeded"])
def test_who_may_not_see_spot_prices_is_told_the_others(code: str, aws: Fakes) -> None:
    aws.ec2.add_client_error("describe_spot_price_history", code)
    for kind in ("low", "typical", "high"):  # asked once: it takes a right of its own
        with pytest.raises(PriceNotFoundError, match=f"refuses to tell spot prices: .*{code}"):
            aws.prices.ask(f"aws.ec2.spot.{kind}/g4dn.xlarge")
    aws.lists(G4DN)
    assert aws.prices.ask("aws.ec2.ondemand/g4dn.xlarge").amount == Decimal("0.587")


def test_the_history_of_spot_has_pages_too(aws: Fakes) -> None:
    aws.sold(("eu-west-1a", "0.2", timedelta(days=30)), more="next")
    aws.sold(("eu-west-1b", "0.4", timedelta(days=30)), token="next")
    aws.lists(G4DN)
    assert aws.prices.ask("aws.ec2.spot.high/g4dn.xlarge").amount == Decimal("0.4")


def test_where_a_region_does_not_answer_it_says_so() -> None:
    quick = Config(connect_timeout=1, retries={"total_max_attempts": 1})
    pricing = boto3.client("pricing", region_name="us-east-1", config=quick, **KEYS)
    nowhere = boto3.client(
        "ec2", region_name="mars-north-1", config=quick, endpoint_url="http://127.0.0.1:1", **KEYS
    )
    with pytest.raises(SourceDownError, match="AWS cannot be asked: "):
        AwsPrices(pricing, nowhere, "mars-north-1", NOW).ask("aws.ec2.spot.low/g4dn.xlarge")


class Busy:
    """A Price List that throttles so many times before it tells."""

    def __init__(self, refusals: int) -> None:
        self.asked = 0
        busy = self

        class Answers(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                busy.asked += 1
                self.rfile.read(int(self.headers["Content-Length"]))
                is_refused = busy.asked <= refusals
                told = {"PriceList": [json.dumps(item("EU-NatGateway-Hours", "0.048"))]}
                body = {"__type": "ThrottlingException"} if is_refused else told
                self.send_response(400 if is_refused else 200)
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self.http = HTTPServer(("127.0.0.1", 0), Answers)

    def __enter__(self) -> "Busy":
        self.thread = Thread(target=self.http.serve_forever, args=(0.01,))
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()

    @property
    def prices(self) -> AwsPrices:
        address = f"http://127.0.0.1:{self.http.server_port}"
        pricing = boto3.client(
            "pricing", region_name="us-east-1", config=PATIENT, endpoint_url=address, **KEYS
        )
        return AwsPrices(pricing, None, "eu-west-1", NOW)


@pytest.fixture
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)


@pytest.mark.usefixtures("_at_once")
def test_who_is_throttled_asks_again_and_three_times_at_most() -> None:
    with Busy(2) as busy:
        assert busy.prices.ask("aws.nat.hour").amount == Decimal("0.048")
        assert busy.asked == 3
    with Busy(9) as busy:
        with pytest.raises(SourceDownError, match=r"AWS refuses to tell: .*ThrottlingException"):
            busy.prices.ask("aws.nat.hour")
        assert busy.asked == 3


def test_without_a_network_it_says_so() -> None:
    once = Config(connect_timeout=1, retries={"total_max_attempts": 1})
    nowhere = boto3.client(
        "pricing",
        region_name="us-east-1",
        endpoint_url="http://127.0.0.1:1",
        config=once,
        **KEYS,
    )
    with pytest.raises(SourceDownError, match="AWS cannot be asked: "):
        AwsPrices(nowhere, None, "eu-west-1", NOW).ask("aws.nat.hour")


@pytest.mark.parametrize(
    ("kind", "amount"), [("low", "0.2"), ("typical", "0.275"), ("high", "0.35")]
)
def test_spot_is_by_zone_and_by_how_long_a_price_held(kind: str, amount: str, aws: Fakes) -> None:
    month, half_a_week = timedelta(days=30), timedelta(days=3.5)
    aws.sold(
        ("eu-west-1a", "0.2", month),
        ("eu-west-1b", "0.3", half_a_week),
        ("eu-west-1b", "0.4", month),
    )
    aws.lists(G4DN)
    assert aws.prices.ask(f"aws.ec2.spot.{kind}/g4dn.xlarge").amount == Decimal(amount)


def test_a_machines_history_and_list_price_are_asked_for_once(aws: Fakes) -> None:
    aws.sold(("eu-west-1a", "0.2", timedelta(days=30)), ("eu-west-1b", "0.4", timedelta(days=30)))
    aws.lists(G4DN)
    skus = [f"aws.ec2.spot.{kind}/g4dn.xlarge" for kind in ("low", "typical", "high")]
    told = [aws.prices.ask(sku) for sku in (*skus, "aws.ec2.ondemand/g4dn.xlarge")]
    assert [float(price.amount) for price in told] == [0.2, 0.3, 0.4, 0.587]


@pytest.mark.parametrize("absurd", ["0.00001", "9"])  # the first is what moto says of everything
def test_an_absurd_spot_price_is_refused(absurd: str, aws: Fakes) -> None:
    aws.sold(("eu-west-1a", absurd, timedelta(days=1)))
    aws.lists(G4DN)
    with pytest.raises(PriceNotFoundError, match=r"is not believed where on demand costs 0\.587"):
        aws.prices.ask("aws.ec2.spot.typical/g4dn.xlarge")


def test_spot_that_no_zone_offers_has_no_price(aws: Fakes) -> None:
    aws.sold()
    with pytest.raises(PriceNotFoundError, match="no zone offers it"):
        aws.prices.ask("aws.ec2.spot.low/g4dn.xlarge")


@pytest.mark.parametrize("sku", OFFERS)
def test_a_live_price_has_the_unit_of_the_snapshot(sku: str, aws: Fakes) -> None:
    units = {
        row.unit for (name, _), rows in load_catalog().prices.items() for row in rows if name == sku
    }
    offer = OFFERS[sku]
    aws.lists(item(offer.usage, "0.5", unit=min(offer.units)))
    assert units == {aws.prices.ask(sku).unit}
