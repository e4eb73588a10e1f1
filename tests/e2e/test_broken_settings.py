"""What was brought up can be taken down after its stack file was broken."""

import json

import pytest

from rehearsal.cluster.layout import Layout, read_state
from rehearsal.cluster.processes import stop
from tests.e2e.conftest import Project
from upstream.cache import cache_dir

pytestmark = pytest.mark.rehearsal
NOWHERE = "http://127.0.0.1:1/mirror"


def kill_api_server(project: Project) -> None:
    """As a restart of the machine would: the next command finds the cluster down."""
    state = read_state(Layout(folder=cache_dir() / "clusters" / project.stack))
    assert state is not None
    (api_server,) = (one for one in state.processes if one.name == "kube-apiserver")
    stop([api_server], 0)


def test_destroy_needs_neither_settings_nor_manifests_nor_a_running_cluster(
    project: Project,
) -> None:
    project.configure(kubeflow={"components": ["profiles"]})
    project.succeed("up")
    path = project.root / "stacks" / f"Pulumi.{project.stack}.yaml"
    path.write_text("config: {kubeflow:settings: {pools: [")
    kill_api_server(project)

    done = project.run("destroy", "--json", KUBEFLOW_MIRROR=NOWHERE)

    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(done.stdout)
    assert document["left"] == []
    assert len(document["changes"]) > 100
    assert set(document["changes"].values()) == {"delete"}
    again = json.loads(project.succeed("destroy", "--json"))
    assert again == {"stack": project.stack, "changes": {}, "left": []}
