"""Pinned content comes from cache, mirror or URL; what is not what was pinned leaves no trace."""

import io
import tarfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from upstream.digest import tree_digest
from upstream.download import download
from upstream.errors import UpstreamError
from upstream.mirror import Mirror, find_mirror
from upstream.pins import Pin
from upstream.source import obtain

URL = "https://example.org/owner/thing.tar.gz"
ADVICE = "check the network, or name a mirror by the setting upstream.mirror or KUBEFLOW_MIRROR"
Handler = Callable[..., BaseHTTPRequestHandler]
Serve = Callable[[Handler], str]


class Truncating(BaseHTTPRequestHandler):
    """Promises more than it sends."""

    def do_GET(self) -> None:
        self.send_response(404 if self.path.endswith("INDEX.yaml") else 200)
        self.send_header("Content-Length", "5000")
        self.end_headers()
        self.wfile.write(b"only this")

    def log_message(self, *_: object) -> None:
        """Keeps the test's output clean."""


class Odd(BaseHTTPRequestHandler):
    """Has a status of its own for the index, and no end of redirects or broken gzip else."""

    def do_GET(self) -> None:
        if self.path.endswith("/odd"):
            self.send_response(520, "Odd")
        elif self.path.endswith("/gzip"):
            self.send_response(200)
            self.send_header("Content-Encoding", "gzip")
        else:
            self.send_response(302)
            self.send_header("Location", self.path)
        self.end_headers()
        self.wfile.write(b"not gzip")

    def log_message(self, *_: object) -> None:
        """Keeps the test's output clean."""


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder without a word."""

    def log_message(self, *_: object) -> None:
        """Keeps the test's output clean."""


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Starts servers on loopback; each is closed after the test."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    running: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def start(handler: Handler) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """A mirror folder that has the one archive, and no index."""
    folder = tmp_path / "mirror"
    file = folder / "example.org/owner/thing.tar.gz"
    file.parent.mkdir(parents=True)
    with tarfile.open(file, "w:gz") as archive:
        info = tarfile.TarInfo("thing-1/a.yaml")
        info.size = 2
        archive.addfile(info, io.BytesIO(b"a\n"))
    return folder


def _pin() -> Pin:
    line = sha256(b"a\n").hexdigest() + "  a.yaml\n"
    return Pin(url=URL, commit="0" * 40, tree_sha256=sha256(line.encode()).hexdigest())


def _wrong_pin() -> Pin:
    return Pin(url=URL, commit="0" * 40, tree_sha256="f" * 64)


def _quiet(_: str) -> None:
    """Nobody listens."""


def _at(location: Path | str) -> Mirror:
    return Mirror(location=str(location), found="the test")


def _index(mirror: Path, file_sha: str, tree_sha: str) -> None:
    text = f"files:\n- url: {URL}\n  sha256: {file_sha}\n  tree_sha256: {tree_sha}\n"
    (mirror / "INDEX.yaml").write_text(text, encoding="utf-8")


def _left(cache: Path) -> list[Path]:
    return [path for path in cache.rglob("*") if path.is_file()]


def test_a_warm_cache_asks_neither_mirror_nor_network(mirror: Path, cache: Path) -> None:
    said: list[str] = []
    first = obtain(_pin(), _at(mirror), cache, said.append)
    assert tree_digest(first) == _pin().tree_sha256
    assert obtain(_pin(), None, cache, said.append) == first
    assert obtain(_pin(), _at("http://127.0.0.1:1"), cache, said.append) == first
    assert said == []


def test_a_mirror_url_is_laid_out_like_a_mirror_folder(
    mirror: Path, cache: Path, serve: Serve
) -> None:
    said: list[str] = []
    url = serve(partial(Quiet, directory=str(mirror)))
    found = obtain(_pin(), _at(url), cache, said.append)
    assert (found / "a.yaml").read_text(encoding="utf-8") == "a\n"
    assert said[0] == f"downloading {url}/example.org/owner/thing.tar.gz"


def test_an_index_makes_a_filtered_mirror_trustworthy_and_is_remembered(
    mirror: Path, cache: Path
) -> None:
    file = mirror / "example.org/owner/thing.tar.gz"
    _index(mirror, sha256(file.read_bytes()).hexdigest(), _pin().tree_sha256)
    said: list[str] = []
    found = obtain(_wrong_pin(), _at(mirror), cache, said.append)
    assert said == [f"{URL}: the mirror keeps only part of it, as its INDEX.yaml says"]
    mirror.rename(mirror.with_name("gone"))
    assert obtain(_wrong_pin(), _at(mirror), cache, said.append) == found


def test_other_content_than_pinned_is_refused_and_leaves_nothing(mirror: Path, cache: Path) -> None:
    with pytest.raises(UpstreamError) as error:
        obtain(_wrong_pin(), _at(mirror), cache, _quiet)
    assert str(error.value) == (
        f"{URL}: wrong digest, nothing of it was used\n"
        f"  unpacked content expected sha256 {'f' * 64}\n"
        f"  unpacked content got      sha256 {_pin().tree_sha256}\n"
        "  it was changed on the way, or the pin or the mirror's INDEX.yaml is out of date"
    )
    assert _left(cache) == []


def test_a_file_that_its_index_does_not_know_is_not_even_unpacked(
    mirror: Path, cache: Path
) -> None:
    _index(mirror, "e" * 64, _pin().tree_sha256)
    with pytest.raises(UpstreamError, match=f"file expected sha256 {'e' * 64}"):
        obtain(_wrong_pin(), _at(mirror), cache, _quiet)
    assert not (cache / "trees").exists()


def test_a_download_cut_short_is_an_error_and_leaves_nothing(cache: Path, serve: Serve) -> None:
    url = serve(Truncating)
    with pytest.raises(UpstreamError) as error:
        obtain(_pin(), _at(url), cache, _quiet)
    place = f"{url}/example.org/owner/thing.tar.gz"
    assert str(error.value).startswith(f"{place}: the download was cut short (")
    assert str(error.value).endswith("); try again")
    assert _left(cache) == []


def test_an_unreachable_mirror_is_named_with_what_to_do(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with pytest.raises(UpstreamError) as error:
        obtain(_pin(), _at("http://127.0.0.1:1"), cache, _quiet)
    assert str(error.value).startswith("http://127.0.0.1:1/INDEX.yaml: cannot be reached (")
    assert str(error.value).endswith(f"; {ADVICE}")
    assert _left(cache) == []


def test_a_mirror_that_lacks_the_file_or_the_folder_says_which(mirror: Path, cache: Path) -> None:
    (mirror / "example.org/owner/thing.tar.gz").unlink()
    with pytest.raises(UpstreamError) as error:
        obtain(_pin(), _at(mirror), cache, _quiet)
    assert str(error.value) == (
        f"{mirror}/example.org/owner/thing.tar.gz: the mirror (the test) does not have it; "
        f"complete the mirror, or use none to download {URL}"
    )
    with pytest.raises(UpstreamError) as error:
        obtain(_pin(), _at(mirror / "nowhere"), cache, _quiet)
    assert str(error.value) == f"{mirror}/nowhere: the mirror (the test) is not a folder"


def test_a_url_mirror_that_lacks_the_file_answers_404(
    cache: Path, tmp_path: Path, serve: Serve
) -> None:
    url = serve(partial(Quiet, directory=str(tmp_path)))
    with pytest.raises(UpstreamError) as error:
        obtain(_pin(), _at(url), cache, _quiet)
    assert str(error.value) == (
        f"{url}/example.org/owner/thing.tar.gz: answered 404 File not found; {ADVICE}"
    )


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("odd", "answered 520 Odd; "),
        ("gzip", "cannot be read (Error -3 "),
        ("around", "cannot be read (Exceeded maximum allowed redirects.); "),
    ],
)
def test_whatever_a_server_answers_is_told_with_the_url(
    tmp_path: Path, serve: Serve, path: str, said: str
) -> None:
    url = f"{serve(Odd)}/{path}"
    with pytest.raises(UpstreamError) as error:
        download(url, tmp_path / "file", lambda _done, _all: None)
    assert str(error.value).startswith(f"{url}: {said}")
    assert str(error.value).endswith(ADVICE)


@pytest.mark.parametrize("text", ["files: [", "files: 1\n", "files: [{url: x}]\n", "plain\n"])
def test_a_malformed_index_is_named_and_not_kept(mirror: Path, cache: Path, text: str) -> None:
    (mirror / "INDEX.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(UpstreamError) as error:
        obtain(_wrong_pin(), _at(mirror), cache, _quiet)
    assert str(error.value).startswith(f"{mirror}/INDEX.yaml: not an index of a mirror (")
    assert _left(cache) == []


def test_several_at_once_end_with_one_and_the_same_copy(mirror: Path, cache: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: obtain(_pin(), _at(mirror), cache, _quiet), range(16)))
    assert found == {cache / "trees" / _pin().tree_sha256}
    assert list((cache / "tmp").iterdir()) == []


def test_a_mirror_is_found_in_the_promised_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.delenv("KUBEFLOW_MIRROR", raising=False)
    assert find_mirror(None, project) is None
    (tmp_path / "shared/mirror").mkdir(parents=True)
    assert find_mirror(None, project) == Mirror(
        location=str(tmp_path / "shared/mirror"), found="folder shared/mirror beside the project"
    )
    (project / "mirror").mkdir()
    assert find_mirror(None, project) == Mirror(
        location=str(project / "mirror"), found="folder mirror/ in the project"
    )
    monkeypatch.setenv("KUBEFLOW_MIRROR", "https://mirror.example/kubeflow")
    assert find_mirror(None, project) == Mirror(
        location="https://mirror.example/kubeflow", found="environment KUBEFLOW_MIRROR"
    )
    assert find_mirror("../elsewhere", project) == Mirror(
        location=str(tmp_path / "elsewhere"), found="setting upstream.mirror"
    )


@pytest.mark.parametrize("url", ["file:///srv/a%20mirror", "file://localhost/srv/a%20mirror"])
def test_a_file_url_is_the_folder_it_names(tmp_path: Path, url: str) -> None:
    found = find_mirror(url, tmp_path)
    assert found == Mirror(location="/srv/a mirror", found="setting upstream.mirror")
    assert found.place(URL) == "/srv/a mirror/example.org/owner/thing.tar.gz"
