"""Kubernetes objects: server-side apply with gates, and a diff that the API server itself makes."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
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
UNDECLARED = "field not declared in schema"
# The one refusal that Pulumi's provider takes for a replacement: another fails its preview.
IMMUTABLE = "field is immutable"
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
        try:
            return self._dry_run(live, goal.inputs)
        except ApiStatusError as error:
            if changed and _is_of_schema(error, goal.inputs):
                return Step("update", changed)
            raise

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

    def read(self, old: Built) -> Built | None:
        """Drifted where applying what was asked for once more would change something."""
        live = self.live.get(identity(old.inputs)) or self._found(old)
        if live is None:
            return None
        if live["metadata"]["resourceVersion"] == old.version:
            return old
        made = _made(live)
        inputs = old.inputs if self._still_holds(live, old) else shaped(live, old.inputs)
        return replace(
            old,
            inputs=inputs,
            outputs=made.outputs,
            secrets=old.secrets | made.secrets,  # a controller may have filled a Secret meanwhile
            version=made.version,
        )

    def _found(self, old: Built) -> Json | None:
        """The object itself: somebody may have taken the label off by which it is listed."""
        try:
            return self._cluster().get(old.inputs)
        except NoSuchKindError:
            return None

    def _still_holds(self, live: Json, old: Built) -> bool:
        return self._dry_run(live, old.inputs).op == "same"

    def _dry_run(self, live: Json, inputs: Json) -> Step:
        client = self._cluster()
        try:
            with self._writers:
                wanted = client.apply(inputs, MANAGER, dry_run=True)
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


def shaped(live: Any, inputs: Any) -> Any:
    """What a live object says in the fields that were asked for, lists item by item. Pure."""
    if isinstance(live, dict) and isinstance(inputs, dict):
        return {key: shaped(live[key], value) for key, value in inputs.items() if key in live}
    if isinstance(live, list) and isinstance(inputs, list):
        both = zip(live, inputs, strict=False)
        return [*(shaped(one, asked) for one, asked in both), *live[len(inputs) :]]
    return live


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


def _is_of_schema(error: ApiStatusError, inputs: Json) -> bool:
    """Whether a custom resource has fields that its CRD does not know.

    A newer CRD may come with this very `up`, and a preview has not applied it: `up` will tell.
    """
    is_custom = "." in inputs["apiVersion"].partition("/")[0].removesuffix(".k8s.io")
    return is_custom and (UNDECLARED in str(error) or error.status == UNPROCESSABLE)


def _is_immutable(error: ApiStatusError) -> bool:
    return IMMUTABLE in " ".join((str(error), *error.causes))
