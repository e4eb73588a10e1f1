"""Which webhooks the API server asks when an object, or a pod made from it, is created."""

from collections.abc import Iterator
from typing import NamedTuple

from upstream.inventory import Inventory, labels, pod_template
from upstream.kinds import Resource
from upstream.model import Body, Key, Obj
from upstream.selectors import Labels, selects

CONFIGURATIONS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
POD = Resource("pods", True)


class Request(NamedTuple):
    """What is being created, as far as webhook rules and selectors look at it."""

    group: str
    version: str
    resource: Resource
    labels: Labels
    namespace_labels: Labels | None  # None: cluster-scoped, namespace selectors do not apply


def configurations(inventory: Inventory) -> Iterator[Obj]:
    """Every webhook configuration that is rendered."""
    return (obj for kind in CONFIGURATIONS for obj in inventory.of_kind.get(kind, ()))


def aggregated(inventory: Inventory) -> Iterator[tuple[Key, Key]]:
    """Every APIService that a Service answers, and that Service."""
    for obj in inventory.of_kind.get("APIService", ()):
        if service := obj.body["spec"].get("service"):
            yield obj.key, Key("", "Service", service["namespace"], service["name"])


def services(configuration: Obj) -> frozenset[Key]:
    """The Services that answer a configuration's webhooks, rendered or not."""
    found = (hook["clientConfig"].get("service") for hook in webhooks(configuration))
    return frozenset(Key("", "Service", s["namespace"], s["name"]) for s in found if s)


def webhooks(configuration: Obj) -> tuple[Body, ...]:
    """The webhooks of a configuration."""
    return tuple(configuration.body.get("webhooks") or ())


def requests(obj: Obj, inventory: Inventory) -> tuple[Request, ...]:
    """What creating `obj` asks of the API server: the object itself, and the pods of a workload."""
    group, _, version = obj.api_version.rpartition("/")
    resource = inventory.kinds.get((group, obj.kind))
    pod = pod_template(obj) if obj.kind != "Pod" else None
    place = inventory.namespace_labels(obj.namespace) if obj.namespace else None
    if obj.kind == "Namespace":
        place = inventory.namespace_labels(obj.name)
    own = (Request(group, version, resource, labels(obj.body), place),) if resource else ()
    return (*own, Request("", "v1", POD, labels(pod), place)) if pod else own


def guards(webhook: Body, request: Request) -> bool:
    """Whether creating fails while `webhook` does not answer.

    matchConditions (CEL) are taken to hold: one edge too many only costs a little time.
    """
    return (
        webhook.get("failurePolicy", "Fail") == "Fail"
        and any(_rule_matches(rule, webhook, request) for rule in webhook.get("rules") or ())
        and selects(webhook.get("objectSelector"), request.labels)
        and (
            request.namespace_labels is None
            or selects(webhook.get("namespaceSelector"), request.namespace_labels)
        )
    )


def _rule_matches(rule: Body, webhook: Body, request: Request) -> bool:
    plural, namespaced = request.resource
    # By default a webhook also sees other versions of the same resource (matchPolicy Equivalent).
    exact = webhook.get("matchPolicy", "Equivalent") == "Exact"
    return (
        not {"CREATE", "*"}.isdisjoint(rule["operations"])
        and not {request.group, "*"}.isdisjoint(rule["apiGroups"])
        and not (exact and {request.version, "*"}.isdisjoint(rule["apiVersions"]))
        and not {plural, f"{plural}/*", "*", "*/*"}.isdisjoint(rule["resources"])
        and rule.get("scope", "*") in ("*", "Namespaced" if namespaced else "Cluster")
    )


def backend_services(inventory: Inventory) -> frozenset[Key]:
    """The rendered Services behind webhooks: the ones whose endpoints others wait for."""
    return frozenset(
        service
        for configuration in configurations(inventory)
        for service in inventory.has(services(configuration))
    )
