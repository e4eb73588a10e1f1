"""Production keeps its volumes when it goes, and finds them when it comes back."""

from typing import Any

import pytest

from tests.e2e.conftest import AT_A_DOMAIN, Project, claims

pytestmark = pytest.mark.rehearsal

SETTINGS: dict[str, Any] = {
    "environment": "prod",
    "kubeflow": {"components": ["model-registry"]},
    "protection": {},
    "ingress": AT_A_DOMAIN,
}
CLUSTER = {"provider": "existing", "kubernetes": "1.35", "zones": ["local-a", "local-b"]}
CLAIMS = ["kubeflow/metadata-postgres", "kubeflow/model-catalog-postgres"]


def ours(project: Project) -> set[str]:
    """The kinds and names of all that carries the stack's label, but for CRDs."""
    client, label = project.client, f"kubeflow-stack/name={project.stack}"
    return {
        f"{kind.kind} {one['metadata']['name']}"
        for kind in client.every_resource()
        if kind.kind != "CustomResourceDefinition"
        for one in client.list(kind, label)
    }


def test_volumes_outlive_their_stack_and_are_taken_up_again(project: Project) -> None:
    project.configure(**SETTINGS)
    project.succeed("up")
    before = claims(project)
    assert sorted(before) == CLAIMS
    assert {phase for _, phase, _ in before.values()} == {"Bound"}

    said = " ".join(project.succeed("destroy", "--leave-cluster").split())
    assert (
        "0 left (CRDs kept, as protection.crds says; namespace kubeflow kept, as "
        f"protection.volumes says, with its volume claims: {', '.join(CLAIMS)})"
    ) in said
    assert claims(project) == before
    kept = {f"PersistentVolumeClaim {name.partition('/')[2]}" for name in CLAIMS}
    assert ours(project) == {"Namespace kubeflow", *kept}

    project.succeed("up")
    assert claims(project) == before
    assert project.changes("preview") == {}
    assert project.rejected() == []


def test_another_storage_class_is_refused_while_claims_have_the_old_one(project: Project) -> None:
    before, done_before = claims(project), project.done()
    project.configure(**SETTINGS, cluster={**CLUSTER, "storageClass": "fast"})
    for command in ("preview", "up"):
        done = project.run(command)
        assert done.returncode == 1, done.stdout + done.stderr
        named = ", ".join(f"{claim} (standard)" for claim in CLAIMS)
        said = " ".join((done.stdout + done.stderr).split())
        assert f"cluster.storageClass: 'fast' is not the class of {named}" in said
    assert claims(project) == before
    since = project.done()[len(done_before) :]
    assert {what for _, what in since} == {"storageclasses fast"}, "the rehearsal's own"
    project.configure(**SETTINGS)
    assert project.changes("preview") == {}


def test_what_was_kept_goes_when_told_so(project: Project) -> None:
    project.configure(**{**SETTINGS, "protection": {"volumes": "remove", "crds": "remove"}})
    project.succeed("up")
    said = " ".join(project.succeed("destroy", "--leave-cluster").split())
    assert said.endswith("resources, 0 left"), "and nothing is said to be kept"
    assert claims(project) == {}
    assert ours(project) == set()
