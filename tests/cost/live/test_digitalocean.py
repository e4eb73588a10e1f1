"""DigitalOcean's sizes from a server on this machine."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlparse

import httpx
import pytest

from accounts.digitalocean import TOKEN
from cost.catalog import PriceNotFoundError
from cost.live.digitalocean import DigitalOceanPrices, connect
from cost.live.source import SourceDownError

SIZES = [
    {"slug": "s-4vcpu-16gb-amd", "price_monthly": 84.0, "regions": ["fra1", "nyc1"]},
    {"slug": "gpu-l40sx1-48gb", "price_monthly": 1168.08, "regions": ["tor1"]},
]


class Server:
    """One size a page; `status` is what it answers."""

    def __init__(self) -> None:
        self.status, self.body = 200, ""
        fake = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page = int(parse_qs(urlparse(self.path).query)["page"][0])
                links = {"pages": {"next": "elsewhere"}} if page < len(SIZES) else {}
                answer = {"sizes": SIZES[page - 1 : page], "links": links}
                self.send_response(fake.status)
                self.end_headers()
                self.wfile.write((fake.body or json.dumps(answer)).encode())

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self.http = HTTPServer(("127.0.0.1", 0), Answers)
        self.address = f"http://127.0.0.1:{self.http.server_port}"


@pytest.fixture
def server() -> Iterator[Server]:
    fake = Server()
    thread = Thread(target=fake.http.serve_forever, args=(0.01,))
    thread.start()
    yield fake
    fake.http.shutdown()
    thread.join()
    fake.http.server_close()


def prices(address: str, region: str) -> DigitalOceanPrices:
    client = httpx.Client(base_url=address, timeout=5, trust_env=False)
    return DigitalOceanPrices(client, region, date(2026, 11, 25))


@pytest.mark.parametrize(
    ("slug", "region", "amount", "cap"),
    [("s-4vcpu-16gb-amd", "fra1", "84.0", 672), ("gpu-l40sx1-48gb", "tor1", "1168.08", 744)],
)
def test_every_page_is_read_and_the_cap_is_the_kinds(
    slug: str, region: str, amount: str, cap: int, server: Server
) -> None:
    price = prices(server.address, region).ask(f"do.droplet/{slug}")
    assert (price.amount, price.cap_hours, price.is_live) == (Decimal(amount), cap, True)


@pytest.mark.parametrize("slug", ["gpu-l40sx1-48gb", "s-none"])
def test_a_size_that_the_region_does_not_have_has_no_price(slug: str, server: Server) -> None:
    with pytest.raises(PriceNotFoundError, match="DigitalOcean has none in fra1"):
        prices(server.address, "fra1").ask(f"do.droplet/{slug}")


@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_a_refusal_is_said(status: int, server: Server) -> None:
    server.status = status
    with pytest.raises(SourceDownError, match=f"refuses to tell: {status}"):
        prices(server.address, "fra1").ask("do.droplet/s-4vcpu-16gb-amd")


def test_an_answer_that_is_none_is_said(server: Server) -> None:
    server.body = "<html>proxy</html>"
    with pytest.raises(SourceDownError, match="cannot be asked"):
        prices(server.address, "fra1").ask("do.droplet/s-4vcpu-16gb-amd")


def test_without_a_network_it_says_so() -> None:
    with pytest.raises(SourceDownError, match="cannot be asked"):
        prices("http://127.0.0.1:1", "fra1").ask("do.droplet/s-4vcpu-16gb-amd")


def test_without_a_token_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, "of this test")
    connect("fra1")
    monkeypatch.delenv(TOKEN)
    with pytest.raises(SourceDownError, match=f"{TOKEN} is not set"):
        connect("fra1")
