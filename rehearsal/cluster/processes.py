"""Programs that outlive us: started detached, known by pid and start time, stopped for certain."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rehearsal.cluster.waiting import until
from rehearsal.errors import RehearsalError

LAST_LINES = 8
LAST_BYTES = 16_384
KILLED_SECONDS = 10.0
ZOMBIE = "Z"
PASSED_ON = frozenset({"PATH", "HOME", "USER", "TMPDIR", "LANG", "TZ", "LD_LIBRARY_PATH"})
PASSED_ON |= {"KUBEFLOW_STACK_CACHE", "XDG_CACHE_HOME"}
PASSED_ON_PREFIXES = ("LC_", "SSL_CERT_", "GOMAXPROCS", "GOMEMLIMIT")


@dataclass(frozen=True, kw_only=True)
class Command:
    """One program to run; everything it says goes to `log`."""

    name: str
    argv: tuple[str, ...]
    log: Path


@dataclass(frozen=True, kw_only=True)
class Process:
    """A started program. `since` tells it from a later process with the same pid."""

    name: str
    pid: int
    since: str
    log: str


def spawn(command: Command, environment: Mapping[str, str]) -> Process:
    """Start a program in a session of its own, so that it stays when we go."""
    appending = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    pid = os.posix_spawn(
        command.argv[0],
        command.argv,
        dict(environment),
        setsid=True,
        setsigdef=[signal.SIGPIPE, signal.SIGINT],
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(command.log), appending, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
    )
    state = _look_at(pid)
    since = state[1] if state else ""
    return Process(name=command.name, pid=pid, since=since, log=str(command.log))


def passed_on(environment: Mapping[str, str]) -> dict[str, str]:
    """What a program that outlives us may know of our environment: no passphrase, no credentials.

    Proxies are left out too: everything these programs talk to is on this machine.
    """
    return {
        name: value
        for name, value in environment.items()
        if name in PASSED_ON or name.startswith(PASSED_ON_PREFIXES)
    }


def command_lines() -> Iterator[tuple[int, str]]:
    """(pid, arguments joined by spaces) of every process that shows them to us."""
    return _command_lines_linux() if sys.platform == "linux" else _command_lines_with_ps()


def running(pid: int, name: str, log: Path) -> Process | None:
    """A process that runs already, as `spawn` would have told it; None when it is gone."""
    state = _look_at(pid)
    return Process(name=name, pid=pid, since=state[1], log=str(log)) if state else None


def is_alive(process: Process) -> bool:
    """Whether exactly this process still runs; another one with its pid does not count."""
    _reap(process.pid)
    state = _look_at(process.pid)
    return state is not None and state[0] != ZOMBIE and state[1] == process.since


def stop(processes: Sequence[Process], seconds: float) -> None:
    """Ask all to end, kill those that have not after `seconds`, return when all are gone."""
    _send(processes, signal.SIGTERM)
    if not _all_gone_within(processes, seconds):
        _send(processes, signal.SIGKILL)
        until("killed programs are gone", lambda: _still_there(processes), KILLED_SECONDS)


def last_lines(log: Path) -> str:
    """The end of a program's log, to stand in an error."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - LAST_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return f"  (no log at {log})"
    return "\n".join(f"  {line[:400]}" for line in lines[-LAST_LINES:]) or "  (it said nothing)"


def _all_gone_within(processes: Sequence[Process], seconds: float) -> bool:
    try:
        until("programs asked to end are gone", lambda: _still_there(processes), seconds)
    except RehearsalError:
        return False
    return True


def _still_there(processes: Iterable[Process]) -> str | None:
    alive = [f"{process.name} ({process.pid})" for process in processes if is_alive(process)]
    return f"still running: {', '.join(alive)}" if alive else None


def _send(processes: Iterable[Process], number: signal.Signals) -> None:
    for process in processes:
        if is_alive(process):
            try:
                os.kill(process.pid, number)
            except ProcessLookupError:
                continue


def _reap(pid: int) -> None:
    """A dead child of ours stays a zombie until asked for; of other processes nothing is to do."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return


def _look_at(pid: int) -> tuple[str, str] | None:
    """(state letter, start time) of a process, or None when there is none."""
    return _look_at_linux(pid) if sys.platform == "linux" else _look_at_with_ps(pid)


def _look_at_linux(pid: int) -> tuple[str, str] | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # Field 2 is the name in brackets and may hold spaces; the start time is field 22.
    fields = text.rpartition(")")[2].split()
    return fields[0], fields[19]


def _look_at_with_ps(pid: int) -> tuple[str, str] | None:
    shown = subprocess.run(
        ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        env={"LC_ALL": "C"},
    ).stdout.split(maxsplit=1)
    return (shown[0][0], shown[1].strip()) if shown else None


def _command_lines_linux() -> Iterator[tuple[int, str]]:
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            text = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        yield int(folder.name), os.fsdecode(text).rstrip("\0").replace("\0", " ")


def _command_lines_with_ps() -> Iterator[tuple[int, str]]:
    shown = subprocess.run(
        ["/bin/ps", "-axww", "-o", "pid=,args="],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        env={"LC_ALL": "C"},
    ).stdout
    for line in shown.splitlines():
        pid, _, command = line.strip().partition(" ")
        yield int(pid), command.strip()
