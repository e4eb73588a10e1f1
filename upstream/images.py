"""Container images of rendered objects: found wherever they are named, and taken from a mirror.

An image is named by a field `image` of any object, or inside text: arguments, environment values
and the YAML and JSON that ConfigMaps hold. Pure.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from upstream.model import Obj

# In text a bare host could be an API group: only what is known to serve images counts there.
REGISTRIES = (
    "docker.io",
    "gcr.io",
    "ghcr.io",
    "nvcr.io",
    "public.ecr.aws",
    "quay.io",
    "registry.istio.io",
    "registry.k8s.io",
    "us-central1-docker.pkg.dev",
)
# Knative judges its ConfigMaps by a checksum of this key, which is documentation only.
DOCUMENTATION = "_example"
_HOST = "|".join(map(re.escape, REGISTRIES))
_PATH = r"[a-z0-9][a-z0-9._/-]*"
_VERSION = r"(?::[\w][\w.-]*)?(?:@sha256:[0-9a-f]{64})?"
_HOSTED = re.compile(rf"(?<![\w./-])((?:{_HOST})/{_PATH}(?::[\w][\w.-]*|@sha256:[0-9a-f]{{64}}))")
# Without a host or version it is taken for an image only where the key says so, as `image`,
# `cacheImage` and `TENSORBOARD_IMAGE` do, and it has a path or a version.
_KEY = re.compile(r"\w*image", re.IGNORECASE)
_REFERENCE = re.compile(rf"{_PATH}{_VERSION}")
# KServe keeps the version of an explainer apart, in the field after its image.
_APART = r"""(?:["']\s*,\s*["']defaultImageVersion["']\s*:\s*["']([\w.-]+))?"""
_KEYED = re.compile(
    rf"""(?<![\w-])((?i:\w*image)["']?[ \t]*:[ \t]*["']?)({_PATH}{_VERSION})"""
    rf"""(?=["'\s,}}]|$)(?={_APART})"""
)
# Istio's values name the registry and the image apart.
_HUB = re.compile(r'("hub"\s*:\s*")([a-z0-9.:/-]+)(")')

Rewrite = Callable[[str], str]


def images(objs: Iterable[Obj]) -> tuple[str, ...]:
    """Every image that the objects name, sorted, with the host of Docker Hub spelt out."""
    found: set[str] = set()

    def note(reference: str) -> str:
        found.add(complete(reference))
        return reference

    for obj in objs:
        _rewritten(obj.body, "", note, lambda hub: hub)
    return tuple(sorted(found))


def from_mirror(objs: Iterable[Obj], mirror: str) -> tuple[Obj, ...]:
    """The objects with every image from `mirror`: `ghcr.io/a/b:1` is `<mirror>/ghcr.io/a/b:1`."""

    def place(reference: str) -> str:
        return f"{mirror}/{complete(reference)}"

    def hub(name: str) -> str:
        return f"{mirror}/{complete(name)}"

    return tuple(replace(obj, body=_rewritten(obj.body, "", place, hub)) for obj in objs)


def complete(reference: str) -> str:
    """A reference with its host: `mysql:8.4` is `docker.io/library/mysql:8.4`."""
    head, slash, _ = reference.partition("/")
    if slash and ("." in head or ":" in head or head == "localhost"):
        return reference
    return f"docker.io/{reference}" if slash else f"docker.io/library/{reference}"


def _rewritten(value: Any, key: str, place: Rewrite, hub: Rewrite) -> Any:
    if isinstance(value, dict):
        keys = {"value": value.get("name", "")} if set(value) == {"name", "value"} else {}
        return {
            name: _rewritten(inner, str(keys.get(name, name)), place, hub)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_rewritten(inner, "", place, hub) for inner in value]
    if not isinstance(value, str) or key == DOCUMENTATION:
        return value
    if (key == "image" and value) or (_KEY.fullmatch(key) and _is_reference(value)):
        return place(value)
    return _in_text(value, place, hub)


def _is_reference(text: str) -> bool:
    return _REFERENCE.fullmatch(text) is not None and any(sign in text for sign in "/:@")


def _in_text(text: str, place: Rewrite, hub: Rewrite) -> str:
    def keyed(match: re.Match[str]) -> str:
        reference, version = match[2], f":{match[3]}" if match[3] else ""
        if not _is_reference(reference) or _HOSTED.fullmatch(reference):
            return match[0]
        return match[1] + place(reference + version).removesuffix(version)

    text = _KEYED.sub(keyed, text)
    text = _HUB.sub(lambda match: match[1] + hub(match[2]) + match[3], text)
    return _HOSTED.sub(lambda match: place(match[1]), text)
