"""A release drops a kind that users have objects of: nothing of theirs goes before they say so."""

import pytest

from tests.e2e.conftest import MANAGER, NAMESPACE, Project

pytestmark = pytest.mark.rehearsal

CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "inferencemodels.inference.networking.x-k8s.io"},
}
INFERENCE_MODEL = {
    "apiVersion": "inference.networking.x-k8s.io/v1alpha2",
    "kind": "InferenceModel",
    "metadata": {"name": "iris", "namespace": "ada"},
    "spec": {"modelName": "iris", "poolRef": {"name": "pool"}},
}


def selection(release: str) -> dict[str, object]:
    return {"release": release, "components": ["kserve"]}


def test_an_upgrade_refuses_to_drop_what_users_made_and_goes_on_when_they_have_moved(
    project: Project,
) -> None:
    project.configure(kubeflow=selection("26.03"))
    project.succeed("up")
    client = project.client
    client.apply(NAMESPACE, MANAGER)
    made = client.apply(INFERENCE_MODEL, MANAGER)
    served = client.get(CRD)
    assert served

    project.configure(kubeflow=selection("26.03.1-rc.2"))
    begun = len(project.done())
    refused = project.run("up")
    said = refused.stdout + refused.stderr
    assert refused.returncode != 0
    assert "users have 1 objects on this platform" in said
    assert "InferenceModel ada/iris, 0 min old" in said
    assert "their kinds leave with a component or with the release" in said
    kept = client.get(INFERENCE_MODEL)
    assert kept
    assert kept["metadata"]["uid"] == made["metadata"]["uid"]
    still = client.get(CRD)
    assert still
    assert still["metadata"]["uid"] == served["metadata"]["uid"]
    done = project.done()[begun:]
    replaced = {name for deed, name in done if deed == "created"}
    assert {name for deed, name in done if deed == "deleted"} <= replaced
    assert project.run("up").returncode != 0, "asked again, and not forgotten"
    assert client.get(INFERENCE_MODEL)

    client.delete(INFERENCE_MODEL)
    project.succeed("up")
    assert client.get(CRD) is None
    assert project.changes("preview") == {}
    assert project.rejected() == []
