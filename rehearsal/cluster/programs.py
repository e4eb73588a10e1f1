"""The programs a rehearsal cluster runs: from PATH or the cache, else downloaded, else built."""

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from rehearsal.cluster import gobuild
from rehearsal.cluster.download import NotAvailableError, NotThereError, download
from rehearsal.cluster.lock import held
from rehearsal.cluster.releases import VERSIONS, Machine, Release, release_of, this_machine
from upstream.cache import cache_dir
from upstream.mirror import Mirror, find_mirror

ANSWER_SECONDS = 20
PROJECT = Path(__file__).parents[2]

Tell = Callable[[str], None]
Found = dict[str, Path]


@dataclass(frozen=True, kw_only=True)
class Programs:
    """Where each program is."""

    etcd: Path
    kube_apiserver: Path
    kube_controller_manager: Path
    kube_scheduler: Path
    kwok: Path


def find_programs(tell: Tell) -> Programs:
    """Every program in a version that fits; the first time this may take minutes, and says so."""
    cache = cache_dir() / "programs"
    found = _at_hand(cache)
    if len(found) < len(VERSIONS):
        with held(cache / ".lock", "programs are being downloaded or built", tell):
            found = _at_hand(cache)
            found |= _download(_missing(found), cache, tell)
            found |= _build(_missing(found), cache, tell)
    return Programs(**{name.replace("-", "_"): path for name, path in found.items()})


def _at_hand(cache: Path) -> Found:
    """What is on PATH in a fitting version, or in the cache from a download or a build."""
    found = {}
    for name in VERSIONS:
        on_path = shutil.which(name)
        if on_path and _fits(name, on_path):
            found[name] = Path(on_path).absolute()
            continue
        for kept in (_downloaded(name, this_machine(), cache), _built(name, cache)):
            if kept.exists():
                found[name] = kept
                break
    return found


def _missing(found: Found) -> list[str]:
    return [name for name in VERSIONS if name not in found]


def _download(names: list[str], cache: Path, tell: Tell) -> Found:
    """What can be downloaded; a host that cannot be reached is asked once."""
    machine, mirror = this_machine(), find_mirror(None, PROJECT)
    found: Found = {}
    unreachable: set[str] = set()
    for name in names:
        release = release_of(name, machine)
        if release is None:
            continue
        target, host = _downloaded(name, machine, cache), urlsplit(release.url).netloc
        places = _places(mirror, host in unreachable)
        if not places:
            continue
        try:
            _download_one(release, places, target, tell)
        except NotThereError:
            unreachable.add(host)
        except NotAvailableError as error:
            tell(f"no download of {name}: {error}")
        else:
            found[name] = target
    if unreachable:
        hosts = ", ".join(sorted(unreachable))
        tell(f"no release downloads reachable ({hosts}); building from Go modules")
    return found


def _places(mirror: Mirror | None, is_unreachable: bool) -> list[Mirror | None]:
    """The mirror first, then where the program is published, unless that is known to be away."""
    published: list[Mirror | None] = [] if is_unreachable else [None]
    return [mirror, *published] if mirror else published


def _download_one(release: Release, places: list[Mirror | None], target: Path, tell: Tell) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f"{target.name}.new")
    try:
        source = download(release, places, fresh)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
    tell(f"downloaded {release.program} from {source}")


def _build(names: list[str], cache: Path, tell: Tell) -> Found:
    found: Found = {}
    for module in gobuild.MODULES:
        wanted = [name for name in names if name in module.packages]
        if wanted:
            gobuild.build(module, wanted, cache, tell)
            found |= {name: gobuild.built(module, name, cache) for name in wanted}
    return found


def _downloaded(name: str, machine: Machine, cache: Path) -> Path:
    key = f"{name}-{VERSIONS[name]}-{machine.system}-{machine.architecture}"
    return cache / key / name


def _built(name: str, cache: Path) -> Path:
    module = next(module for module in gobuild.MODULES if name in module.packages)
    return gobuild.built(module, name, cache)


def _fits(name: str, path: str) -> bool:
    """Whether a program on PATH has the pinned minor version."""
    try:
        answer = subprocess.run(
            (path, "--version"),
            capture_output=True,
            text=True,
            timeout=ANSWER_SECONDS,
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return False
    said = re.search(r"v?(\d+\.\d+)\.\d+", answer)
    return said is not None and said[1] == VERSIONS[name].rpartition(".")[0]
