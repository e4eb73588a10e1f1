"""The daemon outlives what goes wrong on one connection or one watch."""

import socket
import ssl
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from kube.client import Resource
from kube.errors import CutError, KubeError
from rehearsal.cluster.pki import make_authority
from rehearsal.standins import watching
from rehearsal.standins.admission import _talk
from rehearsal.standins.serving import Authority, Contexts
from rehearsal.standins.watching import Pulse, Watcher
from rehearsal.standins.world import SERVICE, World

CONNECT = b"CONNECT hook.default.svc:443 HTTP/1.1\r\n\r\n"


class Backends:
    """One Service, behind which `error` lies, if any."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def service_at(self, _host: str) -> tuple[str, str]:
        """Always the same."""
        return "default", "hook"

    def is_ready(self, *_: str) -> bool:
        """Unless asking fails."""
        if self.error:
            raise self.error
        return True


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> Contexts:
    """TLS as the daemon has it."""
    authority = Authority(pair=make_authority("test"))
    return Contexts(authority, tmp_path_factory.mktemp("serving"))


def _call(backends: Any, contexts: Contexts, body: bytes) -> bytes:
    """What a caller reads until its connection ends; a failed thread fails the test."""
    ours, theirs = socket.socketpair()
    thread = threading.Thread(target=_talk, args=(theirs, backends, contexts, lambda _: {}))
    thread.start()
    ours.settimeout(20)
    ours.sendall(CONNECT)
    said = ours.recv(1000)
    if said.startswith(b"HTTP/1.1 200"):
        trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        head = f"POST / HTTP/1.1\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        with trusting.wrap_socket(ours, suppress_ragged_eofs=True) as tls:
            tls.sendall(head.encode() + body)
            said = b"".join(iter(lambda: tls.recv(1000), b""))
    ours.close()
    thread.join()
    return said


@pytest.mark.parametrize(("body", "said"), [(b"{}", b"HTTP/1.1 200 OK"), (b"{", b""), (b"1", b"")])
def test_a_body_that_is_no_review_ends_its_connection_only(
    contexts: Contexts, body: bytes, said: bytes
) -> None:
    assert _call(Backends(), contexts, body).partition(b"\r\n")[0] == said


def test_an_api_server_that_does_not_answer_ends_the_connection_only(contexts: Contexts) -> None:
    assert _call(Backends(KubeError("no answer")), contexts, b"{}") == b""


class Stopping(threading.Event):
    """Notes each wait, and is set after the third."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        """At once."""
        self.waits.append(timeout)
        if len(self.waits) == 3:
            self.set()
        return self.is_set()


class Cutting:
    """An API server whose watches are cut after one event."""

    def __init__(self) -> None:
        self.lists = 0

    def resource(self, api_version: str, kind: str) -> Resource:
        """Whatever is asked for is served."""
        return Resource(
            api_version=api_version, kind=kind, plural="x", is_namespaced=True, verbs=()
        )

    def call(self, *_: object) -> dict[str, Any]:
        """An empty list."""
        self.lists += 1
        return {"metadata": {"resourceVersion": "1"}, "items": []}

    def watch(self, *_: object) -> Iterator[tuple[str, dict[str, Any]]]:
        """One event, then the cut."""
        yield "BOOKMARK", {"metadata": {"resourceVersion": "2"}}
        raise CutError("cut short")


def test_a_watch_that_is_cut_is_begun_anew_after_a_pause() -> None:
    client: Any = Cutting()
    stopped = Stopping()

    Watcher(client, World(), SERVICE, Pulse(client), stopped).run()

    assert client.lists == 3
    assert stopped.waits == [watching.RECONNECT_SECONDS] * 3
