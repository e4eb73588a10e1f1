"""What a stack costs an hour: a node of each pool, and all the rest. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from cost.estimate import HOURS, Bill, Line, billed, total


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Dollars an hour, as the bill expects them: of one node by pool, of what is no node of these
    pools, of all together, and each team's share by its quota."""

    nodes: Mapping[str, Decimal]
    rest: Decimal
    whole: Decimal
    teams: Mapping[str, Decimal]


def rates_of(bill: Bill, pools: Collection[str]) -> Rates:
    """The bill by the hour. A pool whose nodes have no price is left out, as it is of the bill."""
    machines = [
        line
        for line in bill.lines
        if line.demand.category == "nodes" and line.demand.resource in pools and not line.missing
    ]
    rest = bill.monthly.expected - total(machines).expected
    return Rates(
        nodes={line.demand.resource: _node(line) for line in machines},
        rest=rest / HOURS,
        whole=bill.monthly.expected / HOURS,
        teams={name: share.expected / HOURS for name, share in bill.shares.teams.items()},
    )


def _node(line: Line) -> Decimal:
    """Of the price and not of the line: a pool of none has a price, too."""
    expected, *_ = line.prices
    return expected.amount * billed(expected, HOURS) / HOURS
