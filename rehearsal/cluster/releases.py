"""Where each program is officially published, and what its checksum is published as. Pure."""

import json
import platform
from dataclasses import dataclass
from typing import Literal

from rehearsal.cluster.versions import ETCD, KUBERNETES, KWOK

KUBERNETES_PROGRAMS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
VERSIONS = {"etcd": ETCD, "kwok": KWOK} | dict.fromkeys(KUBERNETES_PROGRAMS, KUBERNETES)

_GITHUB = "https://github.com"
_ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What programs must run on, in Go's words."""

    system: str
    architecture: str


@dataclass(frozen=True, kw_only=True)
class Release:
    """A file to download. `member` is its place in an archive; empty for a bare program."""

    program: str
    url: str
    checksums_url: str
    member: str = ""

    @property
    def file_name(self) -> str:
        """The last part of the URL, by which checksum lists name it."""
        return self.url.rpartition("/")[2]

    @property
    def archive(self) -> Literal["", "tar.gz", "zip"]:
        """How the file is packed."""
        if not self.member:
            return ""
        return "zip" if self.url.endswith(".zip") else "tar.gz"


def this_machine() -> Machine:
    """The machine we run on."""
    machine = platform.machine().lower()
    architecture = _ARCHITECTURES.get(machine, machine)
    return Machine(system=platform.system().lower(), architecture=architecture)


def release_of(program: str, machine: Machine) -> Release | None:
    """The official download of a program, or None where its makers publish none."""
    if program == "etcd":
        return _etcd(machine)
    if program == "kwok":
        return _kwok(machine)
    if machine.system != "linux":
        return None  # Kubernetes publishes its servers for Linux only.
    place = f"{machine.system}/{machine.architecture}"
    url = f"https://dl.k8s.io/release/v{KUBERNETES}/bin/{place}/{program}"
    return Release(program=program, url=url, checksums_url=f"{url}.sha256")


def published_sha256(text: str, file_name: str) -> str | None:
    """The digest of a file in a bare digest, a list of digests, or what GitHub tells."""
    if text.lstrip().startswith("{"):
        digests = {a["name"]: a.get("digest") or "" for a in json.loads(text).get("assets", ())}
        return digests.get(file_name, "").removeprefix("sha256:") or None
    for line in text.splitlines():
        digest, *name = line.split()
        if not name or name[0].lstrip("*") == file_name:
            return digest
    return None


def _etcd(machine: Machine) -> Release:
    folder = f"etcd-v{ETCD}-{machine.system}-{machine.architecture}"
    ending = "tar.gz" if machine.system == "linux" else "zip"
    base = f"{_GITHUB}/etcd-io/etcd/releases/download/v{ETCD}"
    return Release(
        program="etcd",
        url=f"{base}/{folder}.{ending}",
        checksums_url=f"{base}/SHA256SUMS",
        member=f"{folder}/etcd",
    )


def _kwok(machine: Machine) -> Release:
    """kwok publishes no checksum file; GitHub itself tells each file's digest."""
    name = f"kwok-{machine.system}-{machine.architecture}"
    repository = "kubernetes-sigs/kwok"
    return Release(
        program="kwok",
        url=f"{_GITHUB}/{repository}/releases/download/v{KWOK}/{name}",
        checksums_url=f"https://api.github.com/repos/{repository}/releases/tags/v{KWOK}",
    )
