"""How much of the cluster a team may use: sizes, floors, and whether the pools reach it. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from plan.model import Pool, Quota
from plan.quantities import cpu_millicores, mebibytes
from settings.teams import TeamQuotaSettings, TeamSettings, TeamSize

GIB, TIB = 1024, 1024 * 1024

# Each step is about four times the one before. GPUs are in none: they cost too much to come along.
SIZES: Mapping[TeamSize, Quota] = {
    # A notebook, a model, an experiment and a few steps of a pipeline at the same time.
    "small": Quota(
        cpu_m=4000, memory_mib=16 * GIB, storage_mib=100 * GIB, volumes=10, gpus=0, pods=30
    ),
    # Some five people who do that, each with volumes of their own.
    "medium": Quota(
        cpu_m=16000, memory_mib=64 * GIB, storage_mib=500 * GIB, volumes=30, gpus=0, pods=100
    ),
    # A department, or a team whose training runs on many nodes.
    "large": Quota(
        cpu_m=48000, memory_mib=192 * GIB, storage_mib=2 * TIB, volumes=100, gpus=0, pods=300
    ),
}

# What containers get that ask for nothing, such as Argo's `init` and `wait`, which a quota would
# refuse otherwise. No default limit: it would refuse every container that asks for more than it.
DEFAULT_CPU_M, DEFAULT_MEMORY_MIB = 100, 256

# One notebook as the spawner makes it (500m, 1 GiB, a volume of 5 GiB), with its sidecar, and
# beside it one step of a pipeline (two containers by default): less is no place to work in.
FLOOR = Quota(cpu_m=1000, memory_mib=2 * GIB, storage_mib=5 * GIB, volumes=1, gpus=0, pods=2)


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One thing that is counted: its key in the settings, and how an amount of it is told."""

    key: str
    field: str
    tell: Callable[[int], str]


def _cores(amount: int) -> str:
    return f"{amount / 1000:g} CPU"


def _memory(amount: int) -> str:
    return f"{amount / GIB:.4g} GiB"


MEASURES = (
    Measure(key="cpu", field="cpu_m", tell=_cores),
    Measure(key="memory", field="memory_mib", tell=_memory),
    Measure(key="storage", field="storage_mib", tell=_memory),
    Measure(key="volumes", field="volumes", tell=lambda n: f"{n} volumes"),
    Measure(key="gpus", field="gpus", tell=lambda n: f"{n} GPU" if n == 1 else f"{n} GPUs"),
    Measure(key="pods", field="pods", tell=lambda n: f"{n} pods"),
)

# What one node of a pool offers of it; storage and volumes are nothing that nodes offer.
OFFERED: Mapping[str, Callable[[Pool], int]] = {
    "cpu": lambda pool: pool.allocatable.cpu_m,
    "memory": lambda pool: pool.allocatable.memory_mib,
    "gpus": lambda pool: pool.allocatable.gpus,
    "pods": lambda pool: pool.allocatable.pods,
}
ON_NODES = tuple(measure for measure in MEASURES if measure.key in OFFERED)


def decide_quota(said: TeamSettings) -> Quota | None:
    """A team's quota in base units: single values before its size; None when nothing is limited."""
    own = _own(said.quota)
    base = SIZES[said.size] if said.size else None
    if base is None and not any(value is not None for value in own.values()):
        return None
    return Quota(
        **{
            name: getattr(base, name) if value is None and base else value
            for name, value in own.items()
        }
    )


def _own(said: TeamQuotaSettings) -> dict[str, int | None]:
    return {
        "cpu_m": None if said.cpu is None else cpu_millicores(said.cpu),
        "memory_mib": None if said.memory is None else mebibytes(said.memory),
        "storage_mib": None if said.storage is None else mebibytes(said.storage),
        "volumes": said.volumes,
        "gpus": said.gpus,
        "pods": said.pods,
    }


def too_small(quota: Quota) -> Iterator[tuple[Measure, str]]:
    """What is below what a team needs at all."""
    for measure in MEASURES:
        wanted, least = getattr(quota, measure.field), getattr(FLOOR, measure.field)
        if wanted is not None and wanted < least:
            yield (
                measure,
                f"{measure.tell(wanted)} is less than {measure.tell(least)}, which one notebook "
                "and one step of a pipeline need",
            )


def too_large(quota: Quota, pools: Sequence[Pool]) -> Iterator[tuple[Measure, str]]:
    """What the pools do not reach even at their largest."""
    for measure in ON_NODES:
        wanted = getattr(quota, measure.field)
        if wanted is None:
            continue
        reach = _reach(measure, pools)
        if measure.key == "gpus" and wanted and not reach:
            yield measure, "there is no pool with GPUs in this stack; add one, or set it to 0"
        elif wanted > reach:
            yield (
                measure,
                f"{measure.tell(wanted)} > {measure.tell(reach)} that the pools can reach "
                f"({_nodes(measure, pools)}); lower it, or raise maxNodes",
            )


def overcommitted(quotas: Iterable[Quota], pools: Sequence[Pool]) -> Iterator[str]:
    """What all quotas together are more of than the pools reach at their largest."""
    known = tuple(quotas)
    for measure in ON_NODES:
        total, reach = _total(known, measure), _reach(measure, pools)
        if total > reach:
            yield (
                f"all teams together may ask for {measure.tell(total)} > "
                f"{measure.tell(reach)} that the pools can reach"
            )


def shares(quota: Quota, pools: Sequence[Pool]) -> Mapping[str, float]:
    """Which part of the cluster at its largest a quota is, by key, of what nodes offer."""
    amounts = {measure: getattr(quota, measure.field) for measure in ON_NODES}
    return {
        measure.key: wanted / reach
        for measure, wanted in amounts.items()
        if wanted is not None and (reach := _reach(measure, pools))
    }


def _total(quotas: Iterable[Quota], measure: Measure) -> int:
    return sum(getattr(quota, measure.field) or 0 for quota in quotas)


def _reach(measure: Measure, pools: Iterable[Pool]) -> int:
    return sum(OFFERED[measure.key](pool) * pool.max_nodes for pool in pools)


def _nodes(measure: Measure, pools: Iterable[Pool]) -> str:
    return ", ".join(
        f"{pool.name}: {pool.max_nodes} of {pool.instance_types[0]}"
        for pool in pools
        if OFFERED[measure.key](pool)
    )
