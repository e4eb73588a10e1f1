"""The tree that is rendered: the release with every remote base replaced by its local copy."""

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from upstream.digest import file_digest, text_digest
from upstream.documents import read_yaml
from upstream.errors import UpstreamError
from upstream.pins import ReleaseMap, Remote
from upstream.workspace import install, workspace

KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_LISTED_URL = re.compile(r"^(\s*-\s*)[\"']?(https?://[^\s\"']+)[\"']?", re.MULTILINE)


def prepare(release: ReleaseMap, trees: Mapping[str, Path], cache: Path) -> Path:
    """The folder of `release` in which kustomize finds everything locally; made once, then cached.

    `trees` holds the unpacked content by URL. What no pin answers stays as it is: only
    `check_local` knows whether it is used.
    """
    rules = [
        f"{r.base}?{r.ref} {r.asset} {r.folder} {trees[r.pin.url].name}" for r in release.remotes
    ]
    code = file_digest(Path(__file__))
    target = cache / "prepared" / text_digest(trees[release.source.url].name, code, *rules)
    if not target.is_dir():
        with workspace(cache) as room:
            _fill(room / "content", release, trees)
            install(room / "content", target)
    return target / "source"


def _fill(folder: Path, release: ReleaseMap, trees: Mapping[str, Path]) -> None:
    shutil.copytree(trees[release.source.url], folder / "source")
    for remote in release.remotes:
        shutil.copytree(trees[remote.pin.url], folder / "remotes" / remote.name)
    for file in _kustomizations(folder / "source"):
        text = file.read_text(encoding="utf-8")
        rewritten = rewrite(text, release.remotes, os.path.relpath(folder, file.parent))
        if rewritten != text:
            file.write_text(rewritten, encoding="utf-8")


def rewrite(text: str, remotes: tuple[Remote, ...], root: str) -> str:
    """A kustomization's text with pinned URLs as paths; `root` leads to the prepared tree."""

    def local(match: re.Match[str]) -> str:
        path = local_path(match[2], remotes)
        return f"{match[1]}{root}/{path}" if path else match[0]

    return _LISTED_URL.sub(local, text)


def local_path(url: str, remotes: tuple[Remote, ...]) -> str | None:
    """Where the prepared tree keeps the base `url`; None when no pin answers it."""
    for remote in remotes:
        place = f"remotes/{remote.name}"
        if remote.asset and url == remote.asset:
            return f"{place}/{remote.folder}"
        base, _, ref = url.partition("?ref=")
        if remote.base and ref == remote.ref and base.startswith(f"{remote.base}/"):
            return f"{place}/{base.removeprefix(f'{remote.base}/').lstrip('/')}"
    return None


def check_local(folder: Path) -> None:
    """Raises UpstreamError for a base that `folder` uses and the prepared tree does not hold."""
    waiting, seen = [folder], set[Path]()
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        for name in _bases(current):
            path = (current / name).resolve()
            if not path.exists():
                raise UpstreamError(
                    f"{current / 'kustomization.yaml'}: {name} is neither in the release nor "
                    "pinned as a remote of it; rendering uses no network"
                )
            if path.is_dir():
                waiting.append(path)


def _bases(folder: Path) -> Iterator[str]:
    for file in filter(Path.is_file, (folder / name for name in KUSTOMIZATIONS)):
        content = read_yaml(file.read_text(encoding="utf-8"))
        for field in ("resources", "bases", "components"):
            yield from content.get(field) or ()


def _kustomizations(folder: Path) -> Iterator[Path]:
    return (file for name in KUSTOMIZATIONS for file in folder.rglob(name))
