"""Waiting against a server that ends, refuses and cuts watches as real API servers do."""

import json
import re
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from kube.client import Client
from kube.errors import ApiStatusError, DeadlineError
from kube.wait import wait_gone, wait_ready
from tests.kube.test_client import client

Json = dict[str, Any]

SERVED = {
    "apps/v1": ("deployments", "Deployment"),
    "v1": ("services", "Service"),
    "discovery.k8s.io/v1": ("endpointslices", "EndpointSlice"),
}
ENOUGH_SECONDS = 20  # what a test must not need


@dataclass
class Api:
    """What there is, and what each watch in turn brings; the last one stays open in silence."""

    objects: list[Json] = field(default_factory=list)
    watches: deque[list[Json | str]] = field(default_factory=deque)
    asked: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def versions_watched(self) -> list[str]:
        return [query["resourceVersion"][0] for _, query in self.asked if "watch" in query]

    def lists(self) -> int:
        return sum("watch" not in query and "Selector" in str(query) for _, query in self.asked)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # chunked, as watches are

    def __init__(self, api: Api, *rest: Any) -> None:
        self.api = api
        super().__init__(*rest)

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = parse_qs(url.query)
        self.api.asked.append((url.path, query))
        group = url.path.removeprefix("/apis/").removeprefix("/api/")
        if group in SERVED:
            plural, kind = SERVED[group]
            served = {"name": plural, "kind": kind, "namespaced": True, "verbs": ["list"]}
            self._answer(200, {"resources": [served]})
        elif "watch" in query:
            self._watch()
        elif query:
            version = str(100 + self.api.lists())
            body = {"items": self.api.objects, "metadata": {"resourceVersion": version}}
            self._answer(200, body)
        elif self.api.objects:
            self._answer(200, self.api.objects[0])
        else:
            self._answer(404, {"kind": "Status", "message": "not found", "reason": "NotFound"})

    def _answer(self, status: int, body: Json) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _watch(self) -> None:
        events = self.api.watches.popleft() if self.api.watches else ["silence"]
        if events == ["gone"]:
            self._answer(410, {"kind": "Status", "code": 410, "message": "too old"})
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Connection", "close")  # or the client would ask again on it
        self.end_headers()
        self.close_connection = True
        for event in events:
            if event == "cut":
                return  # without the last chunk: the other side sees a connection that broke
            if event == "silence":
                self.api.done.wait(1)
                continue
            line = json.dumps(event).encode() + b"\n"
            self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
        """Nobody reads it."""


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def served(api: Api) -> Iterator[Client]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, api)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        made = client(server.server_port)
        yield made
        api.done.set()
        made.close()
        server.shutdown()


def deployment(available: int, version: str = "7", **metadata: Any) -> Json:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "dex",
            "namespace": "auth",
            "uid": "u1",
            "generation": 1,
            "resourceVersion": version,
            **metadata,
        },
        "spec": {"replicas": 1},
        "status": {
            "observedGeneration": 1,
            "updatedReplicas": 1,
            "replicas": 1,
            "availableReplicas": available,
        },
    }


def event(kind: str, body: Json) -> Json:
    return {"type": kind, "object": body}


UID = "u1"
READY, UNREADY = deployment(1, "9"), deployment(0)
MODIFIED = event("MODIFIED", READY)
TOO_OLD = event("ERROR", {"kind": "Status", "code": 410, "message": "too old resource version"})


def test_what_is_ready_is_asked_nothing(api: Api, served: Client) -> None:
    assert wait_ready(served, READY, (), ENOUGH_SECONDS) == READY
    assert api.asked == []


def test_it_watches_on_from_what_it_has_and_gives_what_it_saw(api: Api, served: Client) -> None:
    api.watches.append([event("MODIFIED", deployment(0, "8")), MODIFIED])
    assert wait_ready(served, UNREADY, (), ENOUGH_SECONDS) == READY
    assert api.versions_watched() == ["7"]
    assert api.lists() == 0


@pytest.mark.parametrize(
    ("asked", "lacks"),
    [((), "0 of 1 pods available"), (("condition=Ready",), "condition=Ready")],
)
def test_a_deadline_names_the_object_and_what_it_waits_for(
    api: Api, served: Client, asked: tuple[str, ...], lacks: str
) -> None:
    api.objects.append(UNREADY)
    said = f"Deployment auth/dex: still waiting for {lacks} after 1 s"
    with pytest.raises(DeadlineError, match=f"^{re.escape(said)}$"):
        wait_ready(served, UNREADY, asked, 1)


def test_an_object_that_goes_while_it_is_waited_for_is_said(api: Api, served: Client) -> None:
    api.watches.append([event("DELETED", UNREADY)])
    with pytest.raises(DeadlineError, match=r"waiting for the object itself, which is gone"):
        wait_ready(served, UNREADY, (), 1)


def test_a_service_is_waited_for_by_its_endpoints(api: Api, served: Client) -> None:
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "dex", "namespace": "auth", "resourceVersion": "1"},
        "spec": {"selector": {"app": "dex"}},
    }
    with pytest.raises(DeadlineError, match=r"^Service auth/dex: still waiting for a ready endp"):
        wait_ready(served, service, (), 1)
    part = {
        "metadata": {"name": "dex-1"},
        "endpoints": [{"conditions": {"ready": True}}],
    }
    api.watches.append([event("ADDED", part)])
    assert wait_ready(served, service, (), ENOUGH_SECONDS) == service


@pytest.mark.parametrize(
    ("finalizers", "held"),
    [
        (["profile-finalizer"], "profile-finalizer (of Deployment kubeflow/profiles-deployment)"),
        ([], "nothing it names"),
    ],
)
def test_what_does_not_go_is_said_with_its_finalizers(
    api: Api, served: Client, finalizers: list[str], held: str
) -> None:
    api.objects.append(deployment(1, finalizers=finalizers))
    said = f"Deployment auth/dex: still waiting for deletion; held by {held} after 1 s"
    with pytest.raises(DeadlineError, match=f"^{re.escape(said)}$"):
        wait_gone(served, READY, UID, 1)


def test_what_is_gone_already_is_not_waited_for(api: Api, served: Client) -> None:
    wait_gone(served, READY, UID, ENOUGH_SECONDS)
    assert api.versions_watched() == []


def test_a_namesake_that_was_there_first_is_not_waited_for(api: Api, served: Client) -> None:
    """Some controllers make a deleted object anew before anybody looks."""
    api.objects.append(deployment(1, uid="u2"))
    wait_gone(served, READY, UID, ENOUGH_SECONDS)
    assert api.versions_watched() == []


@pytest.mark.parametrize("last", [event("DELETED", READY), event("ADDED", deployment(1, uid="u2"))])
def test_gone_is_deleted_or_made_anew(api: Api, served: Client, last: Json) -> None:
    api.objects.append(READY)
    api.watches.append([last])
    wait_gone(served, READY, UID, ENOUGH_SECONDS)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(["gone"], id="refused with 410"),
        pytest.param([TOO_OLD], id="410 in the watch"),
        pytest.param([event("MODIFIED", UNREADY), "cut"], id="cut"),
        pytest.param([], id="ended"),
    ],
)
def test_a_watch_that_breaks_is_taken_up_from_a_new_list(
    api: Api, served: Client, broken: list[Json | str]
) -> None:
    api.objects.append(UNREADY)
    api.watches += [broken, broken, [MODIFIED]]
    assert wait_ready(served, UNREADY, (), ENOUGH_SECONDS) == READY
    assert api.versions_watched() == ["7", "101", "102"]


def test_what_became_true_while_nobody_watched_is_seen(api: Api, served: Client) -> None:
    api.objects.append(READY)
    api.watches.append([TOO_OLD])
    assert wait_ready(served, UNREADY, (), ENOUGH_SECONDS) == READY


def test_another_refusal_is_not_tried_again(api: Api, served: Client) -> None:
    api.watches.append([event("ERROR", {"code": 403, "message": "not yours"})])
    with pytest.raises(ApiStatusError, match="403 not yours"):
        wait_ready(served, UNREADY, (), ENOUGH_SECONDS)
    assert len(api.versions_watched()) == 1
