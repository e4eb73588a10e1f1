"""Whose part of the bill is whose: what is a team's own, and its share of the nodes. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from cost.usage import SCENARIOS, ZERO, Range

# OpenCost's default prices of a core and a GiB: only their ratio counts here.
CORE, GIB = Decimal("0.031611"), Decimal("0.004237")


@dataclass(frozen=True, kw_only=True)
class Room:
    """What a machine offers, or what the pods of a team may ask for together."""

    cpu: Decimal = Decimal(0)
    memory_gib: Decimal = Decimal(0)
    gpus: int = 0

    @property
    def weight(self) -> Decimal:
        """Cores and memory as one number."""
        return self.cpu * CORE + self.memory_gib * GIB


@dataclass(frozen=True, kw_only=True)
class Nodes:
    """The nodes that a line pays for, or pays the disks of."""

    machine: str
    number: Range


@dataclass(frozen=True, kw_only=True)
class Part:
    """A line as it is divided: its amount, the namespace it is for, the nodes it is about."""

    amount: Range
    namespace: str
    nodes: Nodes | None
    is_machine: bool  # and not something of it, like its disk


@dataclass(frozen=True, kw_only=True)
class Shares:
    """The whole bill, divided: these parts sum up to it."""

    teams: Mapping[str, Range]
    platform: Range
    idle: Range  # of nodes: what no quota claims, the platform's own pods among it
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Division:
    """How a bill is divided: quotas by team (None: without one), and what machines offer."""

    quotas: Mapping[str, Room | None]
    machines: Mapping[str, Room]


UNDIVIDED = Division(quotas={}, machines={})


def divide(parts: Iterable[Part], division: Division) -> Shares:
    """Own volumes and load balancers to their team, nodes by quota, the rest to the platform."""
    listed = tuple(parts)
    teams = dict.fromkeys(division.quotas, ZERO)
    platform, idle, remarks = ZERO, ZERO, dict[str, None]()
    for part in listed:
        if part.nodes is None and part.namespace in teams:
            teams[part.namespace] += part.amount
        elif part.nodes is None:
            platform += part.amount
    for has_gpus in (False, True):
        of_kind = [part for part in listed if part.nodes and _has_gpus(part, division) == has_gpus]
        paid = sum((part.amount for part in of_kind), ZERO)
        claimed = ZERO
        for name, fraction in _fractions(of_kind, division, has_gpus=has_gpus).items():
            teams[name] += paid * fraction
            claimed += paid * fraction
        idle += paid + claimed * -1
        remarks |= dict.fromkeys(_overbooked(of_kind, division, has_gpus=has_gpus))
    remarks |= dict.fromkeys(
        f"team {name} has no quota: no part of the nodes is counted as its own"
        for name, quota in division.quotas.items()
        if quota is None
    )
    return Shares(teams=teams, platform=platform, idle=idle, remarks=tuple(remarks))


def _has_gpus(part: Part, division: Division) -> bool:
    return part.nodes is not None and division.machines.get(part.nodes.machine, Room()).gpus > 0


def _fractions(parts: list[Part], division: Division, *, has_gpus: bool) -> Mapping[str, Range]:
    """Each team's part of the nodes of one kind; quotas beyond all nodes share what there is."""
    offered = _offered(parts, division, has_gpus=has_gpus)
    wanted = _wanted(division, has_gpus=has_gpus)
    whole = [max(one, sum(wanted.values())) for one in offered]
    return {
        name: Range(*(want / one if one else Decimal(0) for one in whole))
        for name, want in wanted.items()
    }


def _wanted(division: Division, *, has_gpus: bool) -> Mapping[str, Decimal]:
    return {
        name: Decimal(quota.gpus) if has_gpus else quota.weight
        for name, quota in division.quotas.items()
        if quota
    }


def _offered(parts: list[Part], division: Division, *, has_gpus: bool) -> list[Decimal]:
    """What all nodes of one kind offer, scenario by scenario."""
    found = ZERO
    for part in parts:
        if part.nodes and part.is_machine:
            room = division.machines.get(part.nodes.machine, Room())
            found += part.nodes.number * (Decimal(room.gpus) if has_gpus else room.weight)
    return [getattr(found, one) for one in SCENARIOS]


def _overbooked(parts: list[Part], division: Division, *, has_gpus: bool) -> Iterable[str]:
    asked = sum(_wanted(division, has_gpus=has_gpus).values())
    kind = "GPUs" if has_gpus else "cores and memory"
    short = [
        scenario
        for scenario, offered in zip(
            SCENARIOS, _offered(parts, division, has_gpus=has_gpus), strict=True
        )
        if 0 < offered < asked
    ]
    if short:
        yield (
            f"quotas claim more {kind} than the nodes of {' and '.join(short)} have: what these "
            "cost is shared in proportion"
        )
