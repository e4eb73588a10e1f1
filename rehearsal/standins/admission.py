"""Admission: answers for every webhook Service of the cluster that has an endpoint.

The API server's egress selector asks here by HTTP CONNECT over a Unix socket, then speaks TLS with
`<service>.<namespace>.svc`. Without a ready endpoint the call is refused, as it would be anywhere.
"""

import base64
import json
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from kube.errors import KubeError
from rehearsal.standins.backends import Backends
from rehearsal.standins.injection import injection_patch
from rehearsal.standins.serving import Contexts
from rehearsal.standins.world import INJECTOR_CONFIG, World

HEAD_LIMIT = 8_192
WAITING_CALLS = 256
IDLE_SECONDS = 120.0

Body = Mapping[str, Any]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One webhook call: to which Service, at which path, with what."""

    namespace: str
    service: str
    path: str
    body: Body


def listen(path: Path) -> socket.socket:
    """The socket the API server connects to; one left by a dead process is replaced."""
    path.unlink(missing_ok=True)
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    path.chmod(0o600)
    server.listen(WAITING_CALLS)
    return server


def serve(server: socket.socket, backends: Backends, contexts: Contexts, world: World) -> None:
    """Take calls for as long as the process lives, each connection in a thread of its own."""

    def answer(call: Call) -> Body:
        return answer_call(call, injector_values(world))

    while True:
        connection, _ = server.accept()
        threading.Thread(
            target=_talk, args=(connection, backends, contexts, answer), daemon=True
        ).start()


def answer_call(call: Call, values: Body) -> Body:
    """What the webhook says: yes to everything, with a sidecar for those Istio injects. Pure."""
    if call.body.get("kind") == "ConversionReview":
        return _converted(call.body)
    request = call.body["request"]
    response: dict[str, Any] = {"uid": request["uid"], "allowed": True}
    if call.service.startswith("istiod") and call.path.startswith("/inject"):
        patch = injection_patch(request["object"], values)
        if patch:
            text = base64.b64encode(json.dumps(patch).encode()).decode()
            response |= {"patchType": "JSONPatch", "patch": text}
    api_version = call.body.get("apiVersion", "admission.k8s.io/v1")
    return {"apiVersion": api_version, "kind": "AdmissionReview", "response": response}


def injector_values(world: World) -> Body:
    """The values Istio's injector would use."""
    found = world.get(INJECTOR_CONFIG, "istio-system", "istio-sidecar-injector")
    values: Body = json.loads((found or {}).get("data", {}).get("values", "{}"))
    return values


def _converted(review: Body) -> Body:
    """Every version of our CRDs is taken to have the same fields."""
    request = review["request"]
    objects = [{**o, "apiVersion": request["desiredAPIVersion"]} for o in request["objects"]]
    response = {
        "uid": request["uid"],
        "result": {"status": "Success"},
        "convertedObjects": objects,
    }
    return {"apiVersion": review["apiVersion"], "kind": "ConversionReview", "response": response}


def _talk(
    connection: socket.socket,
    backends: Backends,
    contexts: Contexts,
    answer: Callable[[Call], Body],
) -> None:
    with connection:
        try:
            connection.settimeout(IDLE_SECONDS)
            service = _accept(connection, backends)
            if service is None:
                return
            with contexts.first.wrap_socket(connection, server_side=True) as tls:
                _Handler(tls, service, backends, answer)
        except OSError as error:
            _log.info("a webhook connection ended: %s", error)
        except (KubeError, ValueError, KeyError) as error:
            # One call that cannot be answered must not end the daemon, as any failed thread does.
            _log.warning("a webhook connection was dropped: %r", error)


def _accept(connection: socket.socket, backends: Backends) -> tuple[str, str] | None:
    """The Service a CONNECT is for, told whether it can be reached; None when it cannot."""
    target = _connect_target(connection)
    if target is None:
        return None
    service = backends.service_at(target.rpartition(":")[0].strip("[]"))
    if service is None:
        _refuse(connection, f"no service has the address {target}")
        return None
    if not backends.is_ready(*service):
        _refuse(connection, f"no ready endpoint for service {'/'.join(service)}")
        return None
    connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    return service


def _connect_target(connection: socket.socket) -> str | None:
    """`host:port` of the CONNECT line; None when the caller only looks whether we are there."""
    head = b""
    while b"\r\n\r\n" not in head and len(head) < HEAD_LIMIT:
        piece = connection.recv(HEAD_LIMIT)
        if not piece:
            return None
        head += piece
    words = head.split(b"\r\n", 1)[0].decode(errors="replace").split()
    return words[1] if len(words) > 1 and words[0] == "CONNECT" else None


def _refuse(connection: socket.socket, reason: str) -> None:
    _log.info("refused: %s", reason)
    line = f"HTTP/1.1 503 {reason}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    connection.sendall(line.encode())


class _Handler(BaseHTTPRequestHandler):
    """HTTP on one TLS connection; the connection ends as soon as the Service has no endpoint."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def __init__(
        self,
        tls: ssl.SSLSocket,
        service: tuple[str, str],
        backends: Backends,
        answer: Callable[[Call], Body],
    ) -> None:
        self.to, self.backends, self.answer = service, backends, answer
        # The base class answers all requests of the connection while it is made.
        super().__init__(tls, ("unix", 0), None)  # type: ignore[arg-type]

    def do_POST(self) -> None:
        """One webhook call."""
        length = int(self.headers.get("Content-Length", 0))
        body = json.loads(self.rfile.read(length))
        if not isinstance(body, dict):
            raise ValueError(f"a review is an object, not {body!r:.100}")
        namespace, service = self.to
        if not self.backends.is_ready(namespace, service):
            self.close_connection = True
            return
        call = Call(namespace=namespace, service=service, path=self.path, body=body)
        text = json.dumps(self.answer(call)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
        """Not a line per call."""
