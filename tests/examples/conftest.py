"""The examples' own interpreter, and programs on loopback that remember what they were asked."""

import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socketserver import BaseServer
from typing import Any

import pytest
from flask import Flask, Response, request
from werkzeug.serving import make_server

ROOT = Path(__file__).parents[2]
Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request that a program got."""

    method: str
    path: str
    body: Json
    token: str
    query: Json


class Recorder:
    """A program on loopback that remembers what it was asked; `answer` says what it answers."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answer: Callable[[Call], tuple[int, Json]] = lambda _: (200, {})
        app = Flask("recorder")
        app.add_url_rule(
            "/<path:path>", view_func=self._take, methods=["DELETE", "GET", "PATCH", "POST"]
        )
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def posted(self, ending: str) -> Json:
        """What was sent to the one address that ends so."""
        (found,) = (c.body for c in self.calls if c.method == "POST" and c.path.endswith(ending))
        return found

    def _take(self, path: str) -> Response:
        call = Call(
            method=request.method,
            path=f"/{path}",
            body=request.get_json(silent=True) or {},
            token=request.headers.get("authorization", ""),
            query=request.args.to_dict(),
        )
        self.calls.append(call)
        status, body = self.answer(call)
        return Response(json.dumps(body), status, content_type="application/json")


@contextmanager
def listening(server: BaseServer) -> Iterator[None]:
    """It answers for as long as this is open."""
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """One that listens until the test is over."""
    made = Recorder()
    with listening(made.server):
        yield made


@pytest.fixture(scope="session")
def interpreter() -> Path:
    """Where kfp is: not beside the stack, whose libraries are newer than it takes."""
    found = ROOT / ".venv-examples" / "bin" / "python"
    assert found.exists(), "the examples have no interpreter: `make setup` makes one"
    return found


@pytest.fixture
def run(interpreter: Path) -> Callable[..., str]:
    """Runs a script of these tests with it; gives the last line it says."""

    def script(name: str, *words: str) -> str:
        path = Path(__file__).with_name(name)
        done = subprocess.run(
            [interpreter, "-W", "ignore", path, *words],
            cwd=ROOT,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "PATH": f"{interpreter.parent}:{os.environ['PATH']}",
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip().splitlines()[-1]

    return script
