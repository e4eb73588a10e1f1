"""From pinned folders to a Release: rendered in parallel, cleaned, and cached by content.

Cached under `renders/` is kustomize's output per folder, under `releases/` the cleaned objects of a
whole release. Neither key holds the renderer: every accepted version gives the same objects, and a
warm cache needs no program on PATH.
"""

import subprocess
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count, environ
from pathlib import Path

from upstream.clean import clean
from upstream.crds import CRD_KIND, crd_ref, store_crd
from upstream.digest import text_digest
from upstream.documents import read_documents
from upstream.errors import UpstreamError
from upstream.kinds import Kinds, known_kinds
from upstream.model import Body, CrdRef, Obj, Release
from upstream.pins import ReleaseMap
from upstream.prepare import check_local
from upstream.renderer import Renderer
from upstream.workspace import write_text

# Whatever a kustomization may try, it must not reach out: git may use no transport, http no host.
OFFLINE = {
    "GIT_ALLOW_PROTOCOL": "none",
    "HTTP_PROXY": "http://127.0.0.1:1",
    "HTTPS_PROXY": "http://127.0.0.1:1",
    "NO_PROXY": "",
}
_SECONDS_TO_RENDER = 300


def render(release: ReleaseMap, tree: Path, find: Callable[[], Renderer], cache: Path) -> Release:
    """Renders and cleans every component of `release` from the prepared `tree`.

    `find` is asked for a renderer only when one is needed. Bodies of CRDs go to the cache.
    Raises UpstreamError with the renderer's own words when a folder does not render.
    """
    bodies = rendered_bodies(release, render_folders(release, tree, find, cache))
    crds = {component: tuple(_crds(found, component)) for component, found in bodies.items()}
    kinds = known_kinds(ref for found in crds.values() for ref in found)
    cleaned = {
        c: [clean(placed(body, release.components[c].namespace, kinds), kinds) for body in found]
        for c, found in bodies.items()
    }
    return Release(
        name=release.name,
        components={component: _objects(found, component) for component, found in cleaned.items()},
        crds={component: _stored(found, component, cache) for component, found in cleaned.items()},
    )


def render_folders(
    release: ReleaseMap, tree: Path, find: Callable[[], Renderer], cache: Path
) -> Mapping[str, str]:
    """kustomize's output by folder; what is not cached is rendered, one folder per CPU."""
    folders = [folder for row in release.components.values() for folder in row.folders]
    places = {f: cache / "renders" / f"{text_digest(tree.parent.name, f)}.yaml" for f in folders}
    missing = [folder for folder, place in places.items() if not place.is_file()]
    if missing:
        renderer = find()
        with ThreadPoolExecutor(max_workers=cpu_count()) as pool:
            for folder, text in zip(
                missing, pool.map(lambda f: _run(renderer, tree / f), missing), strict=True
            ):
                write_text(cache, places[folder], text)
    return {folder: place.read_text(encoding="utf-8") for folder, place in places.items()}


def rendered_bodies(release: ReleaseMap, texts: Mapping[str, str]) -> dict[str, list[Body]]:
    """kustomize's output as objects, by component, nothing of ours in them."""
    return {
        component: [body for folder in row.folders for body in read_documents(texts[folder])]
        for component, row in release.components.items()
    }


def _run(renderer: Renderer, folder: Path) -> str:
    if not folder.is_dir():
        raise UpstreamError(f"{folder}: the release has no such folder to render")
    check_local(folder)
    try:
        return subprocess.run(
            (*renderer.command, str(folder)),
            capture_output=True,
            text=True,
            check=True,
            timeout=_SECONDS_TO_RENDER,
            env={**environ, **OFFLINE},
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        words = getattr(error, "stderr", None) or str(error)
        raise UpstreamError(f"{folder}: does not render\n{words.strip()}") from error


def _crds(bodies: Iterable[Body], component: str) -> Iterable[CrdRef]:
    return (crd_ref(body, component) for body in bodies if body["kind"] == CRD_KIND)


def _stored(bodies: Iterable[Body], component: str, cache: Path) -> tuple[CrdRef, ...]:
    """References to the CRDs among `bodies`, whose bodies are then in the cache."""
    found = [(body, crd_ref(body, component)) for body in bodies if body["kind"] == CRD_KIND]
    for body, ref in found:
        store_crd(body, ref, cache)
    return tuple(ref for _, ref in found)


def placed(body: Body, namespace: str, kinds: Kinds) -> Body:
    """A namespaced object of a folder that names no namespace, in the one its component says."""
    kind = kinds.get((body["apiVersion"].rpartition("/")[0], body["kind"]))
    if not namespace or "namespace" in body["metadata"] or (kind and not kind.namespaced):
        return body
    return {**body, "metadata": {**body["metadata"], "namespace": namespace}}


def _objects(bodies: Iterable[Body], component: str) -> tuple[Obj, ...]:
    return tuple(as_object(body, component) for body in bodies if body["kind"] != CRD_KIND)


def as_object(body: Body, component: str) -> Obj:
    """A Kubernetes object as rendered, with its identity at hand."""
    return Obj(
        api_version=body["apiVersion"],
        kind=body["kind"],
        namespace=body["metadata"].get("namespace", ""),
        name=body["metadata"]["name"],
        body=body,
        component=component,
    )
