"""Where one cluster keeps its things, and what it remembers of itself between runs."""

import json
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from rehearsal.cluster.processes import Process
from rehearsal.errors import RehearsalError

SOCKET_PATH_LIMIT = 100
"""Linux allows 107 bytes, macOS 103."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The files of one cluster's folder."""

    folder: Path

    @property
    def name(self) -> str:
        """The cluster's name."""
        return self.folder.name

    @property
    def lock(self) -> Path:
        """Held while the cluster is started or stopped; beside the folder, which may go."""
        return self.folder.parent / f".{self.name}.lock"

    @property
    def state(self) -> Path:
        """What `State` says."""
        return self.folder / "cluster.json"

    @property
    def pki(self) -> Path:
        """Certificates and keys, `<name>.crt` and `<name>.key`."""
        return self.folder / "pki"

    @property
    def config(self) -> Path:
        """Configuration files and kubeconfigs of the programs."""
        return self.folder / "config"

    @property
    def logs(self) -> Path:
        """One log per program."""
        return self.folder / "logs"

    @property
    def etcd(self) -> Path:
        """What survives a restart: every object."""
        return self.folder / "etcd"

    @property
    def audit_log(self) -> Path:
        """Every request that changed something, one JSON line each."""
        return self.folder / "audit.log"

    def certificate(self, name: str) -> Path:
        """The certificate called `name`."""
        return self.pki / f"{name}.crt"

    def key(self, name: str) -> Path:
        """The key called `name`."""
        return self.pki / f"{name}.key"

    def kubeconfig(self, user: str) -> Path:
        """The kubeconfig of one of the programs."""
        return self.config / f"{user}.kubeconfig"

    def log(self, program: str) -> Path:
        """What a program says."""
        return self.logs / f"{program}.log"


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Where the programs listen on loopback."""

    api_server: int
    etcd: int
    etcd_peer: int


@dataclass(frozen=True, kw_only=True)
class State:
    """What a cluster remembers: enough to find, resume and stop it."""

    ports: Ports
    socket: str
    plan: str
    standins: str
    processes: tuple[Process, ...]

    @property
    def server(self) -> str:
        """The API server's URL."""
        return f"https://127.0.0.1:{self.ports.api_server}"


def read_state(layout: Layout) -> State | None:
    """What the cluster remembers, or None when it has never been started."""
    try:
        said = json.loads(layout.state.read_text())
    except FileNotFoundError:
        return None
    except json.JSONDecodeError as error:
        raise RehearsalError(f"{layout.state} is damaged ({error}); remove it") from error
    try:
        processes = tuple(Process(**process) for process in said.pop("processes"))
        return State(ports=Ports(**said.pop("ports")), processes=processes, **said)
    except (TypeError, KeyError) as error:
        raise RehearsalError(
            f"{layout.state} was written by another version of this project ({error}); "
            f"remove the folder {layout.folder}"
        ) from error


def write_state(layout: Layout, state: State) -> None:
    """Remember, all or nothing."""
    layout.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = layout.state.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(state), indent=2))
    fresh.replace(layout.state)


def choose_socket(layout: Layout, known: State | None) -> str:
    """A path short enough for a Unix socket: in the folder, else in a temporary one.

    A known one stays, unless its temporary folder has been cleared away.
    """
    if known and Path(known.socket).parent.is_dir():
        return known.socket
    near = layout.folder / "admission.sock"
    if len(str(near).encode()) <= SOCKET_PATH_LIMIT:
        return str(near)
    return str(Path(tempfile.mkdtemp(prefix="kfs-", dir=_short_temp())) / "admission.sock")


def _short_temp() -> str | None:
    """The usual temporary folder, unless even that is too long (macOS: about 50 characters)."""
    usual = tempfile.gettempdir()
    return None if len(usual.encode()) < SOCKET_PATH_LIMIT - 30 else "/tmp"
