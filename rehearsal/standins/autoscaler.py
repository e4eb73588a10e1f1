"""The autoscaler: a pool grows for a pod that would fit its nodes, and shrinks when they idle."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from plan.model import POOL_LABEL, ClusterPlan, Pool
from rehearsal.cluster.nodes import node_body, node_number
from rehearsal.standins.fitting import fits
from rehearsal.standins.world import NODE, POD, Body, World, has_condition
from rehearsal.standins.writing import Write

IDLE_SECONDS = 60.0
KINDS = frozenset({NODE, POD})
FINISHED = ("Succeeded", "Failed")


class Autoscaler:
    """Remembers only since when a node has been empty."""

    def __init__(self, plan: ClusterPlan, clock: Callable[[], float] = time.monotonic) -> None:
        self._plan, self._clock = plan, clock
        self._idle_since: dict[str, float] = {}

    def writes(self, world: World) -> Iterator[Write]:
        """At most one node more, or less, per pool and look."""
        busy = _busy_nodes(world)
        nodes = {
            pool.name: [n for n in world.all(NODE) if _pool_of(n) == pool.name]
            for pool in self._plan.pools
        }
        yield from self._growth(world, nodes, busy)
        yield from self._shrinkage(nodes, busy)

    def _growth(
        self, world: World, nodes: dict[str, list[Body]], busy: set[str]
    ) -> Iterator[Write]:
        growing: set[str] = set()
        for pod in world.all(POD):
            if not _is_unschedulable(pod):
                continue
            pool = self._pool_for(pod, nodes)
            # A node nobody uses yet may be on its way to take this pod.
            if pool is None or pool.name in growing or _has_spare(pod, nodes[pool.name], busy):
                continue
            growing.add(pool.name)
            body = node_body(self._plan, pool, _next_number(nodes[pool.name]))
            yield Write(verb="create", kind=NODE, body=body)

    def _pool_for(self, pod: Body, nodes: dict[str, list[Body]]) -> Pool | None:
        """The plainest pool with room to grow whose nodes would take the pod."""
        for pool in sorted(self._plan.pools, key=_plainness):
            has_room = len(nodes[pool.name]) < pool.max_nodes
            if has_room and fits(pod, node_body(self._plan, pool, _next_number(nodes[pool.name]))):
                return pool
        return None

    def _shrinkage(self, nodes: dict[str, list[Body]], busy: set[str]) -> Iterator[Write]:
        now = self._clock()
        names = {node["metadata"]["name"] for group in nodes.values() for node in group}
        idle = names - busy
        self._idle_since = {name: self._idle_since.get(name, now) for name in idle}
        for pool in self._plan.pools:
            if len(nodes[pool.name]) <= pool.min_nodes:
                continue
            due = [n for n in nodes[pool.name] if self._is_due(n["metadata"]["name"], now)]
            if due:
                last = max(due, key=node_number)
                yield Write(verb="remove", kind=NODE, name=last["metadata"]["name"])

    def _is_due(self, name: str, now: float) -> bool:
        return now - self._idle_since.get(name, now) >= IDLE_SECONDS


def _plainness(pool: Pool) -> tuple[Any, ...]:
    size = pool.allocatable
    return size.gpus, size.cpu_m, size.memory_mib, pool.name


def _has_spare(pod: Body, nodes: list[Body], busy: set[str]) -> bool:
    return any(node["metadata"]["name"] not in busy and fits(pod, node) for node in nodes)


def _next_number(nodes: list[Body]) -> int:
    taken = {node_number(node) for node in nodes}
    return next(number for number in range(len(nodes) + 1) if number not in taken)


def _busy_nodes(world: World) -> set[str]:
    """Nodes with work; what every node runs does not count."""
    return {
        pod["spec"]["nodeName"]
        for pod in world.all(POD)
        if pod["spec"].get("nodeName")
        and pod.get("status", {}).get("phase") not in FINISHED
        and not _is_of_daemon_set(pod)
    }


def _is_of_daemon_set(pod: Body) -> bool:
    owners = pod["metadata"].get("ownerReferences") or []
    return any(owner["kind"] == "DaemonSet" for owner in owners)


def _is_unschedulable(pod: Body) -> bool:
    if pod["spec"].get("nodeName") or has_condition(pod, "PodScheduled"):
        return False
    if _is_of_daemon_set(pod) or "deletionTimestamp" in pod["metadata"]:
        return False
    conditions = pod.get("status", {}).get("conditions") or []
    return any(c.get("reason") == "Unschedulable" for c in conditions)


def _pool_of(node: Body) -> str:
    return str(node["metadata"].get("labels", {}).get(POOL_LABEL, ""))
