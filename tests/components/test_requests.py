"""Every container asks for something, about as much as upstream measured, in every release."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from components.platform.patches.model import PatchMissedError, apply_patches
from components.platform.patches.requests import Request, Row, request_patches, request_rows
from plan.quantities import amount, cpu_millicores, mebibytes
from upstream.load import load_release
from upstream.model import Obj, Release
from upstream.pins import known_releases, release_map

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")
REQUESTS = tuple(request for row in request_rows() for request in row.containers)
MEASURED = tuple(row for row in request_rows() if row.cpu and not row.note)


def containers(objs: Iterable[Obj]) -> Iterator[tuple[Obj, dict[str, Any]]]:
    for obj in objs:
        if obj.kind in WORKLOADS:
            pod = obj.body["spec"]["template"]["spec"]
            for container in (*pod.get("initContainers", ()), *pod["containers"]):
                yield obj, container


def asked(container: dict[str, Any], what: str = "requests") -> dict[str, str]:
    return (container.get("resources") or {}).get(what) or {}


def meant(request: Request, objs: Iterable[Obj]) -> list[tuple[Obj, dict[str, Any]]]:
    return [
        (obj, container)
        for obj, container in containers(objs)
        if (obj.component, obj.kind) == (request.component, request.kind)
        and re.fullmatch(request.workload, obj.name)
        and re.fullmatch(request.container, container["name"])
    ]


def test_no_container_is_left_without_requests(patched: tuple[Obj, ...]) -> None:
    without = [
        f"{obj.component}/{obj.name}/{container['name']}"
        for obj, container in containers(patched)
        if not {"cpu", "memory"} <= asked(container).keys()
    ]
    assert without == []


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda r: f"{r.workload}/{r.container}")
def test_a_row_is_about_one_container_that_lacks_it(release: Release, request_: Request) -> None:
    ((_, container),) = meant(request_, release.objects)
    own = asked(container)
    assert own.get("cpu", "") == request_.instead
    assert bool(request_.instead) == bool(request_.why)
    # Where there is a limit, what we ask for would have to be about 80 % of it.
    assert "memory" in own or "memory" not in asked(container, "limits")


def test_every_name_in_the_table_is_one_of_some_release() -> None:
    objs = [obj for name in known_releases() for obj in all_objects(name)]
    workloads = {obj.name for obj in objs}
    names = {container["name"] for _, container in containers(objs)}
    assert {name for r in REQUESTS for name in r.workload.split("|")} <= workloads
    assert {name for r in REQUESTS for name in r.container.split("|")} <= names


def all_objects(name: str) -> tuple[Obj, ...]:
    every = release_map(name).components
    root = Path(__file__).parents[2]
    return load_release(name, every, mirror=None, project=root, tell=lambda _: None).objects


def test_requests_stay_under_the_limits(patched: tuple[Obj, ...]) -> None:
    for obj, container in containers(patched):
        limits = asked(container, "limits")
        for resource, limit in limits.items():
            assert amount(asked(container)[resource]) <= amount(limit), f"{obj.name}: {resource}"


@pytest.mark.parametrize("row", MEASURED, ids=lambda row: row.row)
def test_a_row_adds_up_to_what_upstream_measured(patched: tuple[Obj, ...], row: Row) -> None:
    components = {request.component for request in row.containers}
    pods = [
        (int(obj.body["spec"].get("replicas", 1)), asked(container))
        for obj, container in containers(patched)
        if obj.component in components
    ]
    cpu_m = sum(replicas * cpu_millicores(own["cpu"]) for replicas, own in pods)
    memory_mib = sum(replicas * mebibytes(own["memory"]) for replicas, own in pods)
    assert cpu_m == pytest.approx(cpu_millicores(row.cpu), rel=0.02, abs=3)
    assert memory_mib == pytest.approx(mebibytes(row.memory), rel=0.02, abs=24)


def test_a_container_that_went_is_an_error(release: Release) -> None:
    patches = [patch for patch in request_patches() if patch.selector.name == "katib-ui"]
    (ui,) = [obj for obj in release.objects if obj.name == "katib-ui" and obj.kind in WORKLOADS]
    pod = ui.body["spec"]["template"]["spec"]
    pod = {**pod, "containers": [{**pod["containers"][0], "name": "renamed"}]}
    body = {**ui.body, "spec": {**ui.body["spec"], "template": {"spec": pod}}}
    renamed = Obj(**{**vars(ui), "body": body})
    with pytest.raises(PatchMissedError, match="no container katib-ui in Deployment katib-ui"):
        apply_patches([renamed], patches)
