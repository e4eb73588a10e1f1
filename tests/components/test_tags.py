"""What upstream names without a version gets the one that goes with the release."""

import json

import pytest

from components.platform.patches.model import apply_patches
from components.platform.patches.tags import tag_patches
from upstream.images import images
from upstream.model import Obj, Release

EXPLAINERS = {"26.03": "v0.16.0", "26.03.1-rc.2": "v0.18.0"}


def test_the_cache_pulls_one_version(release: Release) -> None:
    found = images(apply_patches(release.objects, tag_patches()))
    assert [one for one in found if "containerd/busybox" in one] == [
        "ghcr.io/containerd/busybox:1.36"
    ]


def test_the_explainer_is_of_the_same_release_as_kserve(
    release: Release, patched: tuple[Obj, ...]
) -> None:
    (config,) = (obj.body for obj in patched if obj.name == "inferenceservice-config")
    art = json.loads(config["data"]["explainers"])["art"]
    # KServe puts a colon and the version after the image.
    assert art == {
        "image": "kserve/art-explainer",
        "defaultImageVersion": EXPLAINERS[release.name],
    }
    assert f"docker.io/kserve/art-explainer:{EXPLAINERS[release.name]}" in images(patched)


@pytest.mark.parametrize("image", ["docker.io/kserve/art-explainer", "ghcr.io/containerd/busybox"])
def test_upstream_names_neither_version(release: Release, image: str) -> None:
    """Else the patches would be of no use, and could go."""
    assert any(one in (image, f"{image}:latest") for one in images(release.objects))
