"""The request path of a stack at a domain, all of it on loopback."""

import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from werkzeug.serving import make_server

from tests.go_programs import go_program
from tests.request_path.certificates import issue
from tests.request_path.gateway import Gateway, Inside
from tests.request_path.models import OPEN, SHUT, model
from tests.request_path.provider import make_provider
from tests.request_path.rendered import ADMIN, DOMAIN, STRANGER, Platform, rendered
from tests.request_path.servers import browser_like, forward, oauth2_proxy, serving, stub
from tests.request_path.solver import CHALLENGE, solver


@dataclass(frozen=True, kw_only=True)
class Way:
    """Where everything is."""

    platform: Platform
    https: int
    http: int
    trusted: Path  # the CA's certificate
    served: Path  # the gateway's, with its key

    def client(self) -> httpx.Client:
        """A browser without a past, that trusts the stack's CA."""
        context = ssl.create_default_context(cafile=str(self.trusted))
        return browser_like(DOMAIN, self.https, self.http, context)


@pytest.fixture(scope="session")
def program() -> Path:
    """The real oauth2-proxy."""
    return go_program("oauth2-proxy", "github.com/oauth2-proxy/oauth2-proxy/v7")


@pytest.fixture(scope="module")
def way(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    """A platform with a certificate of its own CA."""
    platform = rendered(tmp_path_factory.mktemp("project"), public_models=[OPEN])
    models = (obj for name in (OPEN, SHUT) for obj in model(platform, name))
    serving_some = Platform(objs=(*platform.objs, *models))
    with opened(serving_some, program, tmp_path_factory.mktemp("path")) as found:
        yield found


@pytest.fixture(scope="module")
def http01(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    """A platform that Let's Encrypt asks by HTTP, with the answer that cert-manager puts there."""
    tls = {"mode": "letsencrypt", "challenge": "http01", "email": ADMIN}
    platform = rendered(tmp_path_factory.mktemp("project"), tls=tls)
    asked = Platform(objs=(*platform.objs, *solver(CHALLENGE)))
    with opened(asked, program, tmp_path_factory.mktemp("path")) as found:
        yield found


@contextmanager
def opened(platform: Platform, program: Path, folder: Path) -> Iterator[Way]:
    """Gateway, oauth2-proxy, provider and a stub for the rest, all up."""
    trusted, served = issue(platform, folder)
    config = yaml.safe_load(platform.text("ConfigMap", "auth", "dex", "config.yaml"))
    (admin,) = config["staticPasswords"]
    config["staticPasswords"] = [admin, {**admin, "email": STRANGER}]
    environment = platform.environment(platform.container("auth", "dex"), "auth")
    with ExitStack() as up:
        other = up.enter_context(serving(stub, 80))
        dex = up.enter_context(_provider(config, environment))
        places = {"dex.auth.svc.cluster.local": dex}
        proxy = up.enter_context(serving(forward(Inside(platform, places, other)), 80))
        login = up.enter_context(oauth2_proxy(program, platform, proxy, folder))
        places = {**places, "oauth2-proxy.oauth2-proxy.svc.cluster.local": login}
        gateway = Gateway(platform, Inside(platform, places, other))
        tls = gateway.tls(443, str(served))
        https = up.enter_context(serving(gateway.handle, 443, tls))
        http = up.enter_context(serving(gateway.handle, 80))
        yield Way(platform=platform, https=https, http=http, trusted=trusted, served=served)


@contextmanager
def _provider(config: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator[int]:
    server = make_server("127.0.0.1", 0, make_provider(config, environment), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
