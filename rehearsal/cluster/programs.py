"""The programs a rehearsal cluster runs: from PATH or the cache, else downloaded, else built."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Programs:
    """Where each program is."""

    etcd: Path
    kube_apiserver: Path
    kube_controller_manager: Path
    kube_scheduler: Path
    kwok: Path


def find_programs(tell: Tell) -> Programs:
    names = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok")
    return Programs(**{n.replace("-", "_"): Path(shutil.which(n) or "") for n in names})
