"""What a Kubeflow release is made of: pinned sources and the kustomize folders of each component.

The facts are data, one file per release under `releases/`; this module only gives them types.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from packaging.version import Version

from upstream.documents import read_yaml
from upstream.errors import UpstreamError

RELEASES = Path(__file__).parent / "releases"


@dataclass(frozen=True, kw_only=True)
class Pin:
    """Content at a URL: the commit it was made from and the digest of its unpacked tree."""

    url: str
    commit: str
    tree_sha256: str


@dataclass(frozen=True, kw_only=True)
class Remote:
    """An archive that answers remote bases of upstream's kustomizations.

    Either every `<base>/FOLDER?ref=<ref>` by its FOLDER, or the one URL `asset` by its `folder`.
    """

    name: str
    pin: Pin
    base: str
    ref: str
    asset: str
    folder: str


@dataclass(frozen=True, kw_only=True)
class ComponentMap:
    """One component: its kustomize folders and the components it does not work without.

    `namespace` is where objects go whose folder names none.
    """

    folders: tuple[str, ...]
    needs: tuple[str, ...]
    namespace: str


@dataclass(frozen=True, kw_only=True)
class ReleaseMap:
    """One release: its source, the remote bases it needs, and its components.

    `base` lists the components that every selection has.
    """

    name: str
    source: Pin
    remotes: tuple[Remote, ...]
    base: tuple[str, ...]
    components: Mapping[str, ComponentMap]

    @property
    def pins(self) -> tuple[Pin, ...]:
        """Everything that has to be obtained, the release itself first."""
        return (self.source, *(remote.pin for remote in self.remotes))

    def only(self, components: Collection[str]) -> "ReleaseMap":
        """The same release with some of its components, in its own order."""
        return replace(
            self, components={n: c for n, c in self.components.items() if n in components}
        )


def release_map(name: str, releases: Path = RELEASES) -> ReleaseMap:
    """The release called `name`. Raises UpstreamError, which lists the known ones, for others."""
    known = known_releases(releases)
    if name not in known:
        raise UpstreamError(
            f"Kubeflow release {name!r} is not known; known releases: {', '.join(known)}"
        )
    return parse_release(read_yaml((releases / f"{name}.yaml").read_text(encoding="utf-8")))


def parse_release(raw: Mapping[str, Any]) -> ReleaseMap:
    """A release map from the parsed text of a release file."""
    return ReleaseMap(
        name=raw["release"],
        source=_pin(raw["source"]),
        remotes=tuple(map(_remote, raw.get("remotes", ()))),
        base=tuple(raw["base"]),
        components={name: _component(row) for name, row in raw["components"].items()},
    )


def known_releases(releases: Path = RELEASES) -> tuple[str, ...]:
    """The names of all releases, oldest first: 26.03.1-rc.2 comes before 26.03.1."""
    return tuple(sorted((path.stem for path in releases.glob("*.yaml")), key=Version))


def _component(raw: Mapping[str, Any]) -> ComponentMap:
    return ComponentMap(
        folders=tuple(raw["folders"]),
        needs=tuple(raw.get("needs", ())),
        namespace=raw.get("namespace", ""),
    )


def _pin(raw: Mapping[str, Any]) -> Pin:
    return Pin(url=raw["url"], commit=raw["commit"], tree_sha256=raw["tree_sha256"])


def _remote(raw: Mapping[str, Any]) -> Remote:
    parts = {part: raw.get(part, "") for part in ("base", "ref", "asset", "folder")}
    return Remote(name=raw["name"], pin=_pin(raw), **parts)
