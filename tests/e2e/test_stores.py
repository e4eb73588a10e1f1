"""Stores elsewhere, on a real API server: accepted in one pass, no drift, gone when destroyed.

Nothing is reached there: that bucket and server answer is beyond a rehearsal.
"""

import pytest
import yaml

from tests.e2e.conftest import Project

pytestmark = pytest.mark.rehearsal

STORES = {
    "objects": {"kind": "s3", "bucket": "e2e-artefacts", "region": "eu-central-1"},
    "database": {"kind": "rds", "host": "db.nowhere.test"},
}
SECRETS = {
    "objectStoreAccessKey": "AKIAE2E7",
    "objectStoreSecretKey": "x8sd7Hs",
    "pipelinesDatabasePassword": "p8d7Jsd",
    "registryDatabasePassword": "r8d7Jsd",
}


def configure(project: Project) -> None:
    project.configure(
        kubeflow={"components": ["pipelines", "model-registry"]},
        stores=STORES,
    )
    path = project.root / "stacks" / f"Pulumi.{project.stack}.yaml"
    content = yaml.safe_load(path.read_text())
    # A rehearsal's own secrets may stand in clear: it reads nothing that Pulumi encrypted.
    content["config"] |= {f"kubeflow:{key}": value for key, value in SECRETS.items()}
    path.write_text(yaml.safe_dump(content))


def test_up_with_stores_elsewhere_passes_at_once(project: Project) -> None:
    configure(project)
    assert set(project.changes("up").values()) == {"create"}
    client = project.client
    names = {o["metadata"]["name"] for o in client.list(client.resource("apps/v1", "Deployment"))}
    assert {"ml-pipeline", "model-registry-deployment"} <= names
    assert not names & {"seaweedfs", "mysql", "model-registry-db"}
    claims = client.list(client.resource("v1", "PersistentVolumeClaim"))
    assert [claim["metadata"]["name"] for claim in claims] == ["model-catalog-postgres"]


def test_a_second_up_with_stores_elsewhere_changes_and_writes_nothing(project: Project) -> None:
    before = project.writes()
    assert project.changes("up") == {}
    assert project.writes() == before


def test_coming_back_makes_the_stores_on_the_cluster_again(project: Project) -> None:
    configured = project.root / "stacks" / f"Pulumi.{project.stack}.yaml"
    elsewhere = configured.read_text()
    project.configure(kubeflow={"components": ["pipelines", "model-registry"]})
    changed = {urn.rpartition("::")[2]: op for urn, op in project.changes("preview").items()}
    assert changed["kubeflow/seaweedfs-pvc"] == "create"
    assert changed["kubeflow/ml-pipeline"] == "update"
    assert set(changed.values()) == {"create", "update"}
    configured.write_text(elsewhere)


def test_destroy_leaves_nothing(project: Project) -> None:
    assert "0 left" in project.succeed("destroy")
