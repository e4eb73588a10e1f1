"""What is generated is as long as what takes it wants."""

import base64
from collections.abc import Callable
from typing import Any

from components.platform.credentials import GeneratedCredentials

Deploy = Callable[..., Any]
PASSWORD = "random:index/randomPassword:RandomPassword"
KEY_BYTES = (16, 24, 32)  # of AES


def test_the_cookies_secret_is_a_key_however_oauth2_proxy_reads_it(deploy: Deploy) -> None:
    """It takes a text that is base64 for the bytes in it, and any other text as it is."""
    graph = deploy(lambda: GeneratedCredentials("credentials"))
    made = graph[PASSWORD, "credentials-cookie"]
    assert made["special"] is False, "then every text of that length is base64"
    assert made["length"] in KEY_BYTES
    assert len(base64.urlsafe_b64decode("a" * made["length"])) in KEY_BYTES


def test_a_password_cannot_be_guessed(deploy: Deploy) -> None:
    graph = deploy(lambda: GeneratedCredentials("credentials"))
    lengths = {name: graph[kind, name]["length"] for kind, name in graph.goals if kind == PASSWORD}
    assert lengths["credentials-admin"] == 24
    assert min(lengths.values()) >= 24
