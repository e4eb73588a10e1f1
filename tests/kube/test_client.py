"""The client against a server that answers what real API servers answer."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import yaml

from kube.client import Client
from kube.errors import ApiStatusError, KubeconfigError, KubeError, NoSuchKindError

ANSWERS: dict[str, tuple[int, str, str]] = {
    "/apis/gone.example/v1": (404, "text/plain; charset=utf-8", "404 page not found\n"),
    "/api/v1": (
        200,
        "application/json",
        json.dumps(
            {"resources": [{"name": "pods", "kind": "Pod", "namespaced": True, "verbs": []}]}
        ),
    ),
    "/apis/apps/v1": (
        200,
        "application/json",
        json.dumps(
            {
                "resources": [
                    {"name": "deployments", "kind": "Deployment", "namespaced": True, "verbs": []}
                ]
            }
        ),
    ),
    "/api/v1/namespaces/a/pods/b": (
        403,
        "application/json",
        json.dumps({"kind": "Status", "message": "pods b is forbidden", "reason": "Forbidden"}),
    ),
}

DELETED: dict[str, str] = {}  # the propagation policy asked for, by name


class _Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, kind, text = ANSWERS[self.path]
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_DELETE(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        DELETED[self.path.rpartition("/")[2]] = asked["propagationPolicy"]
        # A real one answers with the object while it is still going, else with a Status about it.
        going = {"kind": "Deployment", "metadata": {"uid": "u1"}}
        gone = {"kind": "Status", "details": {"uid": "u2"}}
        text = json.dumps(going if self.path.endswith("owner") else gone).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
        """Nobody reads it."""


def client(port: int) -> Client:
    config = {
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "users": [{"name": "u", "user": {}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    return Client(yaml.safe_dump(config))


@pytest.fixture
def served() -> Iterator[Client]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        made = client(server.server_port)
        yield made
        made.close()
        server.shutdown()


def test_a_group_that_nobody_serves_is_a_missing_kind(served: Client) -> None:
    with pytest.raises(NoSuchKindError, match=r"Widget \(gone.example/v1\) is not served"):
        served.resource("gone.example/v1", "Widget")


def test_a_refusal_carries_the_servers_words(served: Client) -> None:
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "a", "name": "b"}}
    with pytest.raises(ApiStatusError, match="403 pods b is forbidden") as caught:
        served.get(body)
    assert caught.value.reason == "Forbidden"


def test_nobody_there_is_said_with_the_address() -> None:
    lonely = client(1)
    with pytest.raises(KubeError, match=r"GET /api/v1: no answer from http://127.0.0.1:1"):
        lonely.resource("v1", "Pod")
    lonely.close()


def test_only_owners_wait_for_what_they_own(served: Client) -> None:
    for api_version, kind, name, uid in (
        ("apps/v1", "Deployment", "owner", "u1"),
        ("v1", "Pod", "childless", "u2"),
    ):
        metadata = {"namespace": "a", "name": name}
        body = {"apiVersion": api_version, "kind": kind, "metadata": metadata}
        assert served.delete(body) == uid
    assert DELETED == {"owner": "Foreground", "childless": "Background"}


def test_who_says_that_it_owns_waits_for_what_it_owns(served: Client) -> None:
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "a", "name": "root"}}
    served.delete(body, owns=True)
    assert DELETED.pop("root") == "Foreground"


def test_kinds_of_crds_come_once_and_another_broken_group_is_not_asked(
    served: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def group(name: str, *versions: str) -> dict[str, object]:
        served_as = [{"groupVersion": f"{name}/{version}"} for version in versions]
        return {"name": name, "preferredVersion": served_as[0], "versions": served_as}

    widgets = {"name": "widgets", "kind": "Widget", "namespaced": True, "verbs": ["list"]}
    gadgets = {"name": "gadgets", "kind": "Gadget", "namespaced": True, "verbs": ["list"]}
    answers = {
        "/apis": {"groups": [group("w.example", "v2", "v1"), group("broken.example", "v1")]},
        "/apis/w.example/v2": {"resources": [widgets]},
        "/apis/w.example/v1": {"resources": [widgets, gadgets]},
    }
    for path, answer in answers.items():
        monkeypatch.setitem(ANSWERS, path, (200, "application/json", json.dumps(answer)))
    monkeypatch.setitem(ANSWERS, "/apis/broken.example/v1", (503, "text/plain", "no backend"))
    found = served.custom_kinds({"widgets.w.example", "gone.w.example", "gone.gone.example"})
    assert [(kind.api_version, kind.kind) for kind in found] == [("w.example/v2", "Widget")]
    with pytest.raises(ApiStatusError, match="503 no backend"):
        served.every_resource()


@pytest.mark.parametrize(
    "text",
    [
        "nowhere",
        "",
        "{not yaml",
        "- a list",
        "{}",
        "{kind: Config, current-context: x, contexts: [], clusters: [], users: []}",
        "{current-context: x, contexts: [{name: x, context: {cluster: gone, user: gone}}]}",
    ],
)
def test_what_is_no_kubeconfig_is_said_to_be_none(text: str) -> None:
    with pytest.raises(KubeconfigError, match="needs clusters, users, contexts"):
        Client(text)
