"""What a preview shows of a plan."""

import io

from rich.console import Console

from rehearsal.engine.events import Event
from rehearsal.engine.operator import Op
from rehearsal.report import FOLDED_ABOVE, Progress


def planned(op: Op, kind: str, name: str, component: str = "pipelines") -> Event:
    urn = f"urn:pulumi:dev::kubeflow-stack::kubeflow:Part$kubernetes:core/v1:{kind}::{name}"
    changed = ("spec",) if op in ("update", "replace") else ()
    return Event(phase="planned", op=op, urn=urn, component=component, changed=changed)


def shown(*events: Event, lists_all: bool = False) -> list[str]:
    screen = io.StringIO()
    console = Console(file=screen, highlight=False, width=200)
    with Progress(console, "preview dev", lists_all=lists_all) as progress:
        for event in events:
            progress(event)
    return [line.strip() for line in screen.getvalue().splitlines()[1:]]


MANY = [planned("create", "ConfigMap", f"config-{number}") for number in range(FOLDED_ABOVE)]


def test_many_new_resources_of_a_component_are_counted_by_kind() -> None:
    assert shown(*MANY, planned("create", "Secret", "key")) == [
        f"+ pipelines: {FOLDED_ABOVE + 1} new, {FOLDED_ABOVE} ConfigMap, 1 Secret"
    ]


def test_a_few_are_named() -> None:
    assert shown(*MANY) == [f"+ ConfigMap config-{number}" for number in range(FOLDED_ABOVE)]


def test_what_changes_or_goes_is_named_beside_what_is_counted() -> None:
    lines = shown(
        planned("same", "Service", "kept"),
        *MANY,
        planned("create", "Secret", "key"),
        planned("update", "Deployment", "api"),
        planned("replace", "RoleBinding", "editor"),
        planned("delete", "Service", "old"),
    )
    assert lines[1:] == [
        "~ Deployment api  [spec]",
        "+- RoleBinding editor  [spec]",
        "- Service old",
    ]


def test_all_are_named_for_who_asks() -> None:
    lines = shown(*MANY, planned("create", "Secret", "key"), lists_all=True)
    assert len(lines) == FOLDED_ABOVE + 1
    assert lines[-1] == "+ Secret key"
