"""A release later, in one pass: what users made is still there, and nothing drifts."""

import json
from typing import Any

import pytest

from tests.e2e.conftest import CLAIM, MANAGER, MODEL, NAMESPACE, NOTEBOOK, PROFILE, Project
from tests.e2e.test_drift import assert_nothing_drifts

pytestmark = pytest.mark.rehearsal

# What upstream's own notes tell people to delete by hand: immutable fields changed.
REPLACED = {
    "kubeflow/profiles-deployment": "deployments kubeflow/profiles-deployment",
    "kubeflow-system/jobset-controller-manager": (
        "deployments kubeflow-system/jobset-controller-manager"
    ),
}
# Each goes before what it needs does: requests would be judged by nobody, rights be given by name.
GONE_FIRST = (
    (
        "mutatingwebhookconfigurations admission-webhook-mutating-webhook-configuration",
        "deployments kubeflow/admission-webhook-deployment",
    ),
    ("clusterrolebindings llmisvc-manager-role-binding", "clusterroles llmisvc-manager-role"),
)
DROPPED = "CustomResourceDefinition /inferencemodels.inference.networking.x-k8s.io"


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
    project.configure(kubeflow={"release": "26.03"})
    project.succeed("up")
    for body in (NAMESPACE, PROFILE, CLAIM, NOTEBOOK, MODEL):
        project.client.apply(body, MANAGER)
    before = uids(project)
    assert len([name for name in before if name.startswith("CustomResourceDefinition")]) > 70

    begun = len(project.done())
    project.configure(kubeflow={"release": "26.03.1-rc.2"})
    said = project.succeed("preview")
    assert "upgrade of Kubeflow from 26.03 to 26.03.1-rc.2:" in said
    assert f"the CRD {DROPPED.partition('/')[2]} goes" in " ".join(said.split())
    document = json.loads(project.succeed("up", "--json"))
    replaced = {
        urn.rpartition("::")[2] for urn, op in document["changes"].items() if op == "replace"
    }
    assert replaced == set(REPLACED)
    deleted = [urn for urn, op in document["changes"].items() if op == "delete"]
    assert deleted
    assert not [urn for urn in deleted if "PersistentVolumeClaim" in urn or "Namespace::" in urn]

    after = uids(project)
    assert before.keys() - after.keys() == {DROPPED}, "nobody had an object of that kind"
    assert {name: uid for name, uid in before.items() if after.get(name) != uid} == {
        DROPPED: before[DROPPED]
    }
    assert project.rejected() == []
    done = project.done()[begun:]
    for name in REPLACED.values():
        assert done.index(("deleted", name)) < done.index(("created", name)), name
    for first, last in GONE_FIRST:
        assert done.index(("deleted", first)) < done.index(("deleted", last)), last
    assert project.changes("preview") == {}
    assert "upgrade of Kubeflow" not in project.succeed("preview")
    assert_nothing_drifts(project)
