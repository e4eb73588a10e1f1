"""Every image is found, wherever it is named, and none is left when a mirror is set."""

import json
import re
from typing import Any

import pytest

from upstream.images import complete, from_mirror, images
from upstream.model import Obj, Release
from upstream.render import as_object

MIRROR = "registry.test:5000/kubeflow"
# One of each way that upstream names an image.
NAMED = {
    "26.03": (
        "docker.io/library/mysql:8.4",  # a container, without a host
        "ghcr.io/kubeflow/kfp-driver:2.16.0",  # an environment value
        "quay.io/argoproj/argoexec:v3.7.3",  # an argument
        "quay.io/jetstack/cert-manager-acmesolver:v1.19.4",  # an argument with its flag
        "docker.io/kserve/agent:v0.16.0",  # JSON in a ConfigMap, without a host
        "ghcr.io/kubeflow/katib/suggestion-skopt:v0.19.0",  # YAML in a ConfigMap
        "docker.io/kserve/sklearnserver:v0.16.0",  # a custom resource
        "ghcr.io/kubeflow/kubeflow/notebook-servers/jupyter-scipy:v1.10.0",  # a list to choose from
    ),
    "26.03.1-rc.2": (
        "registry.istio.io/release/proxyv2:1.30.1",
        "nvcr.io/nvidia/jax:25.10-py3",
    ),
}


def _config(text: str) -> Obj:
    meta = {"name": "c", "namespace": "n"}
    return as_object(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"key": text}}, "test"
    )


@pytest.mark.parametrize(
    ("text", "mirrored"),
    [
        ("--acme=quay.io/a/b:v1", f"--acme={MIRROR}/quay.io/a/b:v1"),
        ('{"image" : "kserve/agent:v1"}', f'{{"image" : "{MIRROR}/docker.io/kserve/agent:v1"}}'),
        (
            '{"image" : "kserve/art",\n "defaultImageVersion": "v1"}',
            f'{{"image" : "{MIRROR}/docker.io/kserve/art",\n "defaultImageVersion": "v1"}}',
        ),
        ("image: busybox:1.28\n", f"image: {MIRROR}/docker.io/library/busybox:1.28\n"),
        ("image: ghcr.io/a/b:1", f"image: {MIRROR}/ghcr.io/a/b:1"),
        ("image: corp.test/a/b:1", f"image: {MIRROR}/corp.test/a/b:1"),
        ('"hub": "gcr.io/istio-release"', f'"hub": "{MIRROR}/gcr.io/istio-release"'),
        ('"image": "proxyv2"', '"image": "proxyv2"'),
        ("image: $VIEWER", "image: $VIEWER"),
        ('image: "{{ .Image }}"', 'image: "{{ .Image }}"'),
        ("image:\n  # the default", "image:\n  # the default"),
        ("see https://quay.io/a/b:v1", "see https://quay.io/a/b:v1"),
        ("serving.kserve.io/runtime: a", "serving.kserve.io/runtime: a"),
    ],
)
def test_images_in_text_are_told_from_what_only_looks_like_one(text: str, mirrored: str) -> None:
    (obj,) = from_mirror([_config(text)], MIRROR)
    assert obj.body["data"]["key"] == mirrored


@pytest.mark.parametrize(
    ("reference", "whole"),
    [
        ("mysql:8", "docker.io/library/mysql:8"),
        ("kserve/agent:v1", "docker.io/kserve/agent:v1"),
        ("localhost/a:1", "localhost/a:1"),
        ("corp:5000/a:1", "corp:5000/a:1"),
        ("ghcr.io/a/b@sha256:0", "ghcr.io/a/b@sha256:0"),
    ],
)
def test_a_reference_is_completed_as_container_runtimes_do(reference: str, whole: str) -> None:
    assert complete(reference) == whole


def test_a_release_names_its_images_in_every_way_there_is(any_release: Release) -> None:
    found = images(any_release.objects)
    assert set(NAMED[any_release.name]) <= set(found)
    assert all(reference == complete(reference) for reference in found)
    assert len(found) > 100


def test_an_image_whose_version_stands_apart_is_found_with_it() -> None:
    text = '{"art": {"image" : "kserve/art", "defaultImageVersion": "v1"}, "image": "kserve/b:2"}'
    assert images([_config(text)]) == ("docker.io/kserve/art:v1", "docker.io/kserve/b:2")


def test_with_a_mirror_no_image_comes_from_elsewhere(any_release: Release) -> None:
    originals = images(any_release.objects)
    objs = from_mirror(any_release.objects, MIRROR)
    assert [o.key for o in objs] == [o.key for o in any_release.objects]
    for obj in objs:
        text = json.dumps(_without_documentation(obj.body)).replace(MIRROR + "/", "MIRROR:")
        for original in originals:
            assert f'"{original}' not in text
            assert f"={original}" not in text
            assert f" {original}" not in text
    again = {obj.key: obj.body for obj in objs}
    deployments = [obj for obj in any_release.objects if obj.kind == "Deployment"]
    for deployment in deployments:
        for container in again[deployment.key]["spec"]["template"]["spec"]["containers"]:
            assert container["image"].startswith(f"{MIRROR}/")


# By another rule than the product's: a path, and a version that has a number.
LIKE_AN_IMAGE = re.compile(
    r"(?<![\w./:@-])([a-z][a-z0-9.-]*(?:/[a-z0-9][a-z0-9._-]*)+)(:v?\d[\w.-]*|:latest|@sha256:)(?![\w/])"
)


def test_with_a_mirror_nothing_that_looks_like_an_image_is_without_it(any_release: Release) -> None:
    mirror = "mirror.test/kubeflow"
    found = [
        (match[0], obj.key)
        for obj in from_mirror(any_release.objects, mirror)
        for match in LIKE_AN_IMAGE.finditer(json.dumps(_without_documentation(obj.body)))
    ]
    assert len(found) > 100
    assert [one for one in found if not one[0].startswith(mirror)] == []


@pytest.mark.parametrize(
    ("value", "mirrored"),
    [
        ({"TENSORBOARD_IMAGE": "tensorflow/tensorflow:2"}, "docker.io/tensorflow/tensorflow:2"),
        ({"cacheImage": "ghcr.io/containerd/busybox"}, "ghcr.io/containerd/busybox"),
        ([{"name": "A_IMAGE", "value": "a/b:v2"}], "docker.io/a/b:v2"),
        ({"json": '{"defaultJobImage": "kserve/init:v1"}'}, "docker.io/kserve/init:v1"),
    ],
)
def test_a_key_that_ends_in_image_names_one(value: Any, mirrored: str) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": value}
    obj = as_object(body, "test")
    assert images([obj]) == (mirrored,)
    assert f"{MIRROR}/{mirrored}" in json.dumps(from_mirror([obj], MIRROR)[0].body)


@pytest.mark.parametrize(
    "value",
    [
        {"allowCustomImage": "true"},
        {"logoImage": "an image of a cat"},
        [{"name": "A_IMAGE", "value": ""}],
        {"imagePullPolicy": "IfNotPresent"},
    ],
)
def test_a_word_is_no_image(value: Any) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": value}
    assert images([as_object(body, "test")]) == ()


def test_the_documentation_inside_knatives_configuration_stays_as_it_is() -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}
    obj = as_object({**body, "data": {"_example": "image: quay.io/a/b:1"}}, "test")
    assert from_mirror([obj], MIRROR) == (obj,)
    assert images([obj]) == ()


def _without_documentation(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {k: v for k, v in value.items() if k != "_example"}
        return {key: _without_documentation(inner) for key, inner in kept.items()}
    return [_without_documentation(v) for v in value] if isinstance(value, list) else value
