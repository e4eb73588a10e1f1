"""Requests for containers that upstream gives none: the scheduler counts nothing else. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from components.platform.patches.model import (
    Json,
    Patch,
    PatchMissedError,
    Selector,
    with_containers,
)
from upstream.documents import read_yaml

TABLE = Path(__file__).with_suffix(".yaml")
SOURCE = "kubeflow.md, section 1.2: README rows"


@dataclass(frozen=True, kw_only=True)
class Request:
    """What one container asks for; `workload` and `container` are regular expressions.

    Upstream's own requests stay, except a CPU request of exactly `instead`, for the reason `why`.
    """

    component: str
    workload: str
    container: str
    cpu: str
    memory: str
    kind: str = "Deployment"
    instead: str = ""
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of upstream's README and the containers that share what upstream leaves of it.

    `cpu` and `memory` are "" where the README has none; `note` says what makes a row special.
    """

    row: str
    containers: tuple[Request, ...]
    cpu: str = ""
    memory: str = ""
    note: str = ""


@cache
def request_rows() -> tuple[Row, ...]:
    """The whole table."""
    raw = read_yaml(TABLE.read_text(encoding="utf-8"))
    return tuple(
        Row(**{**row, "containers": tuple(Request(**entry) for entry in row["containers"])})
        for row in raw["rows"]
    )


def request_patches() -> tuple[Patch, ...]:
    """One patch per container of the table."""
    return tuple(
        Patch(
            name=f"requests-{request.component}-{request.workload}-{request.container}",
            component=request.component,
            selector=Selector(kind=request.kind, namespace=".*", name=request.workload),
            why=request.why or "without requests the scheduler takes it for nothing",
            source=f"{SOURCE}, {row.row}",
            change=_requesting(request),
        )
        for row in request_rows()
        for request in row.containers
    )


def _requesting(request: Request) -> Callable[[Json], Json]:
    found: list[str] = []

    def fill(container: Json) -> Json:
        if re.fullmatch(request.container, container["name"]) is None:
            return container
        found.append(container["name"])
        resources = container.get("resources") or {}
        asked = {"cpu": request.cpu, "memory": request.memory} | (resources.get("requests") or {})
        if request.instead and asked["cpu"] == request.instead:
            asked["cpu"] = request.cpu
        return {**container, "resources": {**resources, "requests": asked}}

    def change(body: Json) -> Json:
        found.clear()
        changed = with_containers(body, fill)
        if not found:
            raise PatchMissedError(
                f"no container {request.container} in {body['kind']} {body['metadata']['name']}"
            )
        return changed

    return change
