"""The door of this room: a release by its name, from the cache or from upstream."""

import json
from collections.abc import Collection
from dataclasses import asdict
from functools import partial
from pathlib import Path

from upstream import render
from upstream.cache import cache_dir
from upstream.digest import file_digest, text_digest
from upstream.kustomize import builder
from upstream.mirror import Mirror, find_mirror
from upstream.model import CrdRef, Obj, Release
from upstream.pins import ReleaseMap, release_map
from upstream.prepare import prepare
from upstream.renderer import Build, find_renderer
from upstream.source import Tell, expected_tree, obtain
from upstream.workspace import write_text

# What decides how rendered text becomes cached objects: a change to any of them is a new cache key.
_DECIDING = ("clean.py", "crds.py", "documents.py", "kinds.py", "render.py", "selectors.py")


def load_release(
    name: str, components: Collection[str], *, mirror: str | None, project: Path, tell: Tell
) -> Release:
    """`components` of Kubeflow `name`, rendered and cleaned.

    A warm cache needs no network, mirror or renderer. `mirror` is the setting `upstream.mirror`,
    `project` the folder that mirrors and kustomize's go.mod are looked for from; `tell` hears where
    content comes from and how far a download is. Raises UpstreamError, with the cache unchanged,
    when the release cannot be had.
    """
    build = builder(project, cache_dir(), tell)
    chosen = release_map(name).only(components)
    return load_map(chosen, find_mirror(mirror, project), tell, build)


def load_as_is(
    name: str, components: Collection[str], *, mirror: str | None, project: Path, tell: Tell
) -> tuple[Obj, ...]:
    """Upstream's objects, CRDs among them, with nothing of ours in them; else as `load_release`."""
    cache = cache_dir()
    chosen = release_map(name).only(components)
    tree = prepared_tree(chosen, find_mirror(mirror, project), tell)
    find = partial(find_renderer, builder(project, cache, tell))
    texts = render.render_folders(chosen, tree, find, cache)
    found = render.rendered_bodies(chosen, texts)
    return tuple(render.as_object(b, component) for component in found for b in found[component])


def load_map(
    release: ReleaseMap, mirror: Mirror | None, tell: Tell, build: Build | None
) -> Release:
    """The same for a release map and a mirror that are at hand."""
    cache = cache_dir()
    if mirror:
        tell(f"upstream: mirror {mirror.location} ({mirror.found})")
    kept = cache / "releases" / f"{_key(release, mirror, cache)}.json"
    if kept.is_file():
        return _from_json(kept.read_text(encoding="utf-8"))
    tree = prepared_tree(release, mirror, tell)
    tell(f"rendering Kubeflow {release.name}: {len(release.components)} components")
    rendered = render.render(release, tree, partial(find_renderer, build), cache)
    write_text(cache, kept, _to_json(rendered))
    return rendered


def prepared_tree(release: ReleaseMap, mirror: Mirror | None, tell: Tell) -> Path:
    """Everything that `release` is rendered from, on this machine."""
    cache = cache_dir()
    trees = {pin.url: obtain(pin, mirror, cache, tell) for pin in release.pins}
    return prepare(release, trees, cache)


def _key(release: ReleaseMap, mirror: Mirror | None, cache: Path) -> str:
    """Everything the result depends on: content, folders, and the code that cleans."""
    trees = (expected_tree(pin, mirror, cache) for pin in release.pins)
    code = (file_digest(Path(__file__).with_name(module)) for module in _DECIDING)
    return text_digest(json.dumps(asdict(release)), *trees, *code)


def _to_json(release: Release) -> str:
    """Objects as their bodies, grouped by component; references to CRDs as they are."""
    return json.dumps(
        {
            "name": release.name,
            "components": {c: [o.body for o in objs] for c, objs in release.components.items()},
            "crds": {c: [asdict(ref) for ref in refs] for c, refs in release.crds.items()},
        }
    )


def _from_json(text: str) -> Release:
    raw = json.loads(text)
    return Release(
        name=raw["name"],
        components={
            component: tuple(render.as_object(body, component) for body in bodies)
            for component, bodies in raw["components"].items()
        },
        crds={
            component: tuple(CrdRef(**{**ref, "versions": tuple(ref["versions"])}) for ref in refs)
            for component, refs in raw["crds"].items()
        },
    )
