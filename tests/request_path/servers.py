"""Everything of the request path that listens, on ports of loopback that nobody else has."""

import json
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from rehearsal.cluster.waiting import until
from tests.request_path.authorization import Request
from tests.request_path.gateway import Answer, Asked, Inside
from tests.request_path.rendered import Platform

Handle = Callable[[Asked], Answer]
SECONDS_TO_START = 30


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def silent() -> Iterator[int]:
    """A port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        yield int(found.getsockname()[1])


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A handshake that a client breaks off is what some tests are about."""
        if not isinstance(sys.exception(), ssl.SSLError | ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serving(handle: Handle, port: int, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Answers on a free port of loopback what would come in at `port`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _do(self) -> None:
            whole = urlsplit(self.path)
            length = int(self.headers.get("content-length") or 0)
            request = Request(
                method=self.command,
                host=(whole.hostname or self.headers["host"]).partition(":")[0],
                path=whole.path,
                headers={k.lower(): v for k, v in self.headers.items() if k.lower() != "host"},
            )
            query = f"?{whole.query}" if whole.query else ""
            at = whole.port or port
            body = self.rfile.read(length)
            answer = handle(Asked(port=at, request=request, query=query, body=body))
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = do_HEAD = _do  # noqa: N815  the library's names

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = _Server(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def stub(asked: Asked) -> Answer:
    """A Service of the platform: shows what it was asked."""
    said = asked.request
    told = {"path": said.path, "host": said.host, "headers": dict(said.headers)}
    who = said.headers.get("kubeflow-userid", "nobody")
    page = (
        f"<!doctype html><title>Kubeflow</title><p id=userid>{who}</p><pre>{json.dumps(told)}</pre>"
    )
    if "text/html" in said.headers.get("accept", ""):
        return Answer(status=200, headers=(("content-type", "text/html"),), body=page.encode())
    return Answer(
        status=200, headers=(("content-type", "application/json"),), body=json.dumps(told).encode()
    )


@contextmanager
def oauth2_proxy(program: Path, platform: Platform, proxy: int, folder: Path) -> Iterator[int]:
    """The real program as its Deployment runs it; `proxy` leads to the cluster's Services.

    Only places differ: mounted files are in `folder`, and it listens on a free port.
    """
    container = platform.container("oauth2-proxy", "oauth2-proxy")
    moved = _mounted(platform, folder)
    port = free_port()
    arguments = [
        f"--http-address=127.0.0.1:{port}" if one.startswith("--http-address=") else _at(one, moved)
        for one in container["args"]
    ]
    environment = platform.environment(container, "oauth2-proxy")
    log = folder / "oauth2-proxy.log"
    with log.open("w") as said:
        process = subprocess.Popen(
            (str(program), *arguments),
            # Go's HTTP client takes the proxy for everything but loopback.
            env={
                "PATH": os.environ["PATH"],
                "HTTP_PROXY": f"http://127.0.0.1:{proxy}",
                **environment,
            },
            stdout=said,
            stderr=said,
        )
        try:
            until("oauth2-proxy answers", lambda: _lacks(port, process, log), SECONDS_TO_START)
            yield port
        finally:
            process.terminate()
            process.wait()


def _mounted(platform: Platform, folder: Path) -> Mapping[str, Path]:
    """Every file that is mounted into the container, written below the folder, by its old place."""
    spec = platform.one("Deployment", "oauth2-proxy", "oauth2-proxy").body["spec"]["template"][
        "spec"
    ]
    maps = {one["name"]: one["configMap"]["name"] for one in spec["volumes"]}
    found = {}
    for mount in spec["containers"][0]["volumeMounts"]:
        text = platform.text("ConfigMap", "oauth2-proxy", maps[mount["name"]], mount["subPath"])
        found[mount["mountPath"]] = (folder / mount["subPath"], text)
    moved = {place: path for place, (path, _) in found.items()}
    for path, text in found.values():
        path.write_text(_at(text, moved))
    return moved


def _at(text: str, moved: Mapping[str, Path]) -> str:
    for place, path in moved.items():
        text = text.replace(place, str(path))
    return text


def _lacks(port: int, process: "subprocess.Popen[bytes]", log: Path) -> str | None:
    if process.poll() is not None:
        raise AssertionError(f"oauth2-proxy ended: {log.read_text()}")
    try:
        found = httpx.get(f"http://127.0.0.1:{port}/ping", trust_env=False)
    except httpx.TransportError as error:
        return str(error)
    return None if found.is_success else str(found.status_code)


def forward(inside: Inside) -> Handle:
    """What a program in the cluster reaches: Services by their names."""

    def handle(asked: Asked) -> Answer:
        return inside.send(asked.request.host, asked.port, asked)

    return handle


def browser_like(domain: str, https: int, http: int, trusted: ssl.SSLContext) -> httpx.Client:
    """A client for which the domain, and hosts under it, are the gateway on loopback."""
    return httpx.Client(
        transport=_Loopback({443: https, 80: http}, domain, trusted),
        headers={"accept": "text/html"},
        trust_env=False,
    )


class _Loopback(httpx.BaseTransport):
    def __init__(self, ports: Mapping[int, int], domain: str, trusted: ssl.SSLContext) -> None:
        self._ports, self._domain = ports, domain
        self._inner = httpx.HTTPTransport(verify=trusted, trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        assert url.host == self._domain or url.host.endswith(f".{self._domain}"), url
        port = self._ports[url.port or {"https": 443, "http": 80}[url.scheme]]
        extensions: dict[str, Any] = {**request.extensions, "sni_hostname": url.host}
        moved = httpx.Request(
            request.method,
            url.copy_with(host="127.0.0.1", port=port),
            headers=request.headers,  # `host` among them, as it was
            stream=request.stream,
            extensions=extensions,
        )
        return self._inner.handle_request(moved)

    def close(self) -> None:
        self._inner.close()
