"""Which webhook configurations have to be seen answering before anything they judge is applied.

A CA in a configuration is not yet a CA in use: the API server reads configurations from a cache of
its own, and until that has caught up it refuses what it should have asked about ("unknown
authority"). Only asking tells. Pure.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from upstream.admission import POD, configurations, guards, requests, services, webhooks
from upstream.images import images
from upstream.inventory import Inventory, pod_template, take_inventory
from upstream.model import Body, CrdRef, Key, Obj
from upstream.order import Edges, levels

KIND = "WebhookProbe"


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A configuration, whom it judges, and what to ask it about: `first` of these, or its pod.

    `asked` is another text when the webhooks or the images that answer them are others.
    """

    configuration: Key
    judged: frozenset[Key]
    first: Key
    sample: Body
    asked: str

    @property
    def key(self) -> Key:
        """Its place among the objects; no API server knows the kind."""
        kind = self.configuration.kind.removesuffix("WebhookConfiguration").lower()
        return Key("", KIND, "", f"{self.configuration.name}-{kind}")


def find_probes(objs: Iterable[Obj], crds: Iterable[CrdRef], edges: Edges) -> tuple[Probe, ...]:
    """One per configuration that could refuse what the stack applies, or a pod made from it.

    `first` is of those that are applied first: so it waits for nothing that is judged as well.
    """
    inventory = take_inventory(objs, crds)
    level = {key: number for number, wave in enumerate(levels(edges)) for key in wave}
    found = []
    for configuration in configurations(inventory):
        judged = {
            obj.key: sample
            for obj in inventory.objects.values()
            if configuration.key in edges[obj.key]
            if (sample := _sample(configuration, obj, inventory))
        }
        if judged:
            first = min(judged, key=lambda key: (level[key], key))
            found.append(
                Probe(
                    configuration=configuration.key,
                    judged=frozenset(judged),
                    first=first,
                    sample=judged[first],
                    asked=_asked(configuration, inventory),
                )
            )
    return tuple(found)


def with_probes(edges: Edges, probes: Iterable[Probe]) -> Edges:
    """The order with the probes in it: each when its first could be applied, all judged after."""
    joined = dict(edges)
    for probe in probes:
        joined[probe.key] = edges[probe.first]
        joined |= {key: joined[key] | {probe.key} for key in probe.judged}
    return joined


def _sample(configuration: Obj, obj: Obj, inventory: Inventory) -> Body | None:
    """What of an object the configuration's webhooks are asked about: it, its pod, or nothing."""
    hooks = webhooks(configuration)
    asked = [one for one in requests(obj, inventory) if any(guards(hook, one) for hook in hooks)]
    if not asked:
        return None
    template = pod_template(obj)
    if template is None or asked[0].resource != POD:
        return obj.body
    metadata = {**template.get("metadata", {}), "name": obj.name, "namespace": obj.namespace}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}


def _asked(configuration: Obj, inventory: Inventory) -> str:
    backends = (key for service in services(configuration) for key in inventory.backends(service))
    answering = [inventory.objects[key] for key in sorted(backends)]
    told = [list(webhooks(configuration)), list(images(answering))]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
