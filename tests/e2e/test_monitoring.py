"""Prometheus and Grafana beside all of Kubeflow on three small nodes: up, quiet, and gone."""

import pytest
import yaml

from kube.client import Client
from rehearsal.placement import placement
from tests.e2e.conftest import Project

pytestmark = pytest.mark.rehearsal

OPERATORS = "monitoring.coreos.com/v1"
CLUSTER = {"provider": "existing", "kubernetes": "1.35", "zones": ["a"], "storageClass": "fast"}
POOLS = [{"name": "base", "instanceTypes": ["s-4vcpu-16gb-amd"], "nodes": 3}]
MANAGED = {
    "mode": "managed",
    "retentionDays": 7,
    "receivers": {"slackChannel": "#ml-alerts", "pagerDuty": True},
}
SECRETS = {"slackWebhookUrl": "https://hooks.test/5e1f", "pagerDutyKey": "5e1f7a"}


def watchers(client: Client) -> dict[str, str]:
    """Pods that prometheus-operator's stand-in asked for, by name, each with its phase."""
    pods = client.list(
        client.resource("v1", "Pod"), "app.kubernetes.io/managed-by=prometheus-operator"
    )
    return {pod["metadata"]["name"]: pod["status"]["phase"] for pod in pods}


def test_it_comes_beside_all_of_kubeflow_changes_nothing_twice_and_goes(project: Project) -> None:
    """One long story: every command needs the one before."""
    project.configure(cluster=CLUSTER, pools=POOLS, monitoring=MANAGED)
    path = project.root / "stacks" / f"Pulumi.{project.stack}.yaml"
    content = yaml.safe_load(path.read_text())
    content["config"] |= {f"kubeflow:{key}": text for key, text in SECRETS.items()}
    path.write_text(yaml.safe_dump(content))
    assert "own Prometheus and Grafana, 7 days" in project.succeed("up")
    assert placement(project.client).waiting == ()
    assert watchers(project.client) == {
        "alertmanager-main-0": "Running",
        "prometheus-k8s-0": "Running",
    }
    rules = project.client.list(project.client.resource(OPERATORS, "PrometheusRule"))
    assert len([rule for rule in rules if rule["metadata"]["namespace"] == "kubeflow"]) == 6
    (alertmanager,) = project.client.list(project.client.resource(OPERATORS, "Alertmanager"))
    assert alertmanager["spec"]["secrets"] == ["alert-receivers"]
    claims = project.client.list(project.client.resource("v1", "PersistentVolumeClaim"))
    (metrics,) = (one for one in claims if one["metadata"]["namespace"] == "monitoring")
    assert metrics["status"]["phase"] == "Bound"
    assert project.changes("preview") == {}
    assert project.changes("up") == {}
    assert project.rejected() == []
    assert "0 left" in project.succeed("destroy")
