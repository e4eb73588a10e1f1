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
from upstream.model import Key, Obj, Release
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


def by_name(objs: Iterable[Obj]) -> dict[tuple[Key, str], dict[str, Any]]:
    return {(obj.key, container["name"]): container for obj, container in containers(objs)}


def test_memory_that_upstream_does_not_ask_for_is_about_four_fifths_of_a_limit(
    release: Release, patched: tuple[Obj, ...]
) -> None:
    upstreams = {place for place, one in by_name(release.objects).items() if "memory" in asked(one)}
    ours = {place: one for place, one in by_name(patched).items() if place not in upstreams}
    assert len(ours) >= len(REQUESTS) / 2
    assert [place for place, one in ours.items() if not leaves_room(one)] == []


def leaves_room(container: dict[str, Any]) -> bool:
    """Whether there is no limit of memory, or a fifth of it, more or less, is left."""
    limit = asked(container, "limits").get("memory")
    return limit is None or 0.75 <= amount(asked(container)["memory"]) / amount(limit) <= 0.85


@pytest.mark.parametrize(
    ("limit", "leaves"),
    [("80Mi", True), ("74Mi", False), ("88Mi", False), ("64Mi", False), ("1Gi", False)],
)
def test_a_limit_that_came_would_be_seen(limit: str, leaves: bool) -> None:
    resources = {"requests": {"memory": "64Mi"}, "limits": {"memory": limit}}
    assert leaves_room({"resources": resources}) == leaves


def test_what_upstream_asks_for_stays_but_for_what_the_table_says(
    release: Release, patched: tuple[Obj, ...]
) -> None:
    after = by_name(patched)
    changed = {
        (place[0].name, place[1]): asked(after[place])
        for place, container in by_name(release.objects).items()
        if place in after and not asked(container).items() <= asked(after[place]).items()
    }
    assert changed == {
        (request.workload, request.container): {"cpu": request.cpu, "memory": request.memory}
        for request in REQUESTS
        if request.instead
    }


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
