"""`ops export`: what the stack registers, as folders for Argo CD and Flux."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from components.platform.patches.table import platform_objects
from components.platform.placeholders import GENERATED, placeholder_args
from components.platform.registry import PULL_SECRET, pull_secret, with_registry
from ops.export.bootstrap import Repository
from ops.export.folder import Exported, files, refuse_foreign, write
from ops.export.references import STORE, Names, exported, property_names
from ops.export.waves import CRDS, waves
from ops.offline import Tell, release_of
from rehearsal import builtin
from rehearsal.engine.events import Event
from rehearsal.engine.goal import Goal
from rehearsal.session import Session
from upstream.crds import crd_body
from upstream.model import Key

Bodies = Iterator[dict[str, Any]]


class _Listener:
    """Hears what the program says, and not each resource."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell

    def __call__(self, event: Event) -> None:
        pass

    def note(self, message: str) -> None:
        self._tell(message)


def export(session: Session, folder: Path, repository: Repository | None, tell: Tell) -> str:
    """Write the folders; gives what there is to know about them."""
    refuse_foreign(folder)
    goals = builtin.preview(session, None, _Listener(tell)).goals
    objs = tuple(exported_objects(session, goals, tell))
    write(folder, files(session.stack.name, objs, repository))
    count = len({obj.wave for obj in objs})
    return "\n".join(
        (
            f"wrote {len(objs)} objects in {count} waves to {folder}",
            *_what_is_left(session.stack.name, objs),
            *(() if repository else ("no --repository: nothing written for Argo CD or Flux",)),
        )
    )


def exported_objects(session: Session, goals: Mapping[str, Goal], tell: Tell) -> Iterator[Exported]:
    """Every object of the stack and every CRD, as a repository may hold it."""
    names = _names(session, tell)
    for urn, wave in waves(goals).items():
        goal = goals[urn]
        for body in _bodies(goal, session.stack.name, names):
            component = goal.parent.rpartition("::")[2] or "stack"
            yield Exported(wave=wave, component=component, body=body)


def _bodies(goal: Goal, stack: str, names: Names) -> Bodies:
    inputs = goal.shown_inputs
    if goal.type.endswith(CRDS):
        for digest in inputs["digests"].values():
            body = crd_body(digest)
            metadata = body["metadata"]
            labels = {**metadata.get("labels", {}), **inputs["labels"]}
            yield {**body, "metadata": {**metadata, "labels": labels}}
        return
    metadata = inputs["metadata"]
    group = inputs["apiVersion"].rpartition("/")[0]
    key = Key(group, inputs["kind"], metadata.get("namespace", ""), metadata["name"])
    written = exported(key, inputs, stack, names)
    if written is not None:
        yield written


def _names(session: Session, tell: Tell) -> Names:
    plan = session.plan
    objs = platform_objects(release_of(session, tell).objects, placeholder_args(plan))
    pulled = f"{GENERATED} registry-credentials]"
    whole = with_registry(objs, plan.kubeflow.registry_mirror, pulled)
    teams = (pull_secret(PULL_SECRET, team.name, "teams", pulled) for team in plan.teams)
    return property_names({obj.key: obj.body for obj in (*whole, *teams)})


def _what_is_left(stack: str, objs: tuple[Exported, ...]) -> Iterator[str]:
    wanted = sorted(
        {
            entry["remoteRef"]["property"]
            for obj in objs
            if obj.body["kind"] == "ExternalSecret"
            for entry in obj.body["spec"]["data"]
        }
    )
    place = f"kubeflow/{stack}"
    yield f"secrets: ClusterSecretStore {STORE} has to have {place} with {', '.join(wanted)}"
