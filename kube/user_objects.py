"""What users made of a platform's kinds, and their volumes: found, and removed in order."""

import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from kube.client import Client, Json, Resource
from kube.errors import ApiStatusError, DeadlineError, NoSuchKindError
from kube.finalizers import holds
from kube.wait import wait_gone

READERS = 8
NOT_FOUND = 404
CLAIM = "PersistentVolumeClaim"
WORKLOADS = (
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "ReplicaSet"),
    ("apps/v1", "StatefulSet"),
    ("batch/v1", "CronJob"),
    ("batch/v1", "Job"),
    ("v1", "Pod"),
)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Which kinds users make objects of (by CRD), and what there is the platform's own.

    `only`: nothing outside these namespaces is looked at; None is the whole cluster.
    """

    crds: frozenset[str]
    platform_namespaces: frozenset[str]
    labels: Mapping[str, str]
    only: frozenset[str] | None = None


@dataclass(frozen=True)
class UserObject:
    """A live object that nobody declared: a custom resource, or a claim or workload of a team."""

    body: Json

    @property
    def kind(self) -> str:
        """Its kind, which users know it by."""
        return str(self.body["kind"])

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.body["metadata"]["name"])

    @property
    def namespace(self) -> str:
        """Where it is; a Profile counts with the namespace that goes with it."""
        if self.is_profile:
            return self.name
        return str(self.body["metadata"].get("namespace", ""))

    @property
    def is_profile(self) -> bool:
        """Whether a whole namespace goes with it."""
        return self.body["apiVersion"].startswith("kubeflow.org/") and self.kind == "Profile"

    @property
    def wave(self) -> int:
        """When it goes: before the controller of its finalizer loses what else it needs; a
        Profile and its volumes last."""
        if self.is_profile or self.kind == CLAIM:
            return 2
        return 0 if self.body["metadata"].get("finalizers") else 1


def find_user_objects(client: Client, scope: Scope) -> tuple[UserObject, ...]:
    """Every custom resource that users made, and the volume claims and workloads of teams.

    What another of these or a namespace owns is left out: it goes with its owner.
    """
    listed = _list_all(client, client.custom_kinds(scope.crds))
    namespaces = client.list(client.resource("v1", "Namespace"))
    teams = {UserObject(one).namespace for one in listed if UserObject(one).is_profile}
    inside = _of_teams(client, teams)
    owners = {one["metadata"]["uid"] for one in (*listed, *namespaces, *inside)}
    made = (
        UserObject(one)
        for one in (*listed, *inside)
        if not _is_owned(one, owners) and not _is_platforms(one, scope)
    )
    wanted = (one for one in made if scope.only is None or one.namespace in scope.only)
    return tuple(sorted(wanted, key=lambda one: (one.namespace, one.kind, one.name)))


def _of_teams(client: Client, teams: set[str]) -> list[Json]:
    """Volume claims and workloads in the namespaces of Profiles."""
    kinds = (("v1", CLAIM), *WORKLOADS) if teams else ()
    found = _list_all(client, [client.resource(*kind) for kind in kinds])
    return [one for one in found if one["metadata"]["namespace"] in teams]


def remove_user_objects(client: Client, scope: Scope, seconds: float) -> None:
    """Delete them with all they own; returns when they are gone.

    Raises `DeadlineError` naming everything that is still going, and what holds it.
    """
    deadline = time.monotonic() + seconds
    found = find_user_objects(client, scope)
    try:
        for wave in sorted({one.wave for one in found}):
            _remove(client, [one.body for one in found if one.wave == wave], deadline)
    except DeadlineError as error:
        held = "\n".join(f"  {line}" for line in _held(client, scope))
        raise DeadlineError(
            f"objects of users are still not gone after {seconds:.0f} s\n{held or f'  {error}'}"
        ) from error


def _remove(client: Client, bodies: Iterable[Json], deadline: float) -> None:
    going = [(body, client.delete(body, owns=True)) for body in bodies]
    for body, uid in going:
        if uid:
            with suppress(NoSuchKindError):  # a kind no longer served took its objects with it
                wait_gone(client, body, uid, max(0.0, deadline - time.monotonic()))


def _held(client: Client, scope: Scope) -> list[str]:
    """Everything on its way out, children too: an owner only says that it waits for them."""
    kinds = (*client.custom_kinds(scope.crds), client.resource("v1", CLAIM))
    return sorted(
        f"{one['kind']} {_place(one)}: held by {holds(one)}"
        for one in _list_all(client, kinds)
        if "deletionTimestamp" in one["metadata"]
    )


def _list_all(client: Client, kinds: Iterable[Resource]) -> list[Json]:
    def listed(kind: Resource) -> list[Json]:
        try:
            return list(client.list(kind))
        except ApiStatusError as error:
            if error.status == NOT_FOUND:  # a CRD that goes while we look
                return []
            raise

    with ThreadPoolExecutor(READERS) as readers:
        return [item for items in readers.map(listed, kinds) for item in items]


def _is_owned(body: Json, owners: set[str]) -> bool:
    return any(one["uid"] in owners for one in body["metadata"].get("ownerReferences", ()))


def _is_platforms(body: Mapping[str, Any], scope: Scope) -> bool:
    metadata = body["metadata"]
    return (
        metadata.get("namespace") in scope.platform_namespaces
        or scope.labels.items() <= metadata.get("labels", {}).items()
    )


def _place(body: Json) -> str:
    metadata = body["metadata"]
    return (
        f"{metadata['namespace']}/{metadata['name']}"
        if "namespace" in metadata
        else metadata["name"]
    )
