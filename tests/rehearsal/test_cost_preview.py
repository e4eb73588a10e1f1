"""A preview says what it changes about the bill, without a cluster and without a cloud."""

from pathlib import Path
from typing import Any

import pytest

from cost.asked import stack_bill
from cost.report import as_output
from rehearsal.session import open_session
from tests.e2e.conftest import Project, linked_project

AWS = {
    "provider": "aws",
    "region": "us-east-1",
    "admins": ["arn:aws:iam::123456789012:role/platform-admin"],
}


def pools(nodes: int) -> list[dict[str, Any]]:
    return [{"name": "general", "instanceTypes": ["m5.xlarge"], "nodes": nodes}]


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("KUBEFLOW_STACK_CACHE", str(tmp_path / "cache"))
    (tmp_path / "project").mkdir()
    made = linked_project(tmp_path / "project", "priced")
    made.configure(cluster=AWS, pools=pools(3), cost={"usage": "none"})
    return made


def test_one_node_more_than_at_the_last_up_is_in_the_preview(stack: Project) -> None:
    session = open_session(stack.root, stack.stack)
    session.folder.mkdir(parents=True)
    session.keep_cost(as_output(stack_bill(session)[1]))
    stack.configure(cluster=AWS, pools=pools(4), cost={"usage": "none"})
    told = " ".join(stack.succeed("preview").split())
    assert "+$148.16 by changed resources, +$0.00 by changed prices" in told
    assert "+$140.16 NodeGroup general: nodes, m5.xlarge, on demand" in told
    assert "+$8.00 NodeGroup general: root volumes, gp3" in told

    session.keep_cost(None)
    assert session.last_cost() is None


def test_a_preview_beyond_the_budget_fails_before_a_single_resource(stack: Project) -> None:
    stack.configure(cluster=AWS, pools=pools(3), cost={"usage": "none"}, budget={"monthly": 100})
    done = stack.run("preview")
    assert done.returncode == 1
    assert "budget.monthly: $" in done.stderr
    assert "more than the $100.00 allowed" in " ".join(done.stderr.split())
    assert "create" not in done.stdout
    assert "cost: $" in done.stdout, "the bill is shown all the same"


def test_a_preview_that_adds_too_much_at_once_is_refused(stack: Project) -> None:
    session = open_session(stack.root, stack.stack)
    session.folder.mkdir(parents=True)
    session.keep_cost(as_output(stack_bill(session)[1]))
    wish = {"cluster": AWS, "cost": {"usage": "none"}}
    stack.configure(**wish, pools=pools(4), budget={"maxIncrease": 148.16})
    stack.succeed("preview")
    stack.configure(**wish, pools=pools(4), budget={"maxIncrease": 148})
    done = stack.run("preview")
    assert done.returncode == 1
    assert "budget.maxIncrease: what stands would cost more by $148.16" in " ".join(
        done.stderr.split()
    )


def test_a_budget_that_only_warns_lets_the_preview_through(stack: Project) -> None:
    stack.configure(
        cluster=AWS, pools=pools(3), budget={"monthly": 1, "level": "warn"}, cost={"usage": "none"}
    )
    told = " ".join(stack.succeed("preview").split())
    assert "more than the $1.00 allowed" in told
