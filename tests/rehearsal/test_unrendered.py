"""Where no manifests can be had a preview tells what is known, what is not, and fails."""

from pathlib import Path

import pytest

from tests.e2e.conftest import Project, linked_project

NOWHERE = "http://127.0.0.1:1/mirror"


@pytest.fixture
def stack(tmp_path: Path) -> Project:
    (tmp_path / "project").mkdir()
    return linked_project(tmp_path / "project", "offline")


def preview(stack: Project, *words: str) -> tuple[int, str, str]:
    cache = str(stack.root.parent / "cache")
    done = stack.run("preview", *words, KUBEFLOW_STACK_CACHE=cache, KUBEFLOW_MIRROR=NOWHERE)
    return done.returncode, done.stdout, done.stderr


def test_cluster_and_capacity_are_those_of_a_preview_with_manifests(stack: Project) -> None:
    stack.configure(kubeflow={"components": ["katib"]})
    whole = stack.succeed("preview")
    code, told, error = preview(stack)
    assert code == 1, "what saw no object is no success"
    assert "WITHOUT MANIFESTS" in told
    assert "cluster: offline, existing, Kubernetes 1." in told
    for subject in ("components: ", "capacity: "):
        lines = [line for line in whole.splitlines() if line.startswith(subject)]
        assert lines
        assert lines == [line for line in told.splitlines() if line.startswith(subject)]
    assert "left out, because the manifests could not be had: every object" in told
    assert "kubeflow.patches" not in told
    assert "upstream.mirror" in told
    assert error.count("error:") == 1
    assert NOWHERE in error.replace("\n", "")


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_the_bill_is_that_of_a_preview_with_manifests(stack: Project, environment: str) -> None:
    stack.configure(
        environment=environment,
        cluster={
            "provider": "digitalocean",
            "region": "fra1",
            "network": {"entry": {"sources": ["203.0.113.7/32"]}},
        },
        pools=[{"name": "general", "instanceTypes": ["s-4vcpu-16gb-amd"], "nodes": 3}],
        ingress={"domain": "ml.corp.test", "auth": {"adminEmail": "ada@corp.test"}},
        kubeflow={"components": ["katib"]},
    )
    whole, told = stack.succeed("preview"), preview(stack)[1]
    for subject in ("cost: ", "  nodes ", "  storage ", "  network ", "  total "):
        lines = [line for line in whole.splitlines() if line.startswith(subject)]
        assert lines, subject
        assert lines == [line for line in told.splitlines() if line.startswith(subject)]


def test_pods_that_do_not_fit_are_told_without_manifests_too(stack: Project) -> None:
    stack.configure(pools=[{"name": "one", "instanceTypes": ["m5.xlarge"], "nodes": 0}])
    assert "capacity: DOES NOT FIT" in preview(stack)[1]


def test_the_owners_patches_are_said_to_be_missing(stack: Project) -> None:
    patch = {
        "target": {"kind": "Deployment", "name": "istiod"},
        "why": "a test",
        "strategicMerge": {"spec": {"replicas": 9}},
    }
    stack.configure(kubeflow={"patches": [patch]})
    assert "left out: 1 of your own kubeflow.patches, also in the capacity" in preview(stack)[1]


def test_json_is_all_or_nothing(stack: Project) -> None:
    code, told, beside = preview(stack, "--json")
    assert (code, told) == (1, "")
    assert "WITHOUT MANIFESTS" in beside


def test_a_mistake_in_the_owners_patches_is_no_lack_of_manifests(stack: Project) -> None:
    patch = {
        "target": {"kind": "Deployment", "name": "nowhere"},
        "why": "a test",
        "strategicMerge": {"spec": {"replicas": 9}},
    }
    stack.configure(kubeflow={"patches": [patch]})
    done = stack.run("preview")
    assert done.returncode == 1
    assert "patches without effect" in done.stderr
    assert "WITHOUT MANIFESTS" not in done.stdout
