"""A registry that wants a login, on a real API server: a team's pods get the pull secret at once.

That an image comes with it is beyond a rehearsal.
"""

from typing import Any

import pytest
import yaml

from tests.e2e import kubeflow_pods
from tests.e2e.conftest import Project

pytestmark = pytest.mark.rehearsal

LOGIN = '{"auths": {"registry.test": {"auth": "dTpw"}}}'
TEAM = {"name": "vision", "owner": "ada@corp.test"}
ACCOUNTS = ("default", "default-editor", "default-viewer")
PULLING = [{"name": "registry-credentials"}]
Body = dict[str, Any]


def configure(project: Project, **secrets: str) -> None:
    project.configure(kubeflow={"components": ["profiles"]}, teams=[TEAM])
    path = project.root / "stacks" / f"Pulumi.{project.stack}.yaml"
    content = yaml.safe_load(path.read_text())
    # A rehearsal's own secrets may stand in clear: it reads nothing that Pulumi encrypted.
    content["config"] |= {f"kubeflow:{key}": value for key, value in secrets.items()}
    path.write_text(yaml.safe_dump(content))


def account(project: Project, name: str) -> Body:
    metadata = {"name": name, "namespace": "vision"}
    found = project.client.get({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})
    assert found is not None
    return found


def pulls(project: Project) -> dict[str, Any]:
    return {name: account(project, name).get("imagePullSecrets") for name in ACCOUNTS}


def pod_of(project: Project, account: str) -> Body:
    """A pod as anybody makes it, who knows nothing of a registry."""
    made = kubeflow_pods.pod(account, kubeflow_pods.container("main", {"cpu": "5m"}))
    spec = {**made["spec"], "serviceAccountName": account}
    placed = {**made, "metadata": {**made["metadata"], "namespace": "vision"}, "spec": spec}
    return project.client.apply(placed, "somebody")


def test_every_pod_of_a_team_gets_the_secret(project: Project) -> None:
    configure(project, registryCredentials=LOGIN)
    project.succeed("up")
    assert project.rejected() == []
    assert pulls(project) == dict.fromkeys(ACCOUNTS, PULLING)
    for name in ("default", "default-editor"):
        pod = pod_of(project, name)
        assert pod["spec"]["imagePullSecrets"] == PULLING
        project.client.delete(pod)


def test_the_second_preview_is_quiet_also_after_a_refresh(project: Project) -> None:
    assert project.changes("preview") == {}
    project.succeed("refresh")
    assert project.changes("preview") == {}


def test_what_somebody_took_away_is_seen_and_mended(project: Project) -> None:
    path = "/api/v1/namespaces/vision/serviceaccounts/default-editor"
    gone = {"imagePullSecrets": None}
    project.client.call("PATCH", path, {}, gone, "application/merge-patch+json")
    project.succeed("refresh")
    changed = project.changes("preview")
    assert {urn.rpartition("::")[2]: op for urn, op in changed.items()} == {
        "vision-accounts": "update"
    }
    project.succeed("up")
    assert pulls(project) == dict.fromkeys(ACCOUNTS, PULLING)


def test_without_a_login_any_more_the_accounts_stay_and_name_nothing(project: Project) -> None:
    before = {name: account(project, name)["metadata"]["uid"] for name in ACCOUNTS}
    configure(project)
    project.succeed("up")
    assert {name: account(project, name)["metadata"]["uid"] for name in ACCOUNTS} == before
    assert pulls(project) == dict.fromkeys(ACCOUNTS, None)
    configure(project, registryCredentials=LOGIN)
    project.succeed("up")
    assert pulls(project) == dict.fromkeys(ACCOUNTS, PULLING)


def test_it_goes_without_a_rest(project: Project) -> None:
    assert "0 left" in project.succeed("destroy", "--leave-cluster")
