"""Users' objects and destroy: refused with an inventory, held by a finalizer, and gone first."""

from typing import Any

import pytest

from kube.errors import DeadlineError
from kube.user_objects import Scope, find_user_objects, remove_user_objects
from kube.wait import wait_ready
from tests.e2e.conftest import MANAGER, PROFILE, Project, identities

pytestmark = pytest.mark.rehearsal

SELECTION = {"components": ["notebooks"]}
TEAM = "grace"
FINALIZER = "example.org/audit"
NOTEBOOK = {
    "apiVersion": "kubeflow.org/v1",
    "kind": "Notebook",
    "metadata": {"name": "thinking", "namespace": TEAM},
    "spec": {"template": {"spec": {"containers": [{"name": "thinking", "image": "a/b:1"}]}}},
}
CLAIM = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "work", "namespace": TEAM},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}
SCOPE = Scope(
    crds=frozenset({"notebooks.kubeflow.org", "profiles.kubeflow.org"}),
    platform_namespaces=frozenset({"kubeflow"}),
    labels={"kubeflow-stack/name": "e2e-user-workloads"},
)


def objects(project: Project) -> set[str]:
    """The objects of the stack: any that is deleted is missed.

    Not their endpoints, which carry the label of their Service and come when they come.
    """
    client = project.client
    label = f"kubeflow-stack/name={project.stack}"
    kinds = [kind for kind in client.every_resource() if not kind.kind.startswith("Endpoint")]
    return identities([one for kind in kinds for one in client.list(kind, label)])


def with_finalizers(finalizers: list[str]) -> dict[str, Any]:
    return {**NOTEBOOK, "metadata": {**NOTEBOOK["metadata"], "finalizers": finalizers}}  # type: ignore[dict-item]


@pytest.fixture
def in_use(project: Project) -> Project:
    """The platform with a team on it that has a notebook and a volume, whatever was before."""
    project.configure(kubeflow=SELECTION)
    project.succeed("up")
    client = project.client
    live = client.apply(PROFILE, MANAGER)
    wait_ready(client, live, ("jsonpath={.metadata.finalizers[0]}=profile-finalizer",), 60)
    for body in (NOTEBOOK, CLAIM):
        client.apply(body, MANAGER)
    return project


def test_destroy_refuses_while_users_have_something_and_deletes_nothing(in_use: Project) -> None:
    project = in_use
    before = objects(project)
    assert len(before) > 100

    refused = project.run("destroy", "--leave-cluster")
    said = refused.stdout + refused.stderr
    assert refused.returncode != 0
    for line in ("Profile grace, 0 min old", "Notebook grace/thinking", "volume of 1Gi"):
        assert line in said
    assert "users have 3 objects on this platform" in said
    assert objects(project) == before
    assert project.changes("preview") == {}


def test_a_component_does_not_leave_with_what_users_made_of_its_kinds(in_use: Project) -> None:
    project = in_use
    project.configure(kubeflow={"components": ["dashboard"]})
    refused = project.run("up")
    said = refused.stdout + refused.stderr
    assert refused.returncode != 0
    assert "Notebook grace/thinking" in said
    assert "Put the component back" in said
    assert project.client.get(NOTEBOOK)


def test_a_held_finalizer_is_an_error_with_its_name_in_time(in_use: Project) -> None:
    client = in_use.client
    client.apply(with_finalizers([FINALIZER]), MANAGER)
    with pytest.raises(DeadlineError) as error:
        remove_user_objects(client, SCOPE, 5)
    assert f"Notebook grace/thinking: held by {FINALIZER} (of a controller" in str(error.value)
    assert f"set by {MANAGER})" in str(error.value)
    client.apply(with_finalizers([]), MANAGER)
    assert [one.kind for one in find_user_objects(client, SCOPE)] == [
        "PersistentVolumeClaim",
        "Profile",
    ], "what was held went when it was let go, and the rest waits for its turn"


def test_destroy_deletes_them_first_when_told_so(in_use: Project) -> None:
    project = in_use
    project.configure(kubeflow=SELECTION, teardown={"userWorkloads": "delete"})
    before = project.writes()
    changes = project.changes("up")
    assert {urn.rpartition("::")[2]: op for urn, op in changes.items()} == {
        "user-workloads": "update"
    }
    assert project.writes() == before, "how it ends is nothing to write"
    assert "0 left" in project.succeed("destroy")
