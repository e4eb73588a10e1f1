"""Unpacking what was downloaded, believing nothing that the archive says about paths."""

import shutil
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from upstream.errors import UpstreamError

# Kubeflow's whole repository is about 60 MB; far more than that is not what was asked for.
MAX_BYTES = 1 << 30


def unpack(file: Path, url: str, target: Path) -> None:
    """The content of `file` (from `url`) as the new folder `target`, top folder stripped.

    A file that is no archive becomes the only file of the folder, under its own name.
    Raises UpstreamError when the archive is cut short or names anything outside its top folder.
    """
    target.mkdir()
    if not url.endswith((".tar.gz", ".tgz")):
        shutil.copyfile(file, target / PurePosixPath(url).name)
        return
    try:
        with tarfile.open(file, "r:gz") as archive:
            for member, path in _members(archive, url):
                _extract(archive, member, target / path)
    except (EOFError, zlib.error, tarfile.ReadError) as error:
        raise UpstreamError(
            f"{url}: the archive is cut short or damaged ({error}); try again or use another mirror"
        ) from error


def _members(archive: tarfile.TarFile, url: str) -> Iterator[tuple[tarfile.TarInfo, PurePosixPath]]:
    """Every file of the archive, checked, with its path below the top folder."""
    tops: set[str] = set()
    size = 0
    for member in archive:
        path = PurePosixPath(member.name)
        tops.add(path.parts[0] if path.parts else "")
        size += member.size
        _refuse(path.is_absolute() or ".." in path.parts, url, f"the path {member.name!r}")
        _refuse(not _is_harmless(member), url, f"{member.name!r}, a link or device")
        _refuse(len(tops) > 1, url, f"several top folders: {', '.join(sorted(tops))}")
        _refuse(size > MAX_BYTES, url, f"more than {MAX_BYTES >> 20} MiB")
        if member.isfile():
            yield member, PurePosixPath(*path.parts[1:])


def _is_harmless(member: tarfile.TarInfo) -> bool:
    """Files and folders; symbolic links too, as they are skipped: a tree digest has no links."""
    return member.isfile() or member.isdir() or member.issym()


def _refuse(bad: bool, url: str, what: str) -> None:
    if bad:
        raise UpstreamError(f"{url}: the archive holds {what}; nothing of it was used")


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    source = archive.extractfile(member)
    if source is not None:
        with source, path.open("wb") as file:
            shutil.copyfileobj(source, file)
