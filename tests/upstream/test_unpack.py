"""Archives are unpacked completely, or not believed."""

import io
import tarfile
from pathlib import Path

import pytest

from upstream.errors import UpstreamError
from upstream.unpack import unpack

URL = "https://example.org/thing.tar.gz"


def _archive(path: Path, *members: tuple[str, bytes | str | None]) -> Path:
    """A tar.gz: bytes make a file, text a symbolic link to it, None a named pipe."""
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            else:
                info.type = tarfile.FIFOTYPE if content is None else tarfile.SYMTYPE
                info.linkname = content or ""
                archive.addfile(info)
    return path


def test_the_top_folder_is_stripped_whatever_its_name(tmp_path: Path) -> None:
    file = _archive(tmp_path / "a", ("renamed-1/one.yaml", b"1"), ("renamed-1/sub/two.yaml", b"2"))
    unpack(file, URL, tmp_path / "out")
    assert (tmp_path / "out/one.yaml").read_bytes() == b"1"
    assert (tmp_path / "out/sub/two.yaml").read_bytes() == b"2"


def test_a_single_file_asset_becomes_a_folder_with_that_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"kind: List")
    unpack(tmp_path / "a", "https://example.org/v1/manifests.yaml", tmp_path / "out")
    assert (tmp_path / "out/manifests.yaml").read_bytes() == b"kind: List"


@pytest.mark.parametrize(
    ("member", "what"),
    [
        (("top/../../escaped", b"x"), "the path 'top/../../escaped'"),
        (("/etc/escaped", b"x"), "the path '/etc/escaped'"),
        (("top/pipe", None), "'top/pipe', a link or device"),
        (("other/file", b"x"), "several top folders: other, top"),
    ],
)
def test_an_archive_that_reaches_outside_is_refused(
    tmp_path: Path, member: tuple[str, bytes | str | None], what: str
) -> None:
    file = _archive(tmp_path / "a", ("top/fine.yaml", b"1"), member)
    with pytest.raises(UpstreamError) as error:
        unpack(file, URL, tmp_path / "out")
    assert str(error.value) == f"{URL}: the archive holds {what}; nothing of it was used"
    assert not (tmp_path / "escaped").exists()


def test_symbolic_links_are_never_made_and_never_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    file = _archive(tmp_path / "a", ("top/link", str(outside)), ("top/link/file", b"x"))
    unpack(file, URL, tmp_path / "out")
    assert list(outside.iterdir()) == []
    assert (tmp_path / "out/link/file").read_bytes() == b"x"


def test_an_archive_cut_short_is_an_error_that_says_so(tmp_path: Path) -> None:
    file = _archive(tmp_path / "a", ("top/file", bytes(range(256)) * 400))
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(UpstreamError, match="the archive is cut short or damaged"):
        unpack(file, URL, tmp_path / "out")
