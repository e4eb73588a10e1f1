"""One `up` on a cluster of `slow_cluster.py`, by the clock: which writes would go wrong. Pure."""

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter

from components.platform.kubeflow import annotations
from kube.ready import is_awaited, missing, waits
from tests.upstream.slow_cluster import IN_USE, Cluster, Fact, in_use, works, written
from upstream.admission import backend_services
from upstream.inventory import take_inventory
from upstream.model import CrdRef, Key, Obj
from upstream.order import Edges
from upstream.probes import Probe

SLOWEST_SECONDS = 10.0
NEVER_SECONDS = 1e6


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A write that came too early, and what was not there yet."""

    written: Key
    reason: str
    lacks: Fact


def gates_of(
    objs: Iterable[Obj], crds: Iterable[CrdRef], probes: Iterable[Probe]
) -> dict[Key, Fact]:
    """What the engine waits for after each write, as the product tells it by annotation and kind.

    Only what is awaited: everything else counts as done when it is written. A probe ends when the
    webhook of its sample is in use; that it may be asked by then is for its own demands to say.
    """
    objs, crds = tuple(objs), tuple(crds)
    asking = {probe.key: in_use(probe.configuration) for probe in probes}
    backends = backend_services(take_inventory(objs, crds))
    awaited = (obj.key for obj in objs if _is_gated(obj, annotations(obj, backends)))
    return asking | {key: works(key) for key in (*awaited, *(crd.key for crd in crds))}


def _is_gated(obj: Obj, notes: Mapping[str, str]) -> bool:
    metadata = {**obj.body["metadata"], "annotations": notes}
    fresh = {**obj.body, "metadata": metadata}
    asked = waits(fresh)
    if not asked:
        return is_awaited(fresh)
    assert missing(fresh, asked), f"{obj.key}: a gate that holds from the start: {asked}"
    assert missing(_at_work(fresh), asked) is None, f"{obj.key}: never holds: {asked}"
    return True


def _at_work(body: Mapping[str, object]) -> dict[str, object]:
    """What controllers make of a webhook configuration, a certificate, an issuer, a Prometheus."""
    hooks = body.get("webhooks")
    trusted = [
        {**hook, "clientConfig": {**hook["clientConfig"], "caBundle": "Q0E="}}
        for hook in (hooks if isinstance(hooks, list) else ())
    ]
    conditions = [{"type": name, "status": "True"} for name in ("Ready", "Available")]
    return {**body, "webhooks": trusted, "status": {"conditions": conditions}}


def faults(
    cluster: Cluster, edges: Edges, gates: Mapping[Key, Fact], seed: int, slowest: Key | None = None
) -> tuple[Fault, ...]:
    """What goes wrong in one pass in which everything takes a time of its own.

    `slowest` is written, and works, later than anything can wait. Raises CycleError when the engine
    waits for what waits for it.
    """
    before: dict[Fact, frozenset[Fact]] = {
        written(key): frozenset(gates.get(need, written(need)) for need in needs)
        for key, needs in edges.items()
    }
    before |= cluster.causes
    chance = random.Random(seed)
    at: dict[Fact, float] = {}
    for fact in TopologicalSorter(before).static_order():
        begun = max((at[one] for one in before.get(fact, ())), default=0.0)
        at[fact] = begun + chance.uniform(0.001, SLOWEST_SECONDS)
        if fact.key == slowest:
            at[fact] += NEVER_SECONDS
    return tuple(_early(cluster, edges, at))


def with_samples(cluster: Cluster, probes: Iterable[Probe]) -> Cluster:
    """The cluster, asking of each probe what its sample needs, but for what the probe waits for."""
    samples = {
        probe.key: tuple(
            demand for demand in cluster.demands[probe.first] if demand.fact.key.kind != IN_USE
        )
        for probe in probes
    }
    return replace(cluster, demands={**cluster.demands, **samples})


def _early(cluster: Cluster, edges: Edges, at: Mapping[Fact, float]) -> Iterator[Fault]:
    for key in edges:
        for demand in cluster.demands.get(key, ()):
            if at[demand.fact] > at[written(key)]:
                yield Fault(written=key, reason=demand.reason, lacks=demand.fact)


def go_wrong(
    cluster: Cluster, edges: Edges, gates: Mapping[Key, Fact], seeds: Iterable[int]
) -> bool:
    """Whether any seed has a fault, or nothing ever ends."""
    try:
        return any(faults(cluster, edges, gates, seed) for seed in seeds)
    except CycleError:
        return True
