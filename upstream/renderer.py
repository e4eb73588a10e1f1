"""Which program renders kustomizations: a recent enough one on PATH, else one built here."""

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from upstream.errors import UpstreamError

Version = tuple[int, ...]
Build = Callable[[], Path]

MIN_KUSTOMIZE: Version = (5, 4, 3)
MIN_KUBECTL: Version = (1, 32)  # embeds kustomize 5.5
_SECONDS_TO_ANSWER = 30
_VERSION = r"v?(\d+)\.(\d+)\.(\d+)"


@dataclass(frozen=True, kw_only=True)
class Renderer:
    """The command that renders a folder when the folder is added to it."""

    command: tuple[str, ...]


def find_renderer(build: Build | None) -> Renderer:
    """kustomize or kubectl from PATH, else what `build` builds.

    Raises UpstreamError, with what was found, when none is recent enough and nothing can be built.
    """
    candidates = (
        ("kustomize", ("version",), ("build",), MIN_KUSTOMIZE),
        ("kubectl", ("version", "--client", "--output=json"), ("kustomize",), MIN_KUBECTL),
    )
    found: list[str] = []
    for name, ask, render, minimum in candidates:
        path = shutil.which(name)
        version = _ask(path, ask) if path else None
        if path and version and version >= minimum:
            return Renderer(command=(path, *render))
        if path:
            found.append(f"{path} is {_dotted(version) if version else 'of unknown version'}")
    if build:
        return Renderer(command=(str(build()), "build"))
    raise UpstreamError(_none_fits(found))


def read_version(answer: str) -> Version | None:
    """The version in the answer of `kustomize version` or `kubectl version --client -o json`."""
    own = re.search(rf'"gitVersion":\s*"{_VERSION}', answer) or re.search(_VERSION, answer)
    return tuple(map(int, own.groups())) if own else None


def _ask(path: str, arguments: tuple[str, ...]) -> Version | None:
    try:
        answer = subprocess.run(
            (path, *arguments),
            capture_output=True,
            text=True,
            timeout=_SECONDS_TO_ANSWER,
            check=True,
        )
        return read_version(answer.stdout)
    except (OSError, subprocess.SubprocessError):
        return None


def _none_fits(found: list[str]) -> str:
    wanted = f"kustomize {_dotted(MIN_KUSTOMIZE)} or kubectl {_dotted(MIN_KUBECTL)}, or newer"
    return (
        f"rendering needs {wanted}, on PATH, or Go to build kustomize; "
        f"{'; '.join(found) or 'none of them was found'}"
    )


def _dotted(version: Version) -> str:
    return ".".join(map(str, version))
