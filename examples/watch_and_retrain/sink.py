"""Keeps what KServe's logger sends: each row that a model was asked about, one JSON list a line.

It runs alone in a pod, by Python's own library. KServe sends CloudEvents: the kind of event in the
header `ce-type`, the request of the caller as the body.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock

REQUEST = "org.kubeflow.serving.inference.request"
PORT = 8080


def sink(path: Path, port: int) -> ThreadingHTTPServer:
    """A server that appends to `path`; 0 is any free port."""
    writing = Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Keep the rows of a request; answers to requests are not kept."""
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            try:
                rows = json.loads(body)["instances"] if self._is_request() else []
                lines = [f"{json.dumps([float(value) for value in row])}\n" for row in rows]
            except (KeyError, TypeError, ValueError):
                self._say(400)
                return
            with writing, path.open("a") as kept:
                kept.writelines(lines)
            self._say(202)

        def do_GET(self) -> None:
            """Whether it listens."""
            self._say(200)

        def log_message(self, *_: object) -> None:
            """Rows are data of people: none of it goes into a log."""

        def _is_request(self) -> bool:
            return self.headers.get("ce-type") == REQUEST

        def _say(self, status: int) -> None:
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

    return ThreadingHTTPServer(("", port), Handler)


if __name__ == "__main__":
    sink(Path(sys.argv[1]), PORT).serve_forever()
