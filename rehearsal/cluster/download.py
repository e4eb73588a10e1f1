"""Released programs, downloaded and checked. A wrong checksum is an error, no network is not."""

import hashlib
import shutil
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from rehearsal.cluster.releases import Release, published_sha256
from rehearsal.errors import RehearsalError
from upstream.download import UnreachableError
from upstream.download import download as download_to
from upstream.errors import MissingError, UpstreamError
from upstream.mirror import Mirror

# A closed network is the usual case here, and the build is waiting.
CONNECT_SECONDS = 3.0


class NotAvailableError(Exception):
    """The file cannot be had from here; another way may exist."""


class NotThereError(NotAvailableError):
    """As expected: no answer from where it is published, and no mirror that has it."""


def download(release: Release, places: Sequence[Mirror | None], target: Path) -> str:
    """The checked program in the file `target`; tells where it came from.

    `places` are asked in turn; None is where the program is published.

    Raises NotAvailableError when none of them has it (NotThereError when none even answered),
    RehearsalError when what came is not what was published.
    """
    packed = target.with_name(f"{target.name}.download")
    try:
        source = _fetch_checked(release, places, packed)
        _unpack(release, packed, target)
    finally:
        packed.unlink(missing_ok=True)
    target.chmod(0o755)
    return source


def _fetch_checked(release: Release, places: Sequence[Mirror | None], packed: Path) -> str:
    """From the first place that holds both program and checksum."""
    missing: list[NotAvailableError] = []
    for place in places:
        checksums = packed.with_suffix(".sums")
        try:
            _fetch(release.checksums_url, place, checksums)
            _fetch(release.url, place, packed)
            _check(release, checksums.read_text(), packed)
        except NotAvailableError as error:
            missing.append(error)
        else:
            return place.location if place else release.url
        finally:
            checksums.unlink(missing_ok=True)
    is_expected = all(isinstance(error, NotThereError) for error in missing)
    kind = NotThereError if is_expected else NotAvailableError
    raise kind("; ".join(map(str, missing)))


def _fetch(url: str, mirror: Mirror | None, target: Path) -> None:
    location = mirror.place(url) if mirror else url
    if "://" not in location:
        _copy(Path(location), target)
        return
    try:
        download_to(location, target, _unheard, connect_seconds=CONNECT_SECONDS)
    except UpstreamError as error:
        lacks_it = mirror is not None and isinstance(error, MissingError)
        is_expected = lacks_it or isinstance(error, UnreachableError)
        raise (NotThereError if is_expected else NotAvailableError)(str(error)) from error


def _unheard(_done: int, _total: int | None) -> None:
    """Nobody follows these: the build that comes next would take far longer."""


def _copy(source: Path, target: Path) -> None:
    if not source.is_file():
        raise NotThereError(f"{source} is not in the mirror")
    shutil.copyfile(source, target)


def _check(release: Release, checksums: str, packed: Path) -> None:
    expected = published_sha256(checksums, release.file_name)
    if expected is None:
        raise NotAvailableError(f"{release.checksums_url} names no digest of {release.file_name}")
    with packed.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != expected:
        raise RehearsalError(
            f"{release.url}: sha256 is {found}, published is {expected}; "
            "nothing was installed; try again, or look who stands between"
        )


def _unpack(release: Release, packed: Path, target: Path) -> None:
    if release.archive == "zip":
        with zipfile.ZipFile(packed) as zipped, zipped.open(release.member) as inner:
            _save(inner, target)
    elif release.archive == "tar.gz":
        with tarfile.open(packed) as archive:
            member = archive.extractfile(release.member)
            if member is None:
                raise RehearsalError(f"{release.url} holds no file {release.member}")
            _save(member, target)
    else:
        packed.replace(target)


def _save(source: IO[bytes], target: Path) -> None:
    with target.open("wb") as file:
        shutil.copyfileobj(source, file)
