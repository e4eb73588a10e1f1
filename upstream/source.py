"""Pinned content on this machine: from the cache, a mirror or its URL; never unverified."""

from collections.abc import Callable
from pathlib import Path

from upstream.digest import file_digest, tree_digest
from upstream.download import Progress, download
from upstream.errors import UpstreamError
from upstream.mirror import Mirror
from upstream.mirror_index import mirror_entry
from upstream.pins import Pin
from upstream.unpack import unpack
from upstream.workspace import install, workspace

Tell = Callable[[str], None]
_MEBIBYTE = 1 << 20


def expected_tree(pin: Pin, mirror: Mirror | None, cache: Path) -> str:
    """The tree digest of `pin` when it comes from `mirror`: upstream's, unless INDEX.yaml says."""
    if mirror is None or (cache / "trees" / pin.tree_sha256).is_dir():
        return pin.tree_sha256
    entry = mirror_entry(pin.url, mirror, cache)
    return entry.tree_sha256 if entry else pin.tree_sha256


def obtain(pin: Pin, mirror: Mirror | None, cache: Path, tell: Tell) -> Path:
    """The unpacked content of `pin` in the cache; nothing is asked when it is there already.

    Raises UpstreamError when it cannot be had or is not what was pinned; the cache stays as it was.
    """
    expected = expected_tree(pin, mirror, cache)
    target = cache / "trees" / expected
    if target.is_dir():
        return target
    with workspace(cache) as room:
        file = _fetch(pin, mirror, cache, room, tell)
        unpack(file, pin.url, room / "content")
        got = tree_digest(room / "content")
        _check(pin.url, "unpacked content", expected, got)
        install(room / "content", target)
    return target


def _fetch(pin: Pin, mirror: Mirror | None, cache: Path, room: Path, tell: Tell) -> Path:
    """The file of `pin`, still packed, checked against the mirror's INDEX.yaml if there is one."""
    if mirror is None:
        return _downloaded(pin.url, room, tell)
    place, entry = mirror.place(pin.url), mirror_entry(pin.url, mirror, cache)
    file = _downloaded(place, room, tell) if mirror.is_url else Path(place)
    if not file.is_file():
        raise UpstreamError(
            f"{place}: the mirror ({mirror.found}) does not have it; "
            f"complete the mirror, or use none to download {pin.url}"
        )
    if entry:
        if entry.tree_sha256 != pin.tree_sha256:
            tell(f"{pin.url}: the mirror keeps only part of it, as its INDEX.yaml says")
        _check(place, "file", entry.sha256, file_digest(file))
    return file


def _downloaded(url: str, room: Path, tell: Tell) -> Path:
    file = room / "download"
    tell(f"downloading {url}")
    download(url, file, _quarters(url, tell))
    return file


def _quarters(url: str, tell: Tell) -> Progress:
    """Says how far a download is, once per quarter, or every 8 MiB when the size is unknown."""
    said = 0

    def progress(done: int, total: int | None) -> None:
        nonlocal said
        step = done * 4 // total if total else done // (8 * _MEBIBYTE)
        if step > said:
            said = step
            whole = f" of {total / _MEBIBYTE:.1f}" if total else ""
            tell(f"downloading {url}: {done / _MEBIBYTE:.1f}{whole} MiB")

    return progress


def _check(name: str, what: str, expected: str, got: str) -> None:
    if got != expected:
        raise UpstreamError(
            f"{name}: wrong digest, nothing of it was used\n"
            f"  {what} expected sha256 {expected}\n"
            f"  {what} got      sha256 {got}\n"
            "  it was changed on the way, or the pin or the mirror's INDEX.yaml is out of date"
        )
