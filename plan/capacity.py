"""Does it fit? Pods onto the planned nodes, the way a scheduler would. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from plan.model import POOL_LABEL, Allocatable, Pool

NAMED = 5  # a line that names a hundred pods tells nobody anything


@dataclass(frozen=True, kw_only=True)
class PodDemand:
    """The pods of one workload: what each requests, its disks too, and how many there are."""

    name: str
    replicas: int
    is_per_node: bool
    cpu_m: int
    memory_mib: int
    gpus: int
    volumes: int
    tolerates_all: bool
    node_labels: Mapping[str, str] = field(default_factory=dict)  # of nodes, when it is per node


@dataclass(frozen=True, kw_only=True)
class PoolLoad:
    """What one pool is asked for, of what it offers at its planned size."""

    pool: str
    nodes: int
    pods: int
    cpu_m: int
    memory_mib: int
    offered_cpu_m: int
    offered_memory_mib: int
    offered_pods: int


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """The load of every pool, the pods that found no place, and what nodes lacked for them.

    `without_place` has a demand for each of `unplaced`. Nothing is `lacking` where no pool of any
    size would let them in.
    """

    pools: tuple[PoolLoad, ...]
    unplaced: tuple[str, ...]
    without_place: tuple[PodDemand, ...]
    lacking: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether every pod has a place."""
        return not self.unplaced

    def as_output(self) -> dict[str, object]:
        """Plain camelCase data for a stack output."""
        return {
            "fits": self.fits,
            "unplaced": list(self.unplaced),
            "pools": [
                {
                    "pool": load.pool,
                    "nodes": load.nodes,
                    "pods": load.pods,
                    "cpuMillicores": load.cpu_m,
                    "memoryMib": load.memory_mib,
                    "offeredCpuMillicores": load.offered_cpu_m,
                    "offeredMemoryMib": load.offered_memory_mib,
                    "offeredPods": load.offered_pods,
                }
                for load in self.pools
            ],
        }


@dataclass(frozen=True)
class _Node:
    number: int
    pool: Pool
    free: Allocatable


def fit(demands: Iterable[PodDemand], pools: Sequence[Pool]) -> Capacity:
    """Place the largest pods first, each on the emptiest node that takes it.

    Pools count with their nodes at the start: growth is no excuse for not fitting.
    """
    numbers = count()
    nodes = {
        node.number: node
        for pool in pools
        for node in (_Node(next(numbers), pool, pool.allocatable) for _ in range(pool.nodes))
    }
    unplaced: list[tuple[str, PodDemand]] = []
    lacking: set[str] = set()
    wanted = sorted(demands, key=lambda d: (not d.is_per_node, -d.cpu_m, -d.memory_mib, d.name))
    for demand in wanted:
        if demand.is_per_node:
            for node in list(nodes.values()):
                if _takes(node, demand):
                    nodes[node.number] = _with_pod(node, demand)
                elif _admits(node.pool, demand):
                    unplaced.append((f"{demand.name} on a node of {node.pool.name}", demand))
                    lacking |= _lacks(node, demand)
            continue
        for _ in range(demand.replicas):
            fitting = [node for node in nodes.values() if _takes(node, demand)]
            if not fitting:
                unplaced.append((demand.name, demand))
                admitting = [n for n in nodes.values() if _admits(n.pool, demand)]
                lacking |= {what for node in admitting for what in _lacks(node, demand)}
                continue
            best = max(fitting, key=lambda n: (n.free.cpu_m, n.free.memory_mib, -n.number))
            nodes[best.number] = _with_pod(best, demand)
    return Capacity(
        pools=tuple(_load(pool, [n for n in nodes.values() if n.pool is pool]) for pool in pools),
        unplaced=tuple(name for name, _ in unplaced),
        without_place=tuple(demand for _, demand in unplaced),
        lacking=tuple(sorted(lacking)),
    )


def report(capacity: Capacity) -> str:
    """One line per pool and one for what has no place."""
    lines = [
        f"capacity: pool {load.pool}, nodes: {load.nodes}: {load.pods} pods request "
        f"{_share(load.cpu_m, load.offered_cpu_m)} of {load.offered_cpu_m / 1000:g} CPU and "
        f"{_share(load.memory_mib, load.offered_memory_mib)} of "
        f"{load.offered_memory_mib / 1024:.1f} GiB"
        for load in capacity.pools
    ]
    verdict = "capacity: everything fits"
    if capacity.unplaced:
        names = list(dict.fromkeys(capacity.unplaced))
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        verdict = (
            f"capacity: DOES NOT FIT: no node takes {len(capacity.unplaced)} pods: "
            f"{', '.join(names[:NAMED])}{more}"
        )
    return "\n".join([*lines, verdict])


def _share(asked: int, offered: int) -> str:
    return f"{asked / offered:.0%}" if offered else "nothing"


def _admits(pool: Pool, demand: PodDemand) -> bool:
    hard = any(taint.effect != "PreferNoSchedule" for taint in pool.taints)
    is_meant = demand.node_labels.items() <= {POOL_LABEL: pool.name, **pool.labels}.items()
    return is_meant and (not hard or demand.tolerates_all)


def _takes(node: _Node, demand: PodDemand) -> bool:
    return _admits(node.pool, demand) and not _lacks(node, demand)


def _lacks(node: _Node, demand: PodDemand) -> frozenset[str]:
    free = node.free
    enough = {
        "CPU": free.cpu_m >= demand.cpu_m,
        "memory": free.memory_mib >= demand.memory_mib,
        "pod slots": free.pods >= 1,
        "GPUs": free.gpus >= demand.gpus,
        "places for volumes": free.volumes >= demand.volumes,
    }
    return frozenset(what for what, is_enough in enough.items() if not is_enough)


def _with_pod(node: _Node, demand: PodDemand) -> _Node:
    free = node.free
    return replace(
        node,
        free=Allocatable(
            cpu_m=free.cpu_m - demand.cpu_m,
            memory_mib=free.memory_mib - demand.memory_mib,
            pods=free.pods - 1,
            gpus=free.gpus - demand.gpus,
            volumes=free.volumes - demand.volumes,
        ),
    )


def _load(pool: Pool, nodes: list[_Node]) -> PoolLoad:
    offered = pool.allocatable
    return PoolLoad(
        pool=pool.name,
        nodes=len(nodes),
        pods=sum(offered.pods - node.free.pods for node in nodes),
        cpu_m=sum(offered.cpu_m - node.free.cpu_m for node in nodes),
        memory_mib=sum(offered.memory_mib - node.free.memory_mib for node in nodes),
        offered_cpu_m=offered.cpu_m * len(nodes),
        offered_memory_mib=offered.memory_mib * len(nodes),
        offered_pods=offered.pods * len(nodes),
    )
