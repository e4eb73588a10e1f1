"""Production as it ships, in each cloud: up in one pass, quiet, and whole again after a node."""

from collections.abc import Iterator

import pytest

from kube.client import Client
from tests.e2e.conftest import ROOT, Project, claims, forget
from tests.e2e.test_drift import lose, neighbours, node_of_the_databases, settled

pytestmark = pytest.mark.rehearsal


def nodes(client: Client) -> dict[str, str]:
    """Names and identities of all nodes."""
    found = client.list(client.resource("v1", "Node"))
    return {one["metadata"]["name"]: one["metadata"]["uid"] for one in found}


@pytest.fixture(params=["aws-prod", "digitalocean-prod"])
def as_shipped(project: Project, request: pytest.FixtureRequest) -> Iterator[Project]:
    """A stack with its domain alone changed; forgotten, for what prod keeps is in the way."""
    text = (ROOT / "stacks" / f"Pulumi.{request.param}.yaml").read_text()
    shipped = text.replace("your-domain.test", "corp.test")
    assert shipped != text
    (project.root / "stacks" / f"Pulumi.{project.stack}.yaml").write_text(shipped)
    yield project
    forget(project)


def test_it_comes_in_one_pass_and_a_node_may_go(as_shipped: Project) -> None:
    project = as_shipped
    assert "every pod has a node" in project.succeed("up")
    assert project.rejected() == []
    assert project.changes("preview") == {}
    client = project.client
    for body in neighbours():
        client.apply(body, "test")
    assert settled(client).waiting == ()
    kept = claims(project)
    assert {phase for _, phase, _ in kept.values()} == {"Bound"}

    lost = node_of_the_databases(client)
    machine = nodes(client)[lost]
    lose(client, lost)
    # Where volumes are of one zone another node has to come, and it may get the name.
    assert settled(client).waiting == ()
    assert machine not in nodes(client).values()
    assert claims(project) == kept, "the volumes are the same ones"
    assert project.changes("preview") == {}
