"""A model registry on loopback, for the examples' own interpreter: as far as its client goes.

What it takes and gives is what the models generated from the registry's OpenAPI allow: a field
that they do not know, or one that they lack, is an error of the test.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import mr_openapi

ROOT = "/api/model_registry/v1alpha3/"
Json = dict[str, Any]
# Collection: its models, and which field of a row names the row that it belongs to.
KINDS = {
    "registered_models": ("RegisteredModel", ""),
    "model_versions": ("ModelVersion", "registeredModelId"),
    "artifacts": ("ModelArtifact", "parent"),
    "serving_environments": ("ServingEnvironment", ""),
    "inference_services": ("InferenceService", "servingEnvironmentId"),
    "serves": ("ServeModel", "parent"),
}
SINGULAR = {
    "registered_model": "registered_models",
    "model_version": "model_versions",
    "model_artifact": "artifacts",
    "serving_environment": "serving_environments",
    "inference_service": "inference_services",
}


@dataclass
class Registry:
    """Rows by collection, in the order of creation; `tokens` are those that callers showed."""

    rows: dict[str, list[Json]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    tokens: set[str] = field(default_factory=set)
    url: str = ""

    def answer(self, method: str, path: str, query: Json, body: Json) -> tuple[int, Json]:
        words = path.removeprefix(ROOT).split("/")
        if method == "GET" and words[0] in SINGULAR:
            return self._found(SINGULAR[words[0]], query)
        kind = {"versions": "model_versions"}.get(words[-1], words[-1])
        match method, len(words):
            case "POST", (1 | 3):
                return 201, self._added(kind, body, words[1] if len(words) == 3 else "")
            case "PATCH", 2:
                return 200, self._changed(words[0], words[1], body)
            case "GET", 1:
                return 200, self._page(kind, "", query)
            case "GET", 2:
                return self._found(words[0], {"id": words[1]})
            case "GET", 3:
                return 200, self._page(kind, words[1], query)
        raise AssertionError(f"{method} {path}: the example has no reason to ask that")

    def _added(self, kind: str, body: Json, parent: str) -> Json:
        model, belongs = KINDS[kind]
        said = _checked(f"{model}Create", body) if kind != "artifacts" else body
        number = str(sum(map(len, self.rows.values())) + 1)
        times = {"createTimeSinceEpoch": number, "lastUpdateTimeSinceEpoch": number}
        row = {**said, "id": number, **times}
        if belongs == "parent":
            row["parent"] = parent
        names = [(one.get(belongs), one.get("name")) for one in self.rows[kind]]
        assert row.get("name") is None or (row.get(belongs), row["name"]) not in names
        self.rows[kind].append(row)
        return self._shown(kind, row)

    def _changed(self, kind: str, number: str, body: Json) -> Json:
        (row,) = (one for one in self.rows[kind] if one["id"] == number)
        row |= _checked(f"{KINDS[kind][0]}Update", body)
        return self._shown(kind, row)

    def _found(self, kind: str, query: Json) -> tuple[int, Json]:
        wanted = {"id": query.get("id"), "name": query.get("name")}
        wanted[KINDS[kind][1]] = query.get("parentResourceId")
        for row in self.rows[kind]:
            if all(row.get(key) == value for key, value in wanted.items() if value):
                return 200, self._shown(kind, row)
        return 404, {"code": "404", "message": "there is none"}

    def _page(self, kind: str, parent: str, query: Json) -> Json:
        """Two rows at a time, whatever is asked: a reader of one page would miss some."""
        belongs = KINDS[kind][1]
        rows = [one for one in self.rows[kind] if not parent or one[belongs] == parent]
        start = int(query.get("nextPageToken") or 0)
        many = 2 if kind == "model_versions" else len(rows)
        more = str(start + many) if start + many < len(rows) else ""
        shown = [self._shown(kind, one) for one in rows[start : start + many]]
        return {"items": shown, "size": len(shown), "pageSize": many, "nextPageToken": more}

    def _shown(self, kind: str, row: Json) -> Json:
        # The generated models read the times and never write them.
        times = {key: row[key] for key in ("createTimeSinceEpoch", "lastUpdateTimeSinceEpoch")}
        said = {key: row[key] for key in row.keys() - times.keys() - {"parent"}}
        return {**_checked(KINDS[kind][0], said), **times}


def _checked(model: str, body: Json) -> Json:
    """The body as the model takes it; nothing of it may be lost."""
    taken = json.loads(getattr(mr_openapi, model).from_dict(body).to_json())
    lost = {key: value for key, value in body.items() if taken.get(key) != value}
    assert not lost, f"{model} does not know {lost}"
    return dict(taken)


@contextmanager
def running() -> Iterator[Registry]:
    """One that listens until the block ends."""
    registry = Registry()

    class Handler(BaseHTTPRequestHandler):
        def _take(self) -> None:
            registry.tokens.add(self.headers.get("authorization", ""))
            path = urlsplit(self.path)
            length = int(self.headers.get("content-length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            try:
                status, said = registry.answer(
                    self.command, path.path, dict(parse_qsl(path.query)), body
                )
            except (AssertionError, ValueError) as error:
                status, said = 500, {"code": "500", "message": f"{self.path} {body}: {error!r}"}
            text = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PATCH = _take  # noqa: N815  the library's names

        def log_message(self, *_: object) -> None:
            """Tests need no log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    registry.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield registry
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
