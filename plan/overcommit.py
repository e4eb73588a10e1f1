"""Whether the pools can ever hold a stack, and what to change where they cannot. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from plan.capacity import Capacity, PodDemand, fit, report
from plan.model import Plan, Pool
from settings.mistakes import SettingsError

MOST_NODES = 100  # what pools[].maxNodes may be


def fit_at_largest(demands: Sequence[PodDemand], pools: Sequence[Pool]) -> Capacity:
    """The same as `fit`, with every pool grown as far as it may."""
    return fit(demands, [replace(pool, nodes=pool.max_nodes) for pool in pools])


def refuse_overcommit(plan: Plan, demands: Sequence[PodDemand]) -> None:
    """Raises `SettingsError` where pods would never find a node, unless the owner insists."""
    capacity = fit_at_largest(demands, plan.cluster.pools)
    if plan.overcommit == "refuse" and not capacity.fits:
        raise SettingsError("\n  ".join(_refusal(plan, demands, capacity)))


def growth(demands: Sequence[PodDemand], pools: Sequence[Pool]) -> str:
    """What a report adds where pods have no node at the start: whether pools grow to hold them."""
    if fit_at_largest(demands, pools).fits:
        return "capacity: everything fits once the pools have grown, within their maxNodes"
    return (
        "capacity: not even with every pool at its maxNodes: up is refused, or with "
        "capacity.overcommit: warn waits for nodes"
    )


def _refusal(plan: Plan, demands: Sequence[PodDemand], capacity: Capacity) -> Iterator[str]:
    yield f"stack {plan.stack}: does not fit its pools, not even with each at its maxNodes"
    yield from report(capacity).splitlines()
    missing = capacity.without_place
    yield (
        f"these pods ask {sum(pod.cpu_m for pod in missing) / 1000:g} CPU, "
        f"{sum(pod.memory_mib for pod in missing) / 1024:.1f} GiB and {len(missing)} pod slots; "
        f"nodes lack {', '.join(capacity.lacking) or 'a pool without taints'}"
    )
    yield from _ways_out(demands, plan.cluster.pools)
    yield "or have fewer kubeflow.components; capacity.overcommit: warn goes on all the same"


def _ways_out(demands: Sequence[PodDemand], pools: Sequence[Pool]) -> Iterator[str]:
    """For each pool how many nodes would do; where none would, larger ones are the way."""
    found = False
    for place, pool in enumerate(pools):
        most = _enough_nodes(demands, pools, place)
        if most:
            found = True
            yield f"pools[{place}].maxNodes: {most} would do for {pool.name}, not {pool.max_nodes}"
    if not found:
        yield "pools[].instanceTypes: no number of nodes would do; take larger ones, without taints"


def _enough_nodes(demands: Sequence[PodDemand], pools: Sequence[Pool], place: int) -> int:
    """The least `maxNodes` of one pool with which everything fits; 0 where there is none."""

    def fits(nodes: int) -> bool:
        grown = [
            replace(pool, max_nodes=nodes if number == place else pool.max_nodes)
            for number, pool in enumerate(pools)
        ]
        return fit_at_largest(demands, grown).fits

    if not fits(MOST_NODES):
        return 0
    return next(nodes for nodes in range(pools[place].max_nodes, MOST_NODES + 1) if fits(nodes))
