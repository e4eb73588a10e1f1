"""A first preview knows no kubeconfig: the cluster is what it is about to make."""

from pathlib import Path
from typing import Any

from components.cluster.aws.programs import program_objects
from components.platform.patches.table import platform_objects
from components.platform.placeholders import placeholder_args
from ops.offline import release_of
from rehearsal import builtin
from rehearsal.engine.events import Event
from rehearsal.session import open_session
from tests.e2e.conftest import linked_project
from tests.shipped import filled_in

STACK = "nothing-stands"


class _Heard:
    """Keeps what is to be made."""

    def __init__(self) -> None:
        self.planned: set[str] = set()

    def __call__(self, event: Event) -> None:
        if (event.phase, event.op) == ("planned", "create"):
            self.planned.add(event.urn)

    def note(self, message: str) -> None:
        """Not of interest here."""


def identity(body: Any) -> tuple[str, str, str]:
    metadata = body["metadata"]
    return body["kind"], metadata.get("namespace", ""), metadata["name"]


def test_every_object_of_a_cluster_that_is_not_there_yet_is_planned(
    tmp_path: Path, project_root: Path
) -> None:
    folder = linked_project(tmp_path, STACK).root
    said = filled_in((project_root / "stacks" / "Pulumi.aws-dev.yaml").read_text())
    (folder / "stacks" / f"Pulumi.{STACK}.yaml").write_text(said)
    session, heard = open_session(folder, STACK), _Heard()
    found = builtin.preview(session, None, heard)
    assert set(found.changes.values()) == {"create"}, "nothing of it is there"
    (provider,) = (one for one in found.goals.values() if one.type == "pulumi:providers:kubernetes")
    assert {"kubeconfig", "clusterIdentifier"} <= provider.unknown
    objects = {urn: one for urn, one in found.goals.items() if one.type.startswith("kubernetes:")}
    assert {one.provider for one in objects.values()} == {provider.urn}
    assert objects.keys() <= heard.planned
    release = release_of(session, heard.note).objects
    wanted = (
        *platform_objects(release, placeholder_args(session.plan)),
        *program_objects(session.plan.cluster),
    )
    there = {identity(one.inputs) for one in objects.values()}
    assert {identity(one.body) for one in wanted} - there == set()
    assert ("StorageClass", "", "gp3") in there
