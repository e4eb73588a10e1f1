"""The order of a release, derived from its objects: what has to be there, and answer, before what.

Pure: the same objects in any sequence give the same edges. Three sources, joined here: references
(references.py), admission webhooks (admission.py) and a table of exceptions (exceptions.py).
"""

from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError as FoundCycle
from graphlib import TopologicalSorter

from upstream.admission import aggregated, configurations, guards, requests, services, webhooks
from upstream.errors import UpstreamError
from upstream.exceptions import SELF_PATCHING, WAITS
from upstream.inventory import Inventory, take_inventory
from upstream.model import CrdRef, Key, Obj
from upstream.references import references

Edges = Mapping[Key, frozenset[Key]]
_SELF_PATCHING = frozenset(row.service for row in SELF_PATCHING)


class CycleError(UpstreamError):
    """Objects that wait for each other; the message is the way around."""


def order(objs: Iterable[Obj], crds: Iterable[CrdRef]) -> Edges:
    """For every object and CRD the identities it has to wait for; nothing that is not rendered.

    Raises CycleError when objects wait for each other.
    """
    inventory = take_inventory(objs, crds)
    named = {obj.key: references(obj, inventory) for obj in inventory.objects.values()}
    served = _join(named, _backends_first(inventory))
    guarded = _join(served, _guards_first(inventory, served))
    edges = _join(guarded, _exceptions())
    complete = {**dict.fromkeys(inventory.crds.values(), frozenset[Key]()), **edges}
    _refuse_cycles(complete)
    return complete


def levels(edges: Edges) -> tuple[frozenset[Key], ...]:
    """The same order as waves: each can be applied at once when the ones before it are there."""
    sorter = TopologicalSorter(edges)
    sorter.prepare()
    waves = []
    while sorter.is_active():
        ready = sorter.get_ready()
        waves.append(frozenset(ready))
        sorter.done(*ready)
    return tuple(waves)


def needs(key: Key, edges: Edges) -> frozenset[Key]:
    """Everything that `key` waits for, directly or not."""
    found: set[Key] = set()
    waiting = [key]
    while waiting:
        fresh = edges.get(waiting.pop(), frozenset()) - found
        found |= fresh
        waiting.extend(fresh)
    return frozenset(found)


def _join(edges: Edges, more: Iterable[tuple[Key, Key]]) -> Edges:
    joined = {key: set(found) for key, found in edges.items()}
    for dependant, dependency in more:
        if dependant in joined and dependency in joined and dependant != dependency:
            joined[dependant].add(dependency)
    return {key: frozenset(found) for key, found in joined.items()}


def _backends_first(inventory: Inventory) -> Iterator[tuple[Key, Key]]:
    """Webhook configuration or APIService → Service → the workload that answers; the reverse for a
    workload that patches its own CA into the configuration. Other Services wait for nothing.

    Backwards it is as needed: an APIService without its backend stops every namespace from going.
    """
    for api, service in aggregated(inventory):
        yield api, service
        yield from ((service, backend) for backend in inventory.backends(service))
    for configuration in configurations(inventory):
        for service in services(configuration):
            backends = inventory.backends(service)
            yield from ((service, backend) for backend in backends)
            if service in _SELF_PATCHING:
                yield from ((backend, configuration.key) for backend in backends)
            else:
                yield configuration.key, service


def _guards_first(inventory: Inventory, edges: Edges) -> Iterator[tuple[Key, Key]]:
    """What a fail-closed webhook judges → its configuration and the Service that answers.

    Not for what the answer itself takes (the backend, its namespace, its account, …): that comes
    before the configuration exists, and is not judged.
    """
    judges = tuple(_judges(inventory, edges))
    for obj in inventory.objects.values():
        asked = requests(obj, inventory)
        for configuration, service, own in judges:
            hooks = webhooks(configuration)
            if obj.key not in own and any(guards(hook, r) for hook in hooks for r in asked):
                yield obj.key, configuration.key
                yield obj.key, service


def _judges(inventory: Inventory, edges: Edges) -> Iterator[tuple[Obj, Key, frozenset[Key]]]:
    """Each configuration with a Service that answers it and everything that these two take."""
    for configuration in configurations(inventory):
        for service in services(configuration):
            own = needs(service, edges) | needs(configuration.key, edges)
            yield configuration, service, own | {service, configuration.key}


def _exceptions() -> Iterator[tuple[Key, Key]]:
    return ((after, before) for row in WAITS for after in row.after for before in row.before)


def _refuse_cycles(edges: Edges) -> None:
    try:
        TopologicalSorter(edges).prepare()
    except FoundCycle as error:
        # graphlib lists every node before the one that waits for it; read as waiting, the reverse.
        way = " -> ".join(str(key) for key in reversed(error.args[1]))
        raise CycleError(f"objects wait for each other: {way}") from error
