"""A small DigitalOcean on loopback: lists with pages, deletions that stay, refusals on demand.

Shapes are those of the public OpenAPI description, as far as the program reads them.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "dop_v1_of_a_test"
GET, DELETE = "GET", "DELETE"
# Where a list is, and what is called like it in the answer.
LISTS = {
    "droplets": "droplets",
    "kubernetes/clusters": "kubernetes_clusters",
    "load_balancers": "load_balancers",
    "volumes": "volumes",
    "snapshots": "snapshots",
    "databases": "databases",
    "domains": "domains",
    "vpcs": "vpcs",
    "sizes": "sizes",
    "regions": "regions",
}
RECORDS = re.compile(r"domains/([^/]+)/records(?:/(\d+))?")
MEMBERS = re.compile(r"vpcs/([^/]+)/members")
WORDS = {401: "Unable to authenticate you", 403: "You are not authorized", 404: "not found"}
Answer = tuple[int, Any]


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """One answer in place of the usual one."""

    path: str
    status: int
    method: str = GET
    headers: dict[str, str] = field(default_factory=dict)
    message: str = ""


@dataclass
class Api:
    """What the account has. `refusals` are used up in their order, `refused` never are."""

    account: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    lists: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    records: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    refusals: list[Refusal] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    endpoint: str = ""

    def answer(  # noqa: PLR0911  one for each kind of path
        self, method: str, path: str, asked: dict[str, list[str]]
    ) -> Answer:
        """Status and body of one request that was allowed in."""
        if path == "account":
            return 200, {"account": self.account}
        if path == "kubernetes/options":
            return 200, {"options": self.options}
        records, members = RECORDS.fullmatch(path), MEMBERS.fullmatch(path)
        if records:
            return self._in(self.records[records[1]], "domain_records", method, records[2], asked)
        if members:
            return _page(self._members(members[1]), "members", asked)
        if path == "databases":
            return 200, {path: self.lists[path]}
        if path == "droplets":
            wants_gpus = asked.get("type") == ["gpus"]
            found = [
                one for one in self.lists[path] if one["size_slug"].startswith("gpu-") == wants_gpus
            ]
            return _page(found, path, asked)
        if path in LISTS:
            return _page(self.lists[LISTS[path]], LISTS[path], asked)
        folder, _, name = path.rpartition("/")
        if folder in LISTS:
            return self._in(self.lists[LISTS[folder]], LISTS[folder], method, name, asked)
        return 404, _refusal(404)

    def _in(
        self,
        bodies: list[dict[str, Any]],
        key: str,
        method: str,
        name: str | None,
        asked: dict[str, list[str]],
    ) -> Answer:
        if name is None:
            return _page(bodies, key, asked)
        found = [one for one in bodies if str(one["id"]) == name]
        if not found:
            return 404, _refusal(404)
        if method == GET:
            return 200, {key.removesuffix("s"): found[0]}
        if found[0].get("droplet_ids") and key == "volumes":
            return 422, _refusal(422, "the volume is attached to a Droplet")
        bodies.remove(found[0])
        for volume in self.lists["volumes"] if key == "droplets" else ():
            volume["droplet_ids"] = [one for one in volume["droplet_ids"] if str(one) != name]
        return 204, None

    def _members(self, network: str) -> list[dict[str, Any]]:
        everything = (*self.lists["droplets"], *self.lists["load_balancers"])
        return [{"urn": one["id"]} for one in everything if one.get("vpc_uuid") == network]


def _page(bodies: list[dict[str, Any]], key: str, asked: dict[str, list[str]]) -> Answer:
    page, size = (int(asked.get(name, ["20"])[0]) for name in ("page", "per_page"))
    start, end = (page - 1) * size, page * size
    pages = {"next": f"https://api/{key}?page={page + 1}"} if end < len(bodies) else {}
    body = {key: bodies[start:end], "links": {"pages": pages}, "meta": {"total": len(bodies)}}
    return 200, body


def _refusal(status: int, message: str = "") -> dict[str, str]:
    return {"id": str(status), "message": message or WORDS.get(status, "refused")}


@contextmanager
def serving(api: Api) -> Iterator[Api]:
    """The same account, answering at its `endpoint` on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            path = parts.path.removeprefix("/v2/")
            api.asked.append(f"{self.command} {path}")
            status, body, headers = self._answer(path, parse_qs(parts.query))
            text = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(text))}.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_DELETE = do_POST = do_PUT = _serve  # noqa: N815  their names in the library

        def _answer(
            self, path: str, asked: dict[str, list[str]]
        ) -> tuple[int, Any, dict[str, str]]:
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                return 401, _refusal(401), {}
            for one in (*api.refused, *api.refusals):
                if (one.method, one.path) == (self.command, path):
                    if one in api.refusals:
                        api.refusals.remove(one)
                    return one.status, _refusal(one.status, one.message), one.headers
            if self.command not in (GET, DELETE):
                return 422, _refusal(422), {}
            return *api.answer(self.command, path, asked), {}

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        api.endpoint = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield api
        finally:
            server.shutdown()
            thread.join()
