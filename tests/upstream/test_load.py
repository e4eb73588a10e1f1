"""A release through its one door: complete, and from a warm cache without any program."""

import json
import time
from hashlib import sha256
from pathlib import Path

import pytest

from upstream.crds import crd_body
from upstream.documents import read_documents
from upstream.errors import UpstreamError
from upstream.load import load_release
from upstream.mirror import find_mirror
from upstream.model import Release
from upstream.pins import release_map


def test_26_03_has_every_component_and_no_object_twice(release: Release) -> None:
    assert list(release.components) == list(release_map("26.03").components)
    assert {name: len(objs) for name, objs in release.components.items()} == {
        "cert-manager": 46,
        "istio": 42,
        "namespaces": 33,
        "istio-resources": 4,
        "oauth2-proxy": 14,
        "dex": 12,
        "pipelines": 120,
        "dashboard": 11,
        "profiles": 10,
    }
    keys = [obj.key for obj in release.objects]
    assert len(keys) == len(set(keys)) == 292
    assert len(release.all_crds) == 35


def test_components_together_are_the_example_that_upstream_ships(example: Release) -> None:
    assert len(example.objects) + len(example.all_crds) == 675


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
        f"{cache}/crds/abc.json: a CRD is missing from the cache; remove the cache folder"
    )


def test_a_warm_cache_needs_no_program_and_little_time(
    release: Release, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    said: list[str] = []
    start = time.monotonic()
    again = load_release("26.03", mirror=None, project=project, tell=said.append)
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
        load_release("26.03", mirror=None, project=project, tell=said.append)
    assert not (cache / "renders").exists()
    assert not (cache / "releases").exists()
    assert list((cache / "tmp").iterdir()) == []


def test_a_bare_equals_sign_is_text() -> None:
    assert read_documents("a: =\n---\n---\nb: 1\n") == ({"a": "="}, {"b": 1})
