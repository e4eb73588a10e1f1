"""A rehearsal cluster as a whole: started, found, resumed and stopped as one group."""

import os
import shutil
import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from plan.model import ClusterPlan
from rehearsal.cluster import commands
from rehearsal.cluster.files import admin_kubeconfig, standins_settings, write_files
from rehearsal.cluster.health import is_ready, wait_answering
from rehearsal.cluster.layout import (
    Layout,
    Ports,
    State,
    choose_socket,
    read_state,
    write_state,
)
from rehearsal.cluster.lock import held
from rehearsal.cluster.nodes import plan_digest
from rehearsal.cluster.pace import QUICK, Pace
from rehearsal.cluster.population import populate
from rehearsal.cluster.processes import Command, Process, is_alive, passed_on, spawn, stop
from rehearsal.cluster.programs import Programs, find_programs
from rehearsal.cluster.strays import STANDINS, find_strays
from rehearsal.errors import RehearsalError
from upstream.cache import cache_dir

Tell = Callable[[str], None]

PROJECT = Path(__file__).parents[2]
CLIENTS_STOP_SECONDS, API_STOP_SECONDS, ETCD_STOP_SECONDS = 3.0, 6.0, 3.0


@dataclass(frozen=True, kw_only=True)
class Access:
    """How to reach a running cluster. `kubeconfig` is YAML with client certificates inline."""

    name: str
    server: str
    kubeconfig: str
    audit_log: Path
    folder: Path


def start_cluster(
    name: str, plan: ClusterPlan, tell: Tell, *, clean: bool = False, pace: Pace = QUICK
) -> Access:
    """A running cluster with the plan's nodes: found, adapted, resumed or new.

    A cluster of which any process is dead is stopped and started again over the same data;
    `clean` throws the data away first.
    """
    layout = _layout(name)
    with held(layout.lock, f"cluster {name} is being started or stopped", tell):
        if clean:
            _remove(layout, tell)
        state = read_state(layout)
        if state is None or not is_ready(layout, state):
            state = _boot(layout, state, plan, pace, tell)
            tell(f"cluster {name}: ready at {state.server}")
        elif (state.plan, state.standins) != (plan_digest(plan), standins_settings(plan, pace)):
            state = _adapt(layout, state, plan, pace, tell)
        return _access(layout, state)


def find_cluster(name: str) -> Access | None:
    """The cluster when it runs and is healthy, else None."""
    layout = _layout(name)
    state = read_state(layout)
    return _access(layout, state) if state and is_ready(layout, state) else None


def remembered_kubeconfig(name: str) -> str | None:
    """The kubeconfig of a cluster that was started once and not removed, running or not."""
    layout = _layout(name)
    state = read_state(layout)
    return admin_kubeconfig(layout, state) if state else None


def stop_cluster(name: str, tell: Tell) -> None:
    """End every process of the cluster, prove it, and remove its folder."""
    layout = _layout(name)
    with held(layout.lock, f"cluster {name} is being started or stopped", tell):
        _remove(layout, tell)


def _layout(name: str) -> Layout:
    return Layout(folder=cache_dir() / "clusters" / name)


def _access(layout: Layout, state: State) -> Access:
    return Access(
        name=layout.name,
        server=state.server,
        kubeconfig=admin_kubeconfig(layout, state),
        audit_log=layout.audit_log,
        folder=layout.folder,
    )


def _boot(layout: Layout, known: State | None, plan: ClusterPlan, pace: Pace, tell: Tell) -> State:
    programs = find_programs(tell)
    if known is None:
        tell(f"cluster {layout.name}: starting")
    else:
        dead = [process.name for process in known.processes if not is_alive(process)]
        tell(f"cluster {layout.name}: {', '.join(dead) or 'API server'} is down; resuming")
    _stop_all(_running(layout, known))
    state = State(
        ports=_ports(known),
        socket=choose_socket(layout, known),
        plan="",
        standins="",
        processes=(),
    )
    try:
        return _start_group(layout, state, plan, pace, programs)
    except RehearsalError:
        _stop_remembered(layout)
        raise


def _start_group(
    layout: Layout, state: State, plan: ClusterPlan, pace: Pace, programs: Programs
) -> State:
    write_files(layout, state, plan, pace)
    state = _run(layout, state, commands.etcd(layout, state, programs))
    state = _run(layout, state, commands.api_server(layout, state, programs))
    wait_answering(layout, state)
    state = _run(layout, state, commands.controller_manager(layout, programs))
    state = _run(layout, state, commands.scheduler(layout, programs))
    state = _run(layout, state, commands.kwok(layout, programs))
    state = _run(layout, state, commands.standins(layout))
    return _settle(layout, state, plan, pace)


def _adapt(layout: Layout, state: State, plan: ClusterPlan, pace: Pace, tell: Tell) -> State:
    """Other pools or stand-in settings: nodes change, the stand-ins learn it by a new start."""
    tell(f"cluster {layout.name}: adapting its nodes to the plan")
    stop([p for p in state.processes if p.name == STANDINS], CLIENTS_STOP_SECONDS)
    remaining = tuple(p for p in state.processes if p.name != STANDINS)
    write_files(layout, state, plan, pace)
    state = _run(layout, replace(state, processes=remaining), commands.standins(layout))
    return _settle(layout, state, plan, pace)


def _settle(layout: Layout, state: State, plan: ClusterPlan, pace: Pace) -> State:
    populate(layout, state, plan)
    state = replace(state, plan=plan_digest(plan), standins=standins_settings(plan, pace))
    write_state(layout, state)
    return state


def _run(layout: Layout, state: State, command: Command) -> State:
    """Start one more program; remembered at once. Killed before that, `find_strays` knows it."""
    environment = {**passed_on(os.environ), "PYTHONPATH": str(PROJECT)}
    process = spawn(command, environment)
    state = replace(state, processes=(*state.processes, process))
    write_state(layout, state)
    return state


def _ports(known: State | None) -> Ports:
    """The same ports as before when they are free, so that old kubeconfigs stay good."""
    if known and all(map(_is_free, _numbers(known.ports))):
        return known.ports
    api_server, etcd, etcd_peer = _free_ports(3)
    return Ports(api_server=api_server, etcd=etcd, etcd_peer=etcd_peer)


def _free_ports(count: int) -> list[int]:
    """Ports nobody has, all held until all are chosen so that they differ."""
    holders = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [holder.getsockname()[1] for holder in holders]
    for holder in holders:
        holder.close()
    return ports


def _is_free(port: int) -> bool:
    try:
        with closing(socket.create_server(("127.0.0.1", port))):
            return True
    except OSError:
        return False


def _numbers(ports: Ports) -> tuple[int, ...]:
    return ports.api_server, ports.etcd, ports.etcd_peer


def _holders(ports: Ports) -> dict[int, str]:
    """Which program listens on each port."""
    return {ports.api_server: "kube-apiserver", ports.etcd: "etcd", ports.etcd_peer: "etcd"}


def _remove(layout: Layout, tell: Tell) -> None:
    state = read_state(layout)
    alive = _running(layout, state)
    if state is not None or alive:
        tell(f"cluster {layout.name}: stopping")
    _stop_all(alive)
    if state is not None:
        _refuse_held_ports(layout, state.ports, alive)
        _remove_socket(layout, Path(state.socket))
    if layout.folder.exists():
        shutil.rmtree(layout.folder)


def _stop_remembered(layout: Layout) -> None:
    _stop_all(_running(layout, read_state(layout)))


def _running(layout: Layout, state: State | None) -> tuple[Process, ...]:
    """Every living program of the cluster, remembered or not."""
    known = tuple(filter(is_alive, state.processes)) if state else ()
    return (*known, *find_strays(layout, known))


def _stop_all(processes: tuple[Process, ...]) -> None:
    """Clients first: the API server waits for them, and it needs etcd to the end."""
    servers = ("kube-apiserver", "etcd")
    stop([p for p in processes if p.name not in servers], CLIENTS_STOP_SECONDS)
    stop([p for p in processes if p.name == "kube-apiserver"], API_STOP_SECONDS)
    stop([p for p in processes if p.name == "etcd"], ETCD_STOP_SECONDS)


def _refuse_held_ports(layout: Layout, ports: Ports, stopped: tuple[Process, ...]) -> None:
    """A port of a program that was dead before may be anybody's by now."""
    names = {process.name for process in stopped}
    ours = (port for port, name in _holders(ports).items() if name in names)
    busy = [str(port) for port in ours if not _is_free(port)]
    if busy:
        raise RehearsalError(
            f"cluster {layout.name}: its processes are gone but port {', '.join(busy)} is still "
            "held by another program"
        )


def _remove_socket(layout: Layout, path: Path) -> None:
    path.unlink(missing_ok=True)
    if path.parent != layout.folder and path.parent.exists():
        path.parent.rmdir()
