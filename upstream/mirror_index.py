"""The INDEX.yaml of a mirror: digests of files that may hold less than upstream's."""

from collections.abc import Mapping
from pathlib import Path

from yaml import YAMLError

from upstream.digest import text_digest
from upstream.download import download
from upstream.errors import MissingError, UpstreamError
from upstream.mirror import Entry, Mirror, read_index
from upstream.workspace import workspace, write_text

INDEX = "https://INDEX.yaml"


def mirror_entry(url: str, mirror: Mirror, cache: Path) -> Entry | None:
    """What the mirror's INDEX.yaml says of `url`; None when it has no index, or does not name it.

    The last index seen is kept: a warm cache needs neither a reachable nor a present mirror.
    Raises UpstreamError when the mirror is needed and cannot be read.
    """
    kept = cache / "mirrors" / f"{text_digest(mirror.location)}.yaml"
    if not Path(mirror.location).is_dir() and kept.is_file():
        entry = _entries(kept.read_text(encoding="utf-8"), str(kept)).get(url)
        if entry and (cache / "trees" / entry.tree_sha256).is_dir():
            return entry
    return _fresh(mirror, cache, kept).get(url)


def _fresh(mirror: Mirror, cache: Path, kept: Path) -> Mapping[str, Entry]:
    text = _download_index(mirror, cache) if mirror.is_url else _folder_index(mirror)
    entries = _entries(text, mirror.place(INDEX)) if text else {}
    if text and not (kept.is_file() and kept.read_text(encoding="utf-8") == text):
        write_text(cache, kept, text)
    return entries


def _entries(text: str, place: str) -> Mapping[str, Entry]:
    try:
        return read_index(text)
    except (YAMLError, KeyError, TypeError) as error:
        raise UpstreamError(
            f"{place}: not an index of a mirror ({error!r}); repair or remove it"
        ) from error


def _folder_index(mirror: Mirror) -> str:
    folder = Path(mirror.location)
    if not folder.is_dir():
        raise UpstreamError(f"{folder}: the mirror ({mirror.found}) is not a folder")
    index = folder / "INDEX.yaml"
    return index.read_text(encoding="utf-8") if index.is_file() else ""


def _download_index(mirror: Mirror, cache: Path) -> str:
    with workspace(cache) as room:
        try:
            download(mirror.place(INDEX), room / "index", lambda _done, _all: None)
        except MissingError:
            return ""
        return (room / "index").read_text(encoding="utf-8")
