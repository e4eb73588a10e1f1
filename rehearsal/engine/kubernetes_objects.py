"""Kubernetes objects: server-side apply with gates, and a diff that the API server itself makes."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Semaphore
from typing import Any

from kube.client import Client
from kube.errors import ApiStatusError, NoSuchKindError
from kube.ready import is_awaited, waits
from kube.wait import wait_gone, wait_ready
from rehearsal.engine.goal import Goal
from rehearsal.engine.operator import Made, Step, changed_keys
from rehearsal.engine.state import Built, State

Json = dict[str, Any]

MANAGER = "kubeflow-stack"
WRITERS = 8
READERS = 8
DEADLINE_SECONDS = 600
UNPROCESSABLE = 422
# How its validations, none of which names a code, say that only another object can be so.
IMMUTABLE = ("immutable", "may not change", "Forbidden: updates to", "cannot change roleRef")
# What the API server keeps beside what anybody asked for.
SERVER_OWNED = ("managedFields", "resourceVersion", "generation", "uid", "creationTimestamp")


@dataclass(frozen=True, kw_only=True)
class KubernetesObjects:
    """Looks after every `kubernetes:` type on one cluster; `client` is None when there is none."""

    client: Client | None
    live: Mapping[tuple[str, str, str, str], Json]
    deadline_seconds: float = DEADLINE_SECONDS
    _writers: Semaphore = field(default_factory=lambda: Semaphore(WRITERS))

    def diff(self, old: Built, goal: Goal) -> Step:
        """Compare with the live object; without a cluster, with what was last built."""
        if identity(old.inputs) != identity(goal.inputs):
            return Step("replace", changed_keys(old.inputs, goal.inputs))
        changed = changed_keys(old.inputs, goal.inputs)
        if self.client is None or goal.unknown:
            return Step("update", changed) if changed else Step("same")
        live = self.live.get(identity(goal.inputs))
        if live is None:
            return Step("create")
        if not changed and live["metadata"]["resourceVersion"] == old.version:
            return Step("same")
        return self._dry_run(live, goal)

    def create(self, goal: Goal) -> Made:
        """Apply and wait for the object's gate."""
        client = self._cluster()
        with self._writers:
            live = client.apply(goal.inputs, MANAGER)
        if is_awaited(goal.inputs):
            live = dict(wait_ready(client, live, waits(goal.inputs), self.deadline_seconds))
        return _made(live)

    def update(self, old: Built, goal: Goal) -> Made:
        """The same as create: server-side apply knows which fields were ours."""
        return self.create(goal)

    def delete(self, old: Built) -> None:
        """Delete and wait until it is gone."""
        client = self._cluster()
        # A kind that is no longer served took its objects with it.
        with suppress(NoSuchKindError):
            with self._writers:
                uid = client.delete(old.inputs)
            if uid:
                wait_gone(client, old.inputs, uid, self.deadline_seconds)

    def _dry_run(self, live: Json, goal: Goal) -> Step:
        client = self._cluster()
        try:
            with self._writers:
                wanted = client.apply(goal.inputs, MANAGER, dry_run=True)
        except ApiStatusError as error:
            if error.status == UNPROCESSABLE and _is_immutable(error):
                return Step("replace", error.causes)
            raise
        changed = changed_keys(_comparable(live), _comparable(wanted))
        return Step("update", changed) if changed else Step("same")

    def _cluster(self) -> Client:
        if self.client is None:
            raise RuntimeError("a preview without a cluster asked the cluster")
        return self.client


def identity(body: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """Group, kind, namespace and name: what makes it the same object."""
    metadata = body["metadata"]
    group = body["apiVersion"].rpartition("/")[0]
    return group, body["kind"], metadata.get("namespace", ""), metadata["name"]


def live_objects(
    client: Client, state: State, labels: str
) -> dict[tuple[str, str, str, str], Json]:
    """Every live object that carries our label, by identity: one list per kind in the state."""
    kinds = {
        (one.inputs["apiVersion"], one.inputs["kind"])
        for one in state
        if one.type.startswith("kubernetes:")
    }

    def listed(kind: tuple[str, str]) -> list[Json]:
        try:
            return list(client.list(client.resource(*kind), labels))
        except NoSuchKindError:
            return []

    with ThreadPoolExecutor(READERS) as readers:
        found = [item for items in readers.map(listed, kinds) for item in items]
    return {identity(item): item for item in found}


def _made(live: Json) -> Made:
    metadata = {key: value for key, value in live["metadata"].items() if key != "managedFields"}
    place = f"{metadata['namespace']}/" if "namespace" in metadata else ""
    return Made(
        id=f"{place}{metadata['name']}",
        outputs={**live, "metadata": metadata},
        secrets=frozenset({"data", "stringData"} & set(live))
        if live["kind"] == "Secret"
        else frozenset(),
        version=metadata["resourceVersion"],
    )


def _comparable(body: Mapping[str, Any]) -> Json:
    metadata = {key: value for key, value in body["metadata"].items() if key not in SERVER_OWNED}
    return {**{key: value for key, value in body.items() if key != "status"}, "metadata": metadata}


def _is_immutable(error: ApiStatusError) -> bool:
    text = " ".join((str(error), *error.causes))
    return any(words in text for words in IMMUTABLE)
