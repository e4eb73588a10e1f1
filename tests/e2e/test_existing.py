"""A cluster with its own Istio and cert-manager: judged first, then built on, then left alone."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from components.platform.existing import GROUPS
from components.platform.patches.floors import floor_patches
from components.platform.patches.model import apply_patches
from kube.crds import apply_crds
from tests.e2e.conftest import ROOT, Project
from upstream.crds import crd_body
from upstream.load import load_release
from upstream.pins import release_map

pytestmark = pytest.mark.rehearsal

SOMEBODY = "somebody"
COMPONENTS = {"components": ["notebooks"]}
EXISTING = {**COMPONENTS, "istio": "existing", "certManager": "existing"}
# Webhooks would have to be waited for, and an autoscaler changes what is compared.
LEFT_OUT = (
    "HorizontalPodAutoscaler",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
)
MESH = "ConfigMap", "istio"
ISTIOD = "Deployment", "istiod"


def control_planes() -> Iterator[dict[str, Any]]:
    """What somebody's Istio and cert-manager are made of: upstream's own, at their floors."""
    release = load_release(
        "26.03", release_map("26.03").base, mirror=None, project=ROOT, tell=lambda _: None
    )
    objs = [o for o in apply_patches(release.objects, floor_patches()) if o.component in GROUPS]
    for obj in sorted(objs, key=lambda one: one.kind != "Namespace"):
        if obj.kind not in LEFT_OUT and not obj.key.group.endswith(GROUPS[obj.component]):
            yield dict(obj.body)


def install(project: Project) -> None:
    """Somebody's control planes, by somebody."""
    release = load_release(
        "26.03", release_map("26.03").base, mirror=None, project=ROOT, tell=lambda _: None
    )
    apply_crds(project.client, (crd_body(ref.digest) for ref in release.all_crds), SOMEBODY)
    for body in control_planes():
        project.client.apply(body, SOMEBODY)


def run_istiod(project: Project, version: str, **labels: str) -> None:
    """Another version of istiod, applied as the first one was."""
    body = copy.deepcopy(
        next(b for b in control_planes() if (b["kind"], b["metadata"]["name"]) == ISTIOD)
    )
    body["spec"]["template"]["spec"]["containers"][0]["image"] = f"istio/pilot:{version}"
    body["metadata"]["labels"].update(labels)
    project.client.apply(body, SOMEBODY)


def log_in_by_nobody(project: Project) -> None:
    """A mesh configuration without extension providers."""
    metadata = {"name": "istio", "namespace": "istio-system"}
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
    project.client.apply({**body, "data": {"mesh": "rootNamespace: istio-system\n"}}, SOMEBODY)


def refusal(project: Project, command: str) -> str:
    """What a command says that must not change anything on the cluster."""
    before = project.writes()
    done = project.run(command)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    assert project.writes() == before
    return " ".join((done.stdout + done.stderr).split())


def ours(project: Project) -> list[str]:
    """Everything on the cluster that the stack has put there."""
    client, selector = project.client, f"kubeflow-stack/name={project.stack}"
    kinds = client.every_resource()
    return [o["metadata"]["name"] for kind in kinds for o in client.list(kind, selector)]


def seen(project: Project) -> dict[str, tuple[str, Any]]:
    """Every foreign object: who it is, and what it says, without what controllers note."""
    found = {}
    for body in control_planes():
        live = project.client.get(body)
        assert live is not None, f"{body['kind']} {body['metadata']['name']} is gone"
        metadata = live["metadata"]
        said = {k: v for k, v in live.items() if k not in ("metadata", "status")}
        found[project.client.path_of(body)] = metadata["uid"], (said, metadata.get("labels"))
    return found


def test_a_cluster_is_built_on_only_when_it_has_what_the_settings_say(project: Project) -> None:
    project.configure(kubeflow=EXISTING)
    assert project.run("up").returncode == 1  # and starts the cluster
    said = refusal(project, "up")
    assert "kubeflow.istio is existing, but namespace istio-system has no Deployment" in said
    assert "kubeflow.certManager is existing, but namespace cert-manager has no" in said
    assert ours(project) == []

    install(project)
    run_istiod(project, "1.26.4")
    for command in ("preview", "up"):
        said = refusal(project, command)
        assert "the cluster has Istio 1.26.4 (istio-system/istiod)" in said
        assert "kubeflow.certManager" not in said
    project.configure(kubeflow=COMPONENTS)
    said = refusal(project, "up")
    assert "kubeflow.istio is managed, but the cluster has Istio 1.26.4" in said
    assert "kubeflow.certManager is managed, but the cluster has cert-manager 1.19.4" in said

    run_istiod(project, "1.26.4", **{"kubeflow-stack/name": project.stack})
    said = refusal(project, "preview")
    assert "brings Istio 1.29.2, and istio-system/istiod runs 1.26.4" in said
    assert "through 1.27, 1.28 first" in said

    run_istiod(project, "1.30.0")
    log_in_by_nobody(project)
    project.configure(kubeflow=EXISTING)
    said = refusal(project, "preview")
    assert "no extensionProviders named oauth2-proxy" in said


def test_what_the_cluster_has_is_used_and_left_alone(project: Project) -> None:
    mesh = next(
        body for body in control_planes() if (body["kind"], body["metadata"]["name"]) == MESH
    )
    project.client.apply(mesh, SOMEBODY)
    before = seen(project)
    project.succeed("up")
    assert project.changes("preview") == {}
    said = project.succeed("destroy", "--leave-cluster")
    assert "0 left" in said
    assert seen(project) == before
