"""A stack that makes its cluster on DigitalOcean, rehearsed: up, quiet, guarded, and gone."""

import pytest

from tests.e2e.conftest import Project

pytestmark = pytest.mark.rehearsal

CLUSTER = {
    "provider": "digitalocean",
    "region": "fra1",
    "network": {"entry": {"sources": ["203.0.113.0/24"], "hostedZone": "corp.test"}},
}
POOLS = [{"name": "general", "instanceTypes": ["s-4vcpu-16gb-amd"], "nodes": 3}]
SMALL = {"components": "pipelines"}
INGRESS = {"domain": "ml.corp.test", "auth": {"adminEmail": "ada@corp.test"}}


def test_a_cluster_of_its_own_comes_changes_and_goes(project: Project) -> None:
    """One long story: every `up` needs the one before."""
    project.configure(cluster=CLUSTER, pools=POOLS, kubeflow=SMALL, ingress=INGRESS)
    assert "every pod has a node" in project.succeed("up")
    claims = project.client.list(project.client.resource("v1", "PersistentVolumeClaim"))
    assert {claim["spec"]["storageClassName"] for claim in claims} == {"do-block-storage"}
    assert {claim["status"]["phase"] for claim in claims} == {"Bound"}
    metadata = {"namespace": "istio-system", "name": "istio-ingressgateway-entry"}
    entry = project.client.get({"apiVersion": "v1", "kind": "Service", "metadata": metadata})
    assert entry is not None
    assert entry["status"]["loadBalancer"]["ingress"], "its address was awaited"
    assert project.changes("preview") == {}
    assert project.changes("up") == {}

    project.configure(
        cluster={**CLUSTER, "region": "ams3"}, pools=POOLS, kubeflow=SMALL, ingress=INGRESS
    )
    for command in ("preview", "up"):
        refused = project.run(command)
        assert refused.returncode != 0
        said = " ".join((refused.stdout + refused.stderr).split())
        assert "cluster.region: 'fra1' -> 'ams3'" in said

    project.configure(
        cluster={**CLUSTER, "highAvailability": True}, pools=POOLS, kubeflow=SMALL, ingress=INGRESS
    )
    changed = {urn.rpartition("::")[2] for urn in project.changes("preview")}
    assert changed == {"cluster", "replacement-guard"}

    assert "0 left" in project.succeed("destroy")
