"""Proof that nothing is left: every kind the cluster serves is asked, not only what we made."""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor

from components.platform.existing import GROUPS, belongs
from kube.client import Client, Json, Resource
from kube.errors import ApiStatusError
from plan.control_planes import HOMES

READERS = 8
# What a cluster has before anybody installs anything.
SYSTEM_NAMESPACES = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})
# Kinds without a place of their own that only users of a cluster make.
OURS_ALONE = frozenset(
    {
        "PersistentVolume",
        "PersistentVolumeClaim",
        "MutatingWebhookConfiguration",
        "ValidatingWebhookConfiguration",
        "CustomResourceDefinition",
    }
)
CRD = "CustomResourceDefinition"


def leftovers(
    client: Client, label: str, *, keeps_crds: bool, existing: Collection[str]
) -> tuple[str, ...]:
    """Namespaces, volumes, webhooks, CRDs and whatever carries our label, as `Kind ns/name`.

    The control planes `existing` were there before us, and are to be there after us.
    """
    kinds = [kind for kind in client.every_resource() if not (keeps_crds and kind.kind == CRD)]

    def left(kind: Resource) -> list[str]:
        try:
            found = client.list(kind, "" if _is_ours(kind) else label)
        except ApiStatusError as error:
            if error.status in (404, 405):
                return []  # a CRD that goes while we look, or a kind that cannot be listed
            raise
        foreign = (_is_system, lambda item: is_of_control_plane(item, existing))
        return [_name(item) for item in found if not any(rule(item) for rule in foreign)]

    with ThreadPoolExecutor(READERS) as readers:
        return tuple(sorted(name for names in readers.map(left, kinds) for name in names))


def is_of_control_plane(item: Json, existing: Collection[str]) -> bool:
    """Whether it is the home, a CRD or a webhook of a control plane that the cluster brought."""
    homes = {HOMES[component][0] for component in existing}
    if item["kind"] == "Namespace":
        return item["metadata"]["name"] in homes
    if item["kind"] == CRD:
        group = item["spec"]["group"]
        return any(belongs(group, GROUPS[component]) for component in existing)
    services = (hook["clientConfig"].get("service", {}) for hook in item.get("webhooks") or ())
    return any(service.get("namespace") in homes for service in services)


def _is_ours(kind: Resource) -> bool:
    return kind.kind == "Namespace" or kind.kind in OURS_ALONE


def _is_system(item: Json) -> bool:
    return item["kind"] == "Namespace" and item["metadata"]["name"] in SYSTEM_NAMESPACES


def _name(item: Json) -> str:
    metadata = item["metadata"]
    place = f"{metadata['namespace']}/" if "namespace" in metadata else ""
    return f"{item['kind']} {place}{metadata['name']}"
