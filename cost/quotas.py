"""What a team costs a month when it uses all of its quota. Pure.

Its nodes are those of the bill; volumes that people make are in no bill before they exist.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from cost.catalog import PriceNotFoundError
from cost.estimate import Terms, billed, dollars

GIB = 1024
MACHINES = {
    "aws": ("aws.ec2.ondemand", "aws.ec2.spot.typical"),
    "digitalocean": ("do.droplet", "do.droplet"),
}
VOLUMES: Mapping[str, str] = {"aws": "aws.ebs.gp3.gb", "digitalocean": "do.volume"}


class Machine(Protocol):
    """What pods get of one node."""

    @property
    def cpu_m(self) -> int:
        """Millicores."""

    @property
    def memory_mib(self) -> int:
        """Mebibytes."""

    @property
    def gpus(self) -> int:
        """GPUs."""


class Nodes(Protocol):
    """A pool: its machines, and how they are bought."""

    @property
    def instance_types(self) -> Sequence[str]:
        """The planned type, then what may take its place."""

    @property
    def is_spot(self) -> bool:
        """Whether it is bought on the spot market."""

    @property
    def taints(self) -> Sequence[object]:
        """What keeps other pods away."""

    @property
    def allocatable(self) -> Machine:
        """What pods get of one node."""


class Limits(Protocol):
    """A quota; None is what it does not limit."""

    @property
    def cpu_m(self) -> int | None:
        """Millicores."""

    @property
    def memory_mib(self) -> int | None:
        """Mebibytes."""

    @property
    def storage_mib(self) -> int | None:
        """Mebibytes."""

    @property
    def gpus(self) -> int | None:
        """GPUs."""


class Owner(Protocol):
    """A team and its quota."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def quota(self) -> Limits | None:
        """None: nothing is limited."""


def report(teams: Iterable[Owner], pools: Sequence[Nodes], terms: Terms) -> str:
    """One line per team that has a quota; empty where nothing has a price."""
    if terms.place.provider not in MACHINES or not pools:
        return ""
    return "\n".join(
        f"team {team.name}: {_told(team.quota, pools, terms)}"
        for team in teams
        if team.quota is not None
    )


def _told(quota: Limits, pools: Sequence[Nodes], terms: Terms) -> str:
    try:
        nodes, volumes = nodes_month(quota, pools, terms), volumes_month(quota, terms)
    except PriceNotFoundError as error:
        return f"NO PRICE of its quota: {error}"
    named = {"cpu": quota.cpu_m, "memory": quota.memory_mib, "storage": quota.storage_mib}
    free = [name for name, limit in named.items() if limit is None]
    least = "at least " if free else ""
    without = f"; no limit of {', '.join(free)}" if free else ""
    return (
        f"{least}${dollars(nodes + volumes)} a month at full use of its quota: nodes "
        f"${dollars(nodes)}, of those in the bill, volumes ${dollars(volumes)}, on top{without}"
    )


def nodes_month(quota: Limits, pools: Sequence[Nodes], terms: Terms) -> Decimal:
    """Dollars a month: parts of nodes of the cheapest pools that can hold it.

    Nodes with GPUs bring cores and memory along, which need not be bought again.
    """
    cpu, memory = Decimal(quota.cpu_m or 0), Decimal(quota.memory_mib or 0)
    total = Decimal(0)
    with_gpus = [pool for pool in pools if pool.allocatable.gpus]
    if quota.gpus and with_gpus:
        pool = min(with_gpus, key=lambda one: _month(one, terms) / one.allocatable.gpus)
        nodes = Decimal(quota.gpus) / pool.allocatable.gpus
        total += nodes * _month(pool, terms)
        cpu -= nodes * pool.allocatable.cpu_m
        memory -= nodes * pool.allocatable.memory_mib
    rest = min(_month(pool, terms) * _parts(pool, cpu, memory) for pool in _general(pools))
    return total + rest


def volumes_month(quota: Limits, terms: Terms) -> Decimal:
    """Dollars a month of all the storage it may claim."""
    if not quota.storage_mib:
        return Decimal(0)
    return Decimal(quota.storage_mib) / GIB * _price(VOLUMES[terms.place.provider], terms)


def _general(pools: Sequence[Nodes]) -> Sequence[Nodes]:
    """The pools for whatever asks for nothing special; all, when there is none."""
    return [one for one in pools if not one.allocatable.gpus and not one.taints] or pools


def _parts(pool: Nodes, cpu: Decimal, memory: Decimal) -> Decimal:
    """How many of its nodes it takes, by what runs out first."""
    room = pool.allocatable
    return max(Decimal(0), cpu / room.cpu_m, memory / room.memory_mib)


def _month(pool: Nodes, terms: Terms) -> Decimal:
    on_demand, spot = MACHINES[terms.place.provider]
    return _price(f"{spot if pool.is_spot else on_demand}/{pool.instance_types[0]}", terms)


def _price(sku: str, terms: Terms) -> Decimal:
    price = terms.catalog.price_on(sku, terms.place.region, terms.day)
    return price.amount * billed(price, terms.hours)
