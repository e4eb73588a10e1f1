"""A DigitalOcean account as its API shows it: patient with its rate limit, never for an hour."""

import ipaddress
import os
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline.policies import AzureKeyCredentialPolicy, RetryPolicy
from pydo import Client

TOKEN = "DIGITALOCEAN_ACCESS_TOKEN"
PREFERRED = "DIGITALOCEAN_TOKEN"  # by Pulumi's provider; doctl knows TOKEN alone
ENDPOINT = "DIGITALOCEAN_API_URL"  # Pulumi's provider reads the same
OFFICIAL = "https://api.digitalocean.com"
MOST_PER_PAGE = 200
TRIES = 5  # after the first
LONGEST_PAUSE = 120  # seconds; the hourly limit asks for more, and an engineer waits for no hour


class Patience(RetryPolicy[Any, Any]):
    """The SDK's own retries of 429 and 5xx, but no pause that nobody would sit through."""

    def is_retry(self, settings: dict[str, Any], response: Any) -> bool:
        """Whether to try again: for as long as tries are left and the wait is bearable."""
        pause = self.get_retry_after(response)
        if pause is not None and pause > LONGEST_PAUSE:
            return False
        return bool(super().is_retry(settings, response))


class DigitalOceanAccount:
    """The account that the environment's token belongs to; `client` is pydo's."""

    def __init__(self, token: str, endpoint: str = OFFICIAL) -> None:
        self.client = Client(
            token,
            endpoint=endpoint,
            retry_policy=Patience(retry_total=TRIES, retry_status=TRIES),
            authentication_policy=_in_clear(token) if _is_loopback(endpoint) else None,
        )

    @classmethod
    def of_the_environment(cls) -> "DigitalOceanAccount | None":
        """The one whose token is in the environment; None without a token."""
        token = os.environ.get(TOKEN)
        return cls(token, os.environ.get(ENDPOINT, OFFICIAL)) if token else None

    def pages(self, listed: Callable[..., Any], key: str, *of: str, **asked: Any) -> list[Any]:
        """Everything under `key`, of every page."""
        found: list[Any] = []
        page, goes_on = 1, True
        while goes_on:
            told = listed(*of, page=page, per_page=MOST_PER_PAGE, **asked)
            found += told.get(key) or ()
            goes_on = "next" in ((told.get("links") or {}).get("pages") or {})
            page += 1
        return found


def said(error: HttpResponseError) -> str:
    """What the API says went wrong, in a line: its status and its own words."""
    words = error.reason
    if error.response is not None and error.response.text():
        words = _words(error.response, words)
    return f"{error.status_code} {words}"


def _words(response: Any, otherwise: str | None) -> str | None:
    try:
        return str(response.json()["message"])
    except (ValueError, KeyError, TypeError):
        return otherwise  # a proxy's page, not the API


def _in_clear(token: str) -> AzureKeyCredentialPolicy[Any, Any]:
    """For this machine alone: the SDK's own way refuses to send a token unencrypted."""
    return AzureKeyCredentialPolicy(AzureKeyCredential(token), "Authorization", prefix="Bearer")


def _is_loopback(endpoint: str) -> bool:
    host = urlsplit(endpoint).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
