"""Programs of a cluster that it does not remember: its start was killed before it could."""

from collections.abc import Iterable

from rehearsal.cluster.layout import Layout
from rehearsal.cluster.processes import Process, command_lines, running

PROGRAMS = frozenset(
    {"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"}
)
STANDINS = "standins"


def find_strays(layout: Layout, known: Iterable[Process]) -> tuple[Process, ...]:
    """Every program that runs for this cluster but is none of the `known`."""
    pids = {process.pid for process in known}
    found = []
    for pid, line in command_lines():
        name = program_of(layout, line)
        if name and pid not in pids:
            found.append(running(pid, name, layout.log(name)))
    return tuple(process for process in found if process)


def program_of(layout: Layout, line: str) -> str | None:
    """Which program of the cluster was called by this command line, if any. Pure.

    All of them name a file in the cluster's folder; so may an editor or `tail`, hence the rest.
    """
    if line.endswith(f" -m rehearsal.standins {layout.folder}"):
        return STANDINS
    program, _, options = line.partition(" --")
    name = program.rpartition("/")[2]
    return name if name in PROGRAMS and f"={layout.folder}/" in options else None
