"""Today's prices of DigitalOcean: its sizes of Droplets; it tells no others by its API."""

import os
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

import httpx

from cost.catalog import ANYWHERE, Price, PriceNotFoundError
from cost.live.sellers import DROPLET
from cost.live.source import SourceDownError

API = "https://api.digitalocean.com"
TOKEN = "DIGITALOCEAN_ACCESS_TOKEN"
PER_PAGE = 200
CPU_CAP, GPU_CAP = 672, 744  # hours that a month is billed for at most


def connect(region: str) -> "DigitalOceanPrices":
    """With the token that the doctor and the provider use, too."""
    token = os.environ.get(TOKEN)
    if not token:
        raise SourceDownError(f"DigitalOcean cannot be asked: {TOKEN} is not set")
    client = httpx.Client(
        base_url=API, headers={"Authorization": f"Bearer {token}"}, timeout=httpx.Timeout(5)
    )
    return DigitalOceanPrices(client, region, datetime.now(UTC).date())


class DigitalOceanPrices:
    """Prices of the sizes that one region has."""

    def __init__(self, client: httpx.Client, region: str, day: date) -> None:
        self._client, self._region, self._day = client, region, day

    def ask(self, sku: str) -> Price:
        """A month of one size."""
        slug = sku.removeprefix(DROPLET)
        size = self._sizes.get(slug)
        is_here = size and self._region in (ANYWHERE, *size["regions"])
        if size is None or not is_here or not size["price_monthly"]:
            raise PriceNotFoundError(f"no price of {sku}: DigitalOcean has none in {self._region}")
        is_gpu = slug.startswith("gpu-")
        return Price(
            sku=sku,
            region=self._region,
            unit="month",
            amount=Decimal(str(size["price_monthly"])),
            source="do-sizes",
            dated=self._day.isoformat(),
            grade="A",
            cap_hours=GPU_CAP if is_gpu else CPU_CAP,
            is_live=True,
        )

    @cached_property
    def _sizes(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        page, is_last = 0, False
        while not is_last:
            page += 1
            answer = self._page(page)
            found |= {size["slug"]: size for size in answer["sizes"]}
            is_last = "next" not in answer.get("links", {}).get("pages", {})
        return found

    def _page(self, number: int) -> Any:
        try:
            answer = self._client.get(
                "/v2/sizes", params={"page": number, "per_page": PER_PAGE}
            ).raise_for_status()
            return answer.json()
        except httpx.HTTPStatusError as error:
            raise SourceDownError(
                f"DigitalOcean refuses to tell: {error.response.status_code}"
            ) from error
        except (httpx.HTTPError, ValueError) as error:
            raise SourceDownError(f"DigitalOcean cannot be asked: {error}") from error
