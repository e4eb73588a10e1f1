"""Where programs come from."""

import hashlib
import io
import json
import re
import tarfile
from pathlib import Path

import pytest

from rehearsal.cluster import gobuild, programs
from rehearsal.cluster.download import NotAvailableError, NotThereError, download
from rehearsal.cluster.releases import (
    VERSIONS,
    Machine,
    Release,
    published_sha256,
    release_of,
)
from rehearsal.cluster.versions import ETCD, KUBERNETES, KWOK
from rehearsal.errors import RehearsalError
from upstream.mirror import Mirror

LINUX, MAC = (
    Machine(system="linux", architecture="amd64"),
    Machine(system="darwin", architecture="arm64"),
)


@pytest.mark.parametrize(
    ("folder", "module", "version"),
    [
        ("", "go.etcd.io/etcd/server/v3", ETCD),
        ("", "k8s.io/kubernetes", KUBERNETES),
        ("kwok", "sigs.k8s.io/kwok", KWOK),
    ],
)
def test_the_go_modules_name_the_pinned_versions(folder: str, module: str, version: str) -> None:
    text = (gobuild.TOOLS / folder / "go.mod").read_text()

    assert re.search(rf"^\s*(?:require )?{re.escape(module)} v{re.escape(version)}\b", text, re.M)


def test_every_program_has_a_module_that_builds_it() -> None:
    assert {name for m in gobuild.MODULES for name in m.packages} == set(VERSIONS)


def test_kubernetes_servers_are_published_for_linux_only() -> None:
    linux = release_of("kube-apiserver", LINUX)

    assert linux is not None
    assert linux.url == f"https://dl.k8s.io/release/v{KUBERNETES}/bin/linux/amd64/kube-apiserver"
    assert release_of("kube-apiserver", MAC) is None


def test_etcd_is_packed_differently_on_each_system() -> None:
    packed = [release_of("etcd", machine) for machine in (LINUX, MAC)]

    assert [one and one.archive for one in packed] == ["tar.gz", "zip"]


@pytest.mark.parametrize(
    "text",
    [
        "abc\n",
        "123  other\nabc  file\n",
        "abc *file",
        json.dumps({"assets": [{"name": "file", "digest": "sha256:abc"}]}),
    ],
)
def test_a_digest_is_read_from_every_form_it_is_published_in(text: str) -> None:
    assert published_sha256(text, "file") == "abc"


def test_an_unlisted_file_has_no_digest() -> None:
    assert published_sha256("123  other\n", "file") is None
    assert published_sha256('{"assets": []}', "file") is None


def _mirrored(tmp_path: Path, digest: str | None = None) -> tuple[Release, Mirror]:
    """A mirror that holds one packed program."""
    release = Release(
        program="etcd",
        url="https://host/a/etcd.tar.gz",
        checksums_url="https://host/a/SUMS",
        member="etcd-v1/etcd",
    )
    folder = tmp_path / "mirror" / "host" / "a"
    folder.mkdir(parents=True)
    with tarfile.open(folder / "etcd.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo("etcd-v1/etcd")
        member.size = 4
        archive.addfile(member, io.BytesIO(b"etcd"))
    true = hashlib.sha256((folder / "etcd.tar.gz").read_bytes()).hexdigest()
    (folder / "SUMS").write_text(f"{digest or true}  etcd.tar.gz\n")
    return release, Mirror(location=str(tmp_path / "mirror"), found="a test")


def test_a_program_comes_out_of_its_archive_checked_and_executable(tmp_path: Path) -> None:
    release, mirror = _mirrored(tmp_path)

    source = download(release, [mirror], tmp_path / "etcd")

    assert source == mirror.location
    assert (tmp_path / "etcd").read_bytes() == b"etcd"
    assert (tmp_path / "etcd").stat().st_mode & 0o111


def test_a_wrong_checksum_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    release, mirror = _mirrored(tmp_path, digest="0" * 64)

    with pytest.raises(RehearsalError, match=r"etcd.tar.gz: sha256 is .*, published is 0000"):
        download(release, [mirror, None], tmp_path / "etcd")
    assert [path.name for path in tmp_path.iterdir()] == ["mirror"]


def test_an_unreachable_host_is_no_error_but_another_way(tmp_path: Path) -> None:
    release = Release(
        program="x", url="http://127.0.0.1:1/x", checksums_url="http://127.0.0.1:1/x.sha256"
    )

    with pytest.raises(NotThereError, match="cannot be reached"):
        download(release, [None], tmp_path / "x")


def test_a_mirror_without_the_program_is_nothing_odd_but_one_without_its_digest_is(
    tmp_path: Path,
) -> None:
    release, mirror = _mirrored(tmp_path)
    sums = tmp_path / "mirror" / "host" / "a" / "SUMS"
    sums.write_text("abc  other\n")
    with pytest.raises(NotAvailableError, match=r"names no digest of etcd.tar.gz") as error:
        download(release, [mirror], tmp_path / "etcd")
    assert not isinstance(error.value, NotThereError)

    sums.unlink()
    with pytest.raises(NotThereError, match="SUMS is not in the mirror"):
        download(release, [mirror], tmp_path / "etcd")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            NotThereError("long"),
            ["no release downloads reachable (dl.k8s.io, github.com); building from Go modules"],
        ),
        (
            NotAvailableError("answered 520 Odd"),
            [f"no download of {name}: answered 520 Odd" for name in VERSIONS],
        ),
    ],
)
def test_a_closed_network_is_told_in_one_line_and_an_odd_answer_in_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: NotAvailableError, said: list[str]
) -> None:
    def fail(*_: object) -> str:
        raise error

    monkeypatch.setattr(programs, "download", fail)
    monkeypatch.setattr(programs, "find_mirror", lambda *_: None)
    monkeypatch.setattr(programs, "this_machine", lambda: LINUX)
    heard: list[str] = []

    assert programs._download(list(VERSIONS), tmp_path, heard.append) == {}
    assert heard == said


def test_without_go_and_network_one_error_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(RehearsalError, match=r"kwok: not on PATH.*no Go to build them with"):
        gobuild.build(gobuild.SIMULATOR, ["kwok"], tmp_path, lambda _: None)


@pytest.mark.parametrize(("said", "fits"), [("v0.8.3", True), ("v0.7.0", False), ("", False)])
def test_a_program_on_path_counts_when_its_minor_is_the_pinned_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, fits: bool
) -> None:
    fake = tmp_path / "kwok"
    fake.write_text(f"#!/bin/sh\necho kwok version {said}\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")

    found = programs._at_hand(tmp_path / "cache")

    assert found.get("kwok") == (fake if fits else None)
