"""A release later, in one pass: what users made is still there, and nothing drifts."""

import json
from typing import Any

import pytest

from tests.e2e.conftest import Project

pytestmark = pytest.mark.rehearsal

MANAGER = "somebody"
NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "ada"}}
PROFILE = {
    "apiVersion": "kubeflow.org/v1",
    "kind": "Profile",
    "metadata": {"name": "grace"},
    "spec": {"owner": {"kind": "User", "name": "grace@hopper.test"}},
}
CLAIM = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "work", "namespace": "ada"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}
NOTEBOOK = {
    "apiVersion": "kubeflow.org/v1",
    "kind": "Notebook",
    "metadata": {"name": "thinking", "namespace": "ada"},
    "spec": {"template": {"spec": {"containers": [{"name": "thinking", "image": "a/b:1"}]}}},
}
MODEL = {
    "apiVersion": "serving.kserve.io/v1beta1",
    "kind": "InferenceService",
    "metadata": {"name": "iris", "namespace": "ada"},
    "spec": {"predictor": {"model": {"modelFormat": {"name": "sklearn"}, "storageUri": "s3://m"}}},
}
# What upstream's own notes tell people to delete by hand: immutable fields changed.
REPLACED = {
    "llmisvc-manager-rolebinding",
    "kubeflow/profiles-deployment",
    "kubeflow-system/jobset-controller-manager",
}


def uids(project: Project) -> dict[str, str]:
    """Who the users' objects, the CRDs and the claims are."""
    client = project.client
    made = (PROFILE, CLAIM, NOTEBOOK, MODEL)
    kinds = {(str(one["apiVersion"]), str(one["kind"])) for one in made}
    kinds.add(("apiextensions.k8s.io/v1", "CustomResourceDefinition"))
    found: dict[str, str] = {}
    for api_version, kind in sorted(kinds):
        for item in client.list(client.resource(api_version, kind)):
            metadata: dict[str, Any] = item["metadata"]
            name = f"{kind} {metadata.get('namespace', '')}/{metadata['name']}"
            found[name] = str(metadata["uid"])
    return found


def test_the_next_release_comes_in_one_pass_and_deletes_nothing_of_the_users(
    project: Project,
) -> None:
    project.configure(kubeflow={"release": "26.03"}, protection={"crds": "keep"})
    project.succeed("up")
    for body in (NAMESPACE, PROFILE, CLAIM, NOTEBOOK, MODEL):
        project.client.apply(body, MANAGER)
    before = uids(project)
    assert len([name for name in before if name.startswith("CustomResourceDefinition")]) > 70

    project.configure(kubeflow={"release": "26.03.1-rc.2"}, protection={"crds": "keep"})
    said = project.succeed("preview")
    assert "upgrade of Kubeflow from 26.03 to 26.03.1-rc.2:" in said
    assert "the CRD inferencemodels goes" in " ".join(said.split())
    document = json.loads(project.succeed("up", "--json"))
    replaced = {
        urn.rpartition("::")[2] for urn, op in document["changes"].items() if op == "replace"
    }
    assert replaced == REPLACED
    deleted = [urn for urn, op in document["changes"].items() if op == "delete"]
    assert deleted
    assert not [urn for urn in deleted if "PersistentVolumeClaim" in urn or "Namespace::" in urn]

    after = uids(project)
    assert {name: after.get(name) for name in before} == before
    assert project.changes("preview") == {}
    assert "upgrade of Kubeflow" not in project.succeed("preview")
