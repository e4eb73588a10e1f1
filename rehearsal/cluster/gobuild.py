"""Programs built from the Go modules below `tools/`, for where no download is reachable."""

import hashlib
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rehearsal.cluster.releases import this_machine
from rehearsal.cluster.versions import KUBERNETES
from rehearsal.errors import RehearsalError

TOOLS = Path(__file__).parents[2] / "tools"
REPORT_SECONDS = 15.0
LAST_LINES = 15

Tell = Callable[[str], None]

_MAJOR, _MINOR, _ = KUBERNETES.split(".")
_VERSION_VARIABLE = "k8s.io/component-base/version"


@dataclass(frozen=True, kw_only=True)
class Module:
    """One go.mod: which programs it makes, of which packages, with which linker flags."""

    folder: Path
    packages: Mapping[str, str]
    link: str = ""

    @property
    def key(self) -> str:
        """Changes when anything does that decides what is built."""
        machine = this_machine()
        digest = hashlib.sha256(f"{machine}{self.link}".encode())
        own = sorted(path.name for path in self.folder.glob("*.go"))
        for name in ("go.mod", "go.sum", *own):
            digest.update((self.folder / name).read_bytes())
        return f"{self.folder.name}-{digest.hexdigest()[:16]}"


CLUSTER = Module(
    folder=TOOLS,
    packages={
        "etcd": "go.etcd.io/etcd/server/v3",
        "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
        "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
        "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
    },
    # Without them the servers say v0.0.0, which clients take for an ancient one.
    link=(
        f"-X {_VERSION_VARIABLE}.gitVersion=v{KUBERNETES} "
        f"-X {_VERSION_VARIABLE}.gitMajor={_MAJOR} -X {_VERSION_VARIABLE}.gitMinor={_MINOR}"
    ),
)
SIMULATOR = Module(folder=TOOLS / "kwok", packages={"kwok": "sigs.k8s.io/kwok/cmd/kwok"})
MODULES = (CLUSTER, SIMULATOR)


def built(module: Module, program: str, cache: Path) -> Path:
    """Where a program of the module is, or will be."""
    return cache / module.key / program


def build(module: Module, programs: Sequence[str], cache: Path, tell: Tell) -> None:
    """Build programs into the cache, each whole or not at all; raises with the compiler's words."""
    go = shutil.which("go")
    if go is None:
        raise RehearsalError(
            f"{', '.join(programs)}: not on PATH, not in the cache, no download reachable, and no "
            "Go to build them with; install Go 1.26 or newer (https://go.dev/dl), or give a network"
        )
    source = module.folder.relative_to(TOOLS.parent) / "go.mod"
    tell(f"building {', '.join(programs)} from {source}; once, it takes minutes")
    started = time.monotonic()
    for program in programs:
        target = built(module, program, cache)
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f"{program}.{os.getpid()}.new")
        try:
            _compile(_command(go, module, program, fresh), module, program, tell)
            fresh.replace(target)
        finally:
            fresh.unlink(missing_ok=True)
    tell(f"built {', '.join(programs)} in {_elapsed(started)}")


def _command(go: str, module: Module, program: str, target: Path) -> tuple[str, ...]:
    flags = ("-trimpath", "-v", "-ldflags", module.link, "-o", str(target))
    return go, "build", *flags, module.packages[program]


def _compile(command: tuple[str, ...], module: Module, program: str, tell: Tell) -> None:
    started = time.monotonic()
    with subprocess.Popen(
        command,
        cwd=module.folder,
        env={**os.environ, "GOWORK": "off"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as process:
        try:
            lines = _listen(process, program, started, tell)
        except BaseException:
            process.terminate()
            raise
    if process.returncode != 0:
        said = "\n".join(f"  {line}" for line in lines[-LAST_LINES:])
        raise RehearsalError(
            f"building {program} failed (`go build {command[-1]}` in {module.folder}); "
            f"its last lines:\n{said}"
        )


def _listen(
    process: "subprocess.Popen[str]", program: str, started: float, tell: Tell
) -> list[str]:
    """What the compiler says, one line per package, while the user is told how far it is."""
    lines: list[str] = []
    reader = threading.Thread(target=_collect, args=(process, lines), daemon=True)
    reader.start()
    while reader.is_alive():
        reader.join(REPORT_SECONDS)
        if reader.is_alive():
            tell(f"building {program}: {_progress(lines)}, {_elapsed(started)}")
    process.wait()
    return lines


def _collect(process: "subprocess.Popen[str]", lines: list[str]) -> None:
    lines.extend(line.rstrip() for line in process.stderr or ())


def _progress(lines: Sequence[str]) -> str:
    downloads = sum(line.startswith("go: downloading") for line in lines)
    packages = len(lines) - downloads
    if packages == 0:
        return f"{downloads} modules downloaded" if downloads else "reading the module, linking"
    return f"{packages} packages compiled"


def _elapsed(started: float) -> str:
    minutes, seconds = divmod(int(time.monotonic() - started), 60)
    return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"
