"""No image with a known hole runs, wherever it is named, in either release."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from components.platform.patches.floors import floor_patches, version_floors
from components.platform.patches.model import apply_patches
from upstream.model import Obj, Release

# Said once more, apart from the table: a row that went would otherwise go unnoticed.
ARGO, PROXY, ISTIO = "argo", "oauth2-proxy", "istio"
IMAGE = re.compile(
    r"(?<![\w-])(workflow-controller|argoexec|argocli|oauth2-proxy|proxyv2|pilot|install-cni|ztunnel)"
    r":v?(\d+)\.(\d+)\.(\d+)"
)
FAMILY = {"workflow-controller": ARGO, "argoexec": ARGO, "argocli": ARGO, "oauth2-proxy": PROXY}
FLOORS = {
    ARGO: [(3, 7, 15)],
    PROXY: [(7, 15, 2)],
    ISTIO: [(1, 29, 2)],
}

Found = tuple[str, str, tuple[int, ...]]


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str):
        yield value


def images(objs: Iterable[Obj]) -> Iterator[Found]:
    """Every image with a floor: object, family and version."""
    for obj in objs:
        for text in texts(obj.body):
            for name, *numbers in IMAGE.findall(text):
                yield str(obj.key), FAMILY.get(name, ISTIO), tuple(map(int, numbers))
            if obj.namespace == "istio-system" and text.startswith("{"):
                for tag in tags(json.loads(text)):
                    yield str(obj.key), ISTIO, tuple(map(int, tag.split(".")))


def tags(value: Any) -> Iterator[str]:
    """The values of every key `tag` that is not empty."""
    if isinstance(value, dict):
        yield from (str(inner) for name, inner in value.items() if name == "tag" and inner)
        for inner in value.values():
            yield from tags(inner)


def below(found: Iterable[Found]) -> list[Found]:
    return [
        (where, family, version)
        for where, family, version in found
        if not any(version[:2] == floor[:2] and version >= floor for floor in FLOORS[family])
        and version[:2] <= FLOORS[family][-1][:2]
    ]


def test_no_object_names_an_image_below_its_floor(
    release: Release, patched: tuple[Obj, ...]
) -> None:
    assert below(images(release.objects)), "the test would pass on anything"
    assert below(images(patched)) == []
    before = {family for _, family, _ in images(release.objects)}
    assert before == {family for _, family, _ in images(patched)} == set(FLOORS)


def test_sidecars_and_argos_executor_rise_too(patched: tuple[Obj, ...]) -> None:
    found = set(images(patched))
    argo = {version for where, family, version in found if family == ARGO}
    assert argo == {(3, 7, 15)}
    assert [v for where, _, v in found if where.endswith("istio-sidecar-injector")] in (
        [(1, 29, 2)],
        [(1, 30, 1)],
    )


def test_what_is_at_its_floor_or_above_stays_byte_for_byte(release: Release) -> None:
    patched = apply_patches(release.objects, floor_patches())
    low = {where for where, _, _ in below(images(release.objects))}
    changed = {
        str(obj.key)
        for old, obj in zip(release.objects, patched, strict=True)
        if old.body != obj.body
    }
    assert changed - {"ConfigMap kube-system/istio-cni-config"} == low


@pytest.mark.parametrize(
    ("version", "raised"),
    [
        ("1.26.4", "1.29.2"),
        ("1.28.6", "1.29.2"),
        ("1.29.0", "1.29.2"),
        ("1.29.2", "1.29.2"),
        ("1.29.10", "1.29.10"),
        ("1.30.1", "1.30.1"),
        ("2.0.0", "2.0.0"),
    ],
)
def test_istio_rises_to_one_version_and_stays_where_it_is_newer(version: str, raised: str) -> None:
    (istio,) = [floor for floor in version_floors() if floor.name == "istio"]
    assert istio.raised(version) == raised


@pytest.mark.parametrize(
    ("version", "raised"),
    [("3.5.9", "3.6.4"), ("3.6.4", "3.6.4"), ("3.7.3", "3.7.15"), ("3.7.20", "3.7.20")],
)
def test_a_version_rises_to_the_floor_of_its_own_minor(version: str, raised: str) -> None:
    floor = replace(version_floors()[0], floors=("3.6.4", "3.7.15"))
    assert floor.raised(version) == raised


def test_istio_is_of_one_version_everywhere(release: Release, patched: tuple[Obj, ...]) -> None:
    """Istio supports no proxy that is newer than istiod, and upstream's 26.03 has them."""
    found = {version for _, family, version in images(patched) if family == ISTIO}
    assert len(found) == 1
    charts = {
        str(o.body["metadata"]["labels"]["app.kubernetes.io/version"])
        for o in release.objects
        if str(o.key) == "Deployment istio-system/istiod"
    }
    (version,) = found
    assert [chart.split(".")[:2] for chart in charts] == [[str(n) for n in version[:2]]]


def test_a_digest_does_not_keep_the_old_content() -> None:
    image = "quay.io/argoproj/workflow-controller:v3.7.3@sha256:" + "0" * 64
    obj = Obj(
        api_version="apps/v1",
        kind="Deployment",
        namespace="kubeflow",
        name="workflow-controller",
        body={"image": image},
        component="pipelines",
    )
    (raised,) = apply_patches([obj], floor_patches()[:1])
    assert raised.body == {"image": "quay.io/argoproj/workflow-controller:v3.7.15"}
