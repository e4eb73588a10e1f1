"""Proof that nothing is left: every kind the cluster serves is asked, not only what we made."""

import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from threading import Event

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
CLAIM = "PersistentVolumeClaim"
FOLLOW_SECONDS = 60
LOOK_SECONDS = 0.5


def leftovers(
    client: Client,
    label: str,
    *,
    keeps_crds: bool,
    kept_namespaces: Collection[str],
    existing: Collection[str],
) -> tuple[str, ...]:
    """Namespaces, volumes, webhooks, CRDs and whatever carries our label, as `Kind ns/name`.

    The control planes `existing` were there before us, and are to be there after us. In a kept
    namespace, what controllers made of ours (endpoints, with our label) follows a little later.
    """
    clock, deadline = Event(), time.monotonic() + (FOLLOW_SECONDS if kept_namespaces else 0)
    while True:
        left = _look(client, label, keeps_crds, kept_namespaces, existing)
        if not left or time.monotonic() >= deadline:
            return left
        clock.wait(LOOK_SECONDS)


def _look(
    client: Client,
    label: str,
    keeps_crds: bool,
    kept_namespaces: Collection[str],
    existing: Collection[str],
) -> tuple[str, ...]:
    kinds = [kind for kind in client.every_resource() if not (keeps_crds and kind.kind == CRD)]

    def left(kind: Resource) -> list[str]:
        try:
            found = client.list(kind, "" if _is_ours(kind) else label)
        except ApiStatusError as error:
            if error.status in (404, 405):
                return []  # a CRD that goes while we look, or a kind that cannot be listed
            raise
        excused = (
            _is_system,
            lambda item: is_of_control_plane(item, existing),
            lambda item: is_kept(item, kept_namespaces),
        )
        return [_name(item) for item in found if not any(rule(item) for rule in excused)]

    with ThreadPoolExecutor(READERS) as readers:
        return tuple(sorted(name for names in readers.map(left, kinds) for name in names))


def kept_claims(client: Client, namespaces: Collection[str]) -> list[str]:
    """The volume claims in some namespaces, as `ns/name`."""
    claims = client.list(client.resource("v1", CLAIM))
    return sorted(_place(one) for one in claims if one["metadata"]["namespace"] in namespaces)


def is_kept(item: Json, namespaces: Collection[str]) -> bool:
    """Whether it is one of these namespaces, a volume claim in one, or the volume of such a one."""
    if item["kind"] == "Namespace":
        return item["metadata"]["name"] in namespaces
    if item["kind"] == CLAIM:
        return item["metadata"]["namespace"] in namespaces
    claim = item["spec"].get("claimRef", {}) if item["kind"] == "PersistentVolume" else {}
    return claim.get("namespace") in namespaces


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
    return f"{item['kind']} {_place(item)}"


def _place(item: Json) -> str:
    metadata = item["metadata"]
    place = f"{metadata['namespace']}/" if "namespace" in metadata else ""
    return f"{place}{metadata['name']}"
