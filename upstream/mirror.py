"""A mirror: a folder or URL where `https://HOST/PATH` is found at `HOST/PATH`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from upstream.documents import read_yaml

MIRROR_VARIABLE = "KUBEFLOW_MIRROR"
MIRROR_SETTING = "upstream.mirror"
FILE_URL = "file://"


@dataclass(frozen=True, kw_only=True)
class Mirror:
    """Where the mirror is (a folder or http(s) URL) and how it was found, for the output."""

    location: str
    found: str

    @property
    def is_url(self) -> bool:
        """Whether reading it needs a network."""
        return self.location.startswith(("http://", "https://"))

    def place(self, url: str) -> str:
        """Where the mirror keeps what `url` names."""
        return f"{self.location.rstrip('/')}/{url.partition('://')[2]}"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What a mirror's INDEX.yaml says of one file, which may hold less than upstream's."""

    sha256: str
    tree_sha256: str


def find_mirror(setting: str | None, project: Path) -> Mirror | None:
    """The mirror to use, if any: the setting, the environment, then a folder that is simply there:
    `mirror/` in the project or `shared/mirror` beside it."""
    if setting:
        return Mirror(location=_absolute(setting, project), found=f"setting {MIRROR_SETTING}")
    if named := os.environ.get(MIRROR_VARIABLE):
        return Mirror(location=_absolute(named, Path.cwd()), found=f"environment {MIRROR_VARIABLE}")
    if (inside := project / "mirror").is_dir():
        return Mirror(location=str(inside), found="folder mirror/ in the project")
    if (beside := project.resolve().parent / "shared" / "mirror").is_dir():
        return Mirror(location=str(beside), found="folder shared/mirror beside the project")
    return None


def read_index(text: str) -> Mapping[str, Entry]:
    """The entries of an INDEX.yaml by URL."""
    return {
        row["url"]: Entry(sha256=row["sha256"], tree_sha256=row["tree_sha256"])
        for row in read_yaml(text)["files"]
    }


def _absolute(location: str, base: Path) -> str:
    if location.startswith(FILE_URL):  # a folder by another name, and no path by itself
        return url2pathname(urlsplit(location).path)
    return location if "://" in location else str((base / Path(location).expanduser()).resolve())
