"""A stack that makes its cluster on AWS, rehearsed: up, quiet, changed, and gone without a rest."""

import pytest

from kube.client import Client
from tests.e2e.conftest import Project

pytestmark = pytest.mark.rehearsal

CLUSTER = {
    "provider": "aws",
    "region": "eu-west-1",
    "accountId": "123456789012",
    "admins": ["arn:aws:iam::123456789012:role/admin"],
    "network": {"entry": {"sources": ["203.0.113.0/24"]}},
}
IN_A_ZONE = {
    **CLUSTER,
    "network": {"entry": {"sources": ["203.0.113.0/24"], "hostedZone": "corp.test"}},
}


INGRESS = {"domain": "ml.corp.test", "auth": {"adminEmail": "you@corp.test"}}


def classes(client: Client) -> dict[str, str]:
    found = client.list(client.resource("storage.k8s.io/v1", "StorageClass"))
    return {one["metadata"]["name"]: one["provisioner"] for one in found}


def opened(client: Client) -> dict[str, int]:
    """The ports of the gateway that its load balancer leads to."""
    services = client.list(client.resource("v1", "Service"))
    (gateway,) = (one for one in services if one["metadata"]["name"] == "istio-ingressgateway")
    assert gateway["spec"]["type"] == "NodePort"
    return {port["name"]: port["nodePort"] for port in gateway["spec"]["ports"]}


def jobs_done(client: Client) -> bool:
    """Whether the Job that makes the databases is there, and done."""
    (job,) = client.list(client.resource("batch/v1", "Job"))
    return bool(job["status"]["succeeded"] == 1)


def told_of_the_database(client: Client) -> str:
    metadata = {"namespace": "kubeflow", "name": "pipeline-install-config"}
    found = client.get({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
    assert found
    return str(found["data"]["dbHost"])


def test_a_cluster_of_its_own_comes_changes_and_goes(project: Project) -> None:
    """One long story: every `up` needs the one before."""
    small = {"components": ["pipelines", "model-registry"]}
    stores = {"objects": {"kind": "s3"}, "database": {"kind": "rds"}}
    project.configure(cluster=IN_A_ZONE, kubeflow=small, stores=stores, ingress=INGRESS)
    assert "every pod has a node" in project.succeed("up")
    assert classes(project.client) == {"gp3": "ebs.csi.aws.com"}
    assert opened(project.client) == {"https": 30043, "http2": 30080, "status-port": 30021}
    assert jobs_done(project.client)
    assert told_of_the_database(project.client) == "records.rds.invalid"
    claims = project.client.list(project.client.resource("v1", "PersistentVolumeClaim"))
    assert claims
    assert {claim["status"]["phase"] for claim in claims} == {"Bound"}
    assert project.changes("preview") == {}

    tagged = {**IN_A_ZONE, "tags": {"owner": "ml"}}
    project.configure(cluster=tagged, kubeflow=small, stores=stores, ingress=INGRESS)
    changed = {urn.rpartition("::")[2] for urn in project.changes("preview")}
    # The provider's tags, the templates' and those of the volumes to come.
    assert changed == {"cluster", "general", "gpu", "aws-ebs-csi-driver"}

    assert "0 left" in project.succeed("destroy")
