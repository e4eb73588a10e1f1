"""A release through its one door: complete, and from a warm cache without any program."""

import json
import time
from hashlib import sha256
from pathlib import Path

import pytest

from plan.monitoring import COMPONENT as MONITORING
from upstream.crds import crd_body
from upstream.documents import read_documents
from upstream.errors import UpstreamError
from upstream.load import load_release
from upstream.mirror import find_mirror
from upstream.model import Release

COUNTS = {
    "26.03": {
        "cert-manager": 46,
        "istio": 42,
        "namespaces": 33,
        "istio-resources": 4,
        "oauth2-proxy": 14,
        "dex": 12,
        "knative": 77,
        "profiles": 10,
        "pod-defaults": 11,
        "dashboard": 11,
        "notebooks": 78,
        "pipelines": 120,
        "katib": 27,
        "kserve": 62,
        "trainer": 35,
        "training-operator": 10,
        "spark": 18,
        "model-registry": 32,
        "monitoring": 121,
    },
    "26.03.1-rc.2": {
        "cert-manager": 46,
        "istio": 42,
        "namespaces": 31,
        "istio-resources": 4,
        "oauth2-proxy": 14,
        "dex": 12,
        "knative": 77,
        "profiles": 13,
        "pod-defaults": 12,
        "dashboard": 12,
        "notebooks": 78,
        "pipelines": 120,
        "katib": 27,
        "kserve": 65,
        "trainer": 43,
        "training-operator": 10,
        "spark": 18,
        "model-registry": 32,
        "monitoring": 121,
    },
}
CRDS = {"26.03": 90, "26.03.1-rc.2": 95}


def test_a_release_has_every_component_and_no_object_twice(any_release: Release) -> None:
    counts = {name: len(objs) for name, objs in any_release.components.items()}
    assert counts == COUNTS[any_release.name]
    keys = [obj.key for obj in any_release.objects]
    assert len(keys) == len(set(keys)) == sum(counts.values())
    assert len(any_release.all_crds) == CRDS[any_release.name]


def test_components_together_are_the_example_that_upstream_ships(release: Release) -> None:
    """Upstream's `example` has 675: without what is optional there or ours, with a Profile."""
    optional = ("training-operator", "model-registry", MONITORING)
    objs = sum(len(objs) for name, objs in release.components.items() if name not in optional)
    crds = sum(len(crds) for name, crds in release.crds.items() if name not in optional)
    assert objs + crds + 1 == 675


def test_crds_stand_apart_with_their_bodies_under_their_digests(release: Release) -> None:
    assert not any(obj.kind == "CustomResourceDefinition" for obj in release.objects)
    for ref in release.all_crds:
        body = crd_body(ref.digest)
        assert body["metadata"]["name"] == ref.name == f"{ref.plural}.{ref.group}"
        text = json.dumps(body, sort_keys=True, separators=(",", ":"))
        assert sha256(text.encode()).hexdigest() == ref.digest


def test_a_lost_crd_says_what_to_do(cache: Path) -> None:
    with pytest.raises(UpstreamError) as error:
        crd_body("abc")
    assert str(error.value) == (
        f"{cache}/crds/abc.json: a CRD is missing from the cache; "
        f"remove {cache}/releases, and it is made again"
    )


def test_a_warm_cache_needs_no_program_and_little_time(
    release: Release, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    said: list[str] = []
    start = time.monotonic()
    again = load_release("26.03", COUNTS["26.03"], mirror=None, project=project, tell=said.append)
    assert time.monotonic() - start < 0.5
    assert again == release
    mirror = find_mirror(None, project)
    assert said == ([f"upstream: mirror {mirror.location} ({mirror.found})"] if mirror else [])


def test_without_a_renderer_nothing_is_kept_but_the_sources(
    cache: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    said: list[str] = []
    with pytest.raises(UpstreamError, match="none of them was found"):
        load_release("26.03", COUNTS["26.03"], mirror=None, project=project, tell=said.append)
    assert not (cache / "renders").exists()
    assert not (cache / "releases").exists()
    assert list((cache / "tmp").iterdir()) == []


def test_a_bare_equals_sign_is_text() -> None:
    assert read_documents("a: =\n---\n---\nb: 1\n") == ({"a": "="}, {"b": 1})
