"""The daemon of one cluster: `python -m rehearsal.standins FOLDER`, as long as it lives."""

import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kube.client import Client
from plan.model import Allocatable, ClusterPlan, Pool, Taint
from rehearsal.cluster.pki import Pair
from rehearsal.standins import autoscaler as scaling
from rehearsal.standins import (
    certificates,
    load_balancers,
    monitoring,
    profiles,
    trust,
    volumes,
)
from rehearsal.standins.admission import listen, serve
from rehearsal.standins.backends import Backends
from rehearsal.standins.serving import Authority, Contexts
from rehearsal.standins.watching import Pulse, Watcher
from rehearsal.standins.world import WATCHED, Kind, World
from rehearsal.standins.writing import WRITERS, Delay, Desk, Write

LOOK_SECONDS = 2.0

_log = logging.getLogger("rehearsal.standins")


@dataclass(frozen=True, kw_only=True)
class Standin:
    """One effect: what it would write, looked at when one of its kinds changes."""

    name: str
    kinds: frozenset[Kind]
    writes: Callable[[World], Iterable[Write]]


def main(folder: Path) -> int:
    """Run all stand-ins of the cluster in `folder`."""
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    threading.excepthook = _die
    said = json.loads((folder / "config" / "standins.json").read_text())
    client = Client((folder / "config" / "rehearsal-standins.kubeconfig").read_text())
    authority = _authority(folder / "pki")
    world, pulse, stopped = World(), Pulse(client), threading.Event()
    desk = Desk(client, world, Delay(0, said["slowest_seconds"]), said["seed"])

    contexts = Contexts(authority, folder / "serving")
    _start(serve, listen(Path(said["socket"])), Backends(client, world), contexts, world)
    for kind in WATCHED:
        _start(Watcher(client, world, kind, pulse, stopped).run)
    for _ in range(WRITERS):
        _start(desk.work)
    _look(world, desk, _standins(_plan(said["cluster"]), authority), pulse)
    _log.info("the API server is gone; good night")
    return 0


def _look(world: World, desk: Desk, standins: tuple[Standin, ...], pulse: Pulse) -> None:
    """Let each stand-in look when something it cares for changed, the autoscaler also by time."""
    while not pulse.is_lost():
        touched = world.touched(LOOK_SECONDS) or scaling.KINDS
        for standin in standins:
            if standin.kinds & touched and all(map(world.is_complete, _always(standin.kinds))):
                desk.offer(standin.writes(world))


def _always(kinds: Iterable[Kind]) -> Iterable[Kind]:
    """Kinds that are served from the start."""
    return (kind for kind in kinds if not kind.crd)


def _standins(plan: ClusterPlan, authority: Authority) -> tuple[Standin, ...]:
    autoscaler = scaling.Autoscaler(plan)
    return (
        Standin(name="volumes", kinds=volumes.KINDS, writes=volumes.writes),
        Standin(name="load balancers", kinds=load_balancers.KINDS, writes=load_balancers.writes),
        Standin(
            name="certificates",
            kinds=certificates.KINDS,
            writes=lambda world: certificates.writes(world, authority.issue, authority.bundle),
        ),
        Standin(
            name="trust",
            kinds=trust.KINDS,
            writes=lambda world: trust.writes(world, authority.bundle),
        ),
        Standin(name="monitoring", kinds=monitoring.KINDS, writes=monitoring.writes),
        Standin(name="profiles", kinds=profiles.KINDS, writes=profiles.writes),
        Standin(name="autoscaler", kinds=scaling.KINDS, writes=autoscaler.writes),
    )


def _authority(pki: Path) -> Authority:
    pair = Pair(certificate=(pki / "ca.crt").read_text(), key=(pki / "ca.key").read_text())
    return Authority(pair=pair)


def _plan(said: dict[str, Any]) -> ClusterPlan:
    pools = tuple(_pool(pool) for pool in said["pools"])
    return ClusterPlan(**{**said, "zones": tuple(said["zones"]), "pools": pools})


def _pool(said: dict[str, Any]) -> Pool:
    lists = {name: tuple(said[name]) for name in ("instance_types", "zones")}
    taints = tuple(Taint(**taint) for taint in said["taints"])
    allocatable = Allocatable(**said["allocatable"])
    return Pool(**{**said, **lists, "taints": taints, "allocatable": allocatable})


def _start(work: Callable[..., None], *args: object) -> None:
    threading.Thread(target=work, args=args, daemon=True).start()


def _die(failed: threading.ExceptHookArgs) -> None:
    """A daemon without one of its threads would only seem to work: end, and be found dead."""
    logging.critical("a thread failed", exc_info=failed.exc_value)
    logging.shutdown()
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
