"""Today's prices of AWS: its Price List, and what spot has cost in each zone this week."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from statistics import median
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from cost.catalog import Price, PriceNotFoundError
from cost.live.offers import Offer, offer_of
from cost.live.sellers import SPOT
from cost.live.source import SourceDownError

PRICES_AT = "us-east-1"  # one of the three regions that tell the prices of all
WEEK = timedelta(days=7)
LEAST, MOST = Decimal("0.05"), Decimal(2)  # of the price on demand: else it is no price
PATIENT = Config(
    connect_timeout=2, read_timeout=5, retries={"mode": "adaptive", "total_max_attempts": 3}
)


def connect(region: str) -> "AwsPrices":
    """With whatever credentials the environment has."""
    try:
        pricing = boto3.client("pricing", region_name=PRICES_AT, config=PATIENT)
        ec2 = boto3.client("ec2", region_name=region, config=PATIENT)
    except BotoCoreError as error:
        raise SourceDownError(f"AWS cannot be asked: {error}") from error
    return AwsPrices(pricing, ec2, region, datetime.now(UTC))


class AwsPrices:
    """Prices of one region; of another one none is taken."""

    def __init__(self, pricing: Any, ec2: Any, region: str, now: datetime) -> None:
        self._pricing, self._ec2 = pricing, ec2
        self._region, self._now = region, now
        self._no_spot = ""  # why: it takes a right of its own
        # A machine's three spot prices are one history, and each is held against one list price.
        self._listed, self._zones = cache(self._ask_list), cache(self._ask_history)

    def ask(self, sku: str) -> Price:
        """Today's price in the region."""
        try:
            return self._spot(sku) if sku.startswith(SPOT) else self._listed(sku)
        except ClientError as error:
            raise SourceDownError(f"AWS refuses to tell: {error}") from error
        except BotoCoreError as error:
            raise SourceDownError(f"AWS cannot be asked: {error}") from error

    def _ask_list(self, sku: str) -> Price:
        offer = offer_of(sku)
        if offer is None:
            raise PriceNotFoundError(f"no price of {sku}: AWS's name for it is not known")
        found = {amount for item in self._items(offer) for amount in self._amounts(item, offer)}
        if len(found) != 1 or not min(found, default=Decimal(0)):
            said = ", ".join(map(str, sorted(found))) or "none"
            raise PriceNotFoundError(
                f"no price of {sku} in {self._region}: the AWS Price List should have one, and "
                f"has {said}"
            )
        return self._price(sku, found.pop(), "aws-price-list")

    def _items(self, offer: Offer) -> Iterator[Any]:
        said = {"regionCode": self._region, **offer.filters}
        pages = self._pricing.get_paginator("get_products").paginate(
            ServiceCode=offer.service,
            Filters=[
                {"Type": "TERM_MATCH", "Field": name, "Value": value}
                for name, value in said.items()
            ],
        )
        for page in pages:
            yield from map(json.loads, page["PriceList"])

    def _amounts(self, item: Any, offer: Offer) -> Iterator[Decimal]:
        """Of the first of its tiers, where the item is what was looked for."""
        attributes = item["product"]["attributes"]
        if attributes.get("regionCode") != self._region:
            return
        if not offer.matches(attributes.get("usagetype", ""), self._region):
            return
        for term in item["terms"]["OnDemand"].values():
            for tier in term["priceDimensions"].values():
                if tier.get("beginRange", "0") == "0" and tier["unit"] in offer.units:
                    yield Decimal(tier["pricePerUnit"]["USD"]).normalize()

    def _spot(self, sku: str) -> Price:
        """Of the zones' means in a week: the least, the median, the most."""
        kind, _, machine = sku.removeprefix(SPOT).partition("/")
        zones = self._means(machine)
        if not zones:
            raise PriceNotFoundError(f"no price of {sku} in {self._region}: no zone offers it")
        amount = {"low": min(zones), "typical": median(zones), "high": max(zones)}[kind]
        full = self._listed(f"aws.ec2.ondemand/{machine}").amount
        if not full * LEAST <= amount <= full * MOST:
            raise PriceNotFoundError(
                f"no price of {sku} in {self._region}: {amount} is not believed where on demand "
                f"costs {full}"
            )
        return self._price(sku, round(amount, 6), "aws-spot-history")

    def _means(self, machine: str) -> list[Decimal]:
        """Refused, it is a price that is not told, for others still may be."""
        if self._no_spot:
            raise PriceNotFoundError(self._no_spot)
        try:
            return self._zones(machine)
        except ClientError as error:
            self._no_spot = f"AWS refuses to tell spot prices: {error}"
            raise PriceNotFoundError(self._no_spot) from error

    def _ask_history(self, machine: str) -> list[Decimal]:
        since = self._now - WEEK
        pages = self._ec2.get_paginator("describe_spot_price_history").paginate(
            InstanceTypes=[machine],
            ProductDescriptions=["Linux/UNIX"],
            StartTime=since,
            EndTime=self._now,
        )
        by_zone: dict[str, list[tuple[datetime, Decimal]]] = defaultdict(list)
        for page in pages:
            for one in page["SpotPriceHistory"]:
                held_from = max(one["Timestamp"], since)
                by_zone[one["AvailabilityZone"]].append((held_from, Decimal(one["SpotPrice"])))
        return [_mean(history, self._now) for history in by_zone.values()]

    def _price(self, sku: str, amount: Decimal, source: str) -> Price:
        return Price(
            sku=sku,
            region=self._region,
            unit=_unit(sku),
            amount=amount,
            source=source,
            dated=self._now.date().isoformat(),
            grade="A",
            is_live=True,
        )


def _unit(sku: str) -> str:
    """As the snapshot calls it."""
    per_month = {"aws.kms.key": "month", "aws.ebs.gp3.iops": "IOPS-month"}
    if sku in per_month:
        return per_month[sku]
    if sku.endswith(".lcu"):
        return "NLCU-hour" if "nlb" in sku else "LCU-hour"
    if sku.startswith("aws.ebs.") or sku in ("aws.s3.standard.gb", "aws.cloudwatch.logs.storage"):
        return "GB-month"
    return "GB" if sku.endswith((".gb", ".ingest")) else "hour"


def _mean(history: Iterable[tuple[datetime, Decimal]], now: datetime) -> Decimal:
    """By how long each price held."""
    steps = sorted(history)
    ends = [moment for moment, _ in steps[1:]] + [now]
    spans = [
        (Decimal(int((end - start).total_seconds())), price)
        for (start, price), end in zip(steps, ends, strict=True)
    ]
    whole = sum(seconds for seconds, _ in spans)
    if not whole:
        return steps[-1][1]
    return sum((seconds * price for seconds, price in spans), Decimal(0)) / whole
