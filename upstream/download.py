"""The only module that downloads: streamed, with timeouts, and with errors that name the URL."""

from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from upstream.errors import MissingError, UpstreamError

if TYPE_CHECKING:
    import httpx

READ_SECONDS, CONNECT_SECONDS = 30.0, 10.0
Progress = Callable[[int, int | None], None]


class UnreachableError(UpstreamError):
    """Nobody answers at the URL."""


def download(
    url: str, target: Path, progress: Progress, *, connect_seconds: float = CONNECT_SECONDS
) -> None:
    """The bytes at `url` in the file `target`; `progress(bytes so far, bytes in all)` as they come.

    Raises UpstreamError when the URL cannot be reached (UnreachableError), does not answer 200
    (MissingError for 404), or answers what cannot be read to its end.
    """
    import httpx  # noqa: PLC0415  60 ms that a warm cache should not pay

    timeout = httpx.Timeout(READ_SECONDS, connect=connect_seconds)
    try:
        with httpx.stream("GET", url, timeout=timeout, follow_redirects=True) as response:
            _check_status(url, response)
            _save(response, target, progress)
    except httpx.RemoteProtocolError as error:
        raise UpstreamError(f"{url}: the download was cut short ({error}); try again") from error
    except (httpx.TransportError, httpx.InvalidURL) as error:
        raise UnreachableError(f"{url}: cannot be reached ({error}); {_other_ways()}") from error
    except httpx.RequestError as error:
        raise UpstreamError(f"{url}: cannot be read ({error}); {_other_ways()}") from error


def _check_status(url: str, response: "httpx.Response") -> None:
    status = response.status_code
    if status != HTTPStatus.OK:
        # A status that nobody registered may come without words.
        said = f"{status} {response.reason_phrase}".rstrip()
        kind = MissingError if status == HTTPStatus.NOT_FOUND else UpstreamError
        raise kind(f"{url}: answered {said}; {_other_ways()}")


def _save(response: "httpx.Response", target: Path, progress: Progress) -> None:
    length = response.headers.get("content-length")
    total = int(length) if length else None
    with target.open("wb") as file:
        for chunk in response.iter_bytes():
            file.write(chunk)
            progress(response.num_bytes_downloaded, total)


def _other_ways() -> str:
    return "check the network, or name a mirror by the setting upstream.mirror or KUBEFLOW_MIRROR"
