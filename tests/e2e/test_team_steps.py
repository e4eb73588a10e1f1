"""A team's life, one step at a time: each changes what it has to and leaves nothing stale."""

from typing import Any

import pytest

from kube.wait import wait_gone
from tests.e2e.access import may, until_rights_count
from tests.e2e.conftest import Project
from tests.e2e.watching import until

pytestmark = pytest.mark.rehearsal

SECONDS = 60
TEAM: dict[str, Any] = {"name": "vision", "owner": "ada@corp.test", "size": "small"}
NOTEBOOK = {
    "apiVersion": "kubeflow.org/v1",
    "kind": "Notebook",
    "metadata": {"name": "thinking", "namespace": "vision"},
    "spec": {"template": {"spec": {"containers": [{"name": "thinking", "image": "a/b:1"}]}}},
}
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "demo", "namespace": "vision"},
    "spec": {
        "replicas": 0,
        "selector": {"matchLabels": {"app": "demo"}},
        "template": {
            "metadata": {"labels": {"app": "demo"}},
            "spec": {"containers": [{"name": "demo", "image": "a/b:1"}]},
        },
    },
}
GATES = {"team-names": "update", "user-workloads": "update"}


def step(project: Project, *teams: dict[str, Any]) -> dict[str, str]:
    """What an `up` with these teams changes, by kind and name; the preview says the same."""
    configure(project, *teams)
    foreseen = named(project.changes("preview"))
    done = named(project.changes("up"))
    until_rights_count(project.client)
    assert foreseen == done
    return done


def configure(project: Project, *teams: dict[str, Any]) -> None:
    project.configure(
        kubeflow={"components": ["notebooks"]}, teams=list(teams), quota={"overcommit": "warn"}
    )


def named(changes: dict[str, str]) -> dict[str, str]:
    parts = {urn: urn.split("::") for urn in changes}
    return {
        f"{part[2].rpartition(':')[2]} {part[3]}".removeprefix("UserWorkloads ").removeprefix(
            "FreeNames "
        ): changes[urn]
        for urn, part in parts.items()
    }


@pytest.fixture(scope="module")
def stack(project: Project) -> Project:
    """A stack without teams."""
    configure(project)
    project.succeed("up")
    return project


def live(project: Project, api_version: str, kind: str, name: str) -> dict[str, Any] | None:
    metadata = (
        {"name": name}
        if kind in ("Namespace", "Profile")
        else {"name": name, "namespace": "vision"}
    )
    return project.client.get({"apiVersion": api_version, "kind": kind, "metadata": metadata})


def test_a_namespace_that_is_somebody_elses_is_not_taken_over(stack: Project) -> None:
    room = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "vision"}}
    stack.client.apply(room, "somebody")
    configure(stack, TEAM)
    refused = stack.run("preview")
    said = " ".join((refused.stdout + refused.stderr).split())
    assert refused.returncode != 0
    assert "teams: the namespace 'vision' exists and is not this stack's" in said
    uid = stack.client.delete(room)
    assert uid
    wait_gone(stack.client, room, uid, 60)


def test_a_team_is_added(stack: Project) -> None:
    done = step(stack, TEAM)
    assert set(done.values()) == {"create", "update"}
    assert {key for key, op in done.items() if op == "update"} == set(GATES)
    profile = live(stack, "kubeflow.org/v1", "Profile", "vision")
    assert profile
    assert profile["metadata"]["finalizers"] == ["profile-finalizer"]
    assert may(stack.client, "ada@corp.test", "create", "notebooks.kubeflow.org", "vision")


def test_a_member_comes_and_goes(stack: Project) -> None:
    name = "vision/user-grace-corp-test-clusterrole-edit"
    both = {f"RoleBinding {name}", f"AuthorizationPolicy {name}"}
    with_grace = {**TEAM, "members": {"edit": ["grace@corp.test"]}}
    assert step(stack, with_grace) == dict.fromkeys(both, "create")
    assert may(stack.client, "grace@corp.test", "create", "pods", "vision")
    assert step(stack, TEAM) == dict.fromkeys(both, "delete")
    assert not may(stack.client, "grace@corp.test", "create", "pods", "vision")


def test_another_owner_takes_over_and_the_old_one_is_out(stack: Project) -> None:
    TEAM["owner"] = "grace@corp.test"
    begun = len(stack.done())
    assert step(stack, TEAM) == {
        "Namespace vision": "update",
        "Profile vision": "update",
        "RoleBinding vision/namespaceAdmin": "update",
    }
    done = stack.done()[begun:]
    # The controller refuses a Profile while its namespace is another owner's.
    assert done.index(("changed", "namespaces vision/vision")) < done.index(
        ("changed", "profiles vision")
    )
    binding = live(stack, "rbac.authorization.k8s.io/v1", "RoleBinding", "namespaceAdmin")
    assert binding
    assert binding["metadata"]["annotations"] == {"role": "admin", "user": "grace@corp.test"}
    assert may(stack.client, "grace@corp.test", "create", "pods", "vision")
    assert not may(stack.client, "ada@corp.test", "create", "pods", "vision")


@pytest.mark.parametrize(("cpu", "said"), [(6, "6"), ("1500m", "1500m")])
def test_a_quota_is_raised_and_lowered(stack: Project, cpu: int | str, said: str) -> None:
    done = step(stack, {**TEAM, "quota": {"cpu": cpu}})
    assert done == {
        "Profile vision": "update",
        "ResourceQuota vision/kf-resource-quota": "update",
    }

    def lacking() -> list[str]:
        quota = live(stack, "v1", "ResourceQuota", "kf-resource-quota")
        assert quota
        hard: str = quota["spec"]["hard"]["requests.cpu"]
        return [] if hard == said else [f"{said}, it is {hard}"]

    # The controller may put back what it knew of the Profile, until it hears of the change.
    until(stack.client, "v1", "ResourceQuota", lacking, SECONDS)


def test_a_quota_that_is_taken_out_is_gone_and_stays_gone(stack: Project) -> None:
    free = {"name": "vision", "owner": TEAM["owner"]}
    assert step(stack, free) == {
        "LimitRange vision/default-requests": "delete",
        "PodDefault vision/use-gpu-nodes": "create",  # no quota forbids GPUs any more
        "Profile vision": "update",
        "ResourceQuota vision/kf-resource-quota": "delete",
    }
    assert live(stack, "v1", "ResourceQuota", "kf-resource-quota") is None
    assert stack.changes("preview") == {}


def test_a_second_team_touches_nothing_of_the_first(stack: Project) -> None:
    done = step(stack, {"name": "vision", "owner": TEAM["owner"]}, {**TEAM, "name": "speech"})
    assert not [key for key in done if "vision" in key]
    done = step(stack, {"name": "vision", "owner": TEAM["owner"]})
    assert not [key for key in done if "vision" in key]


def test_a_team_that_holds_something_does_not_leave(stack: Project) -> None:
    client = stack.client
    for body in (NOTEBOOK, DEPLOYMENT):
        client.apply(body, "somebody")
    begun = stack.writes()
    for teams, word in (([], "preview"), ([], "up"), ([{**TEAM, "name": "sight"}], "preview")):
        configure(stack, *teams)
        refused = stack.run(word)
        said = refused.stdout + refused.stderr
        assert refused.returncode != 0
        for line in ("users have 2 objects", "Deployment vision/demo", "Notebook vision/thinking"):
            assert line in said
        assert "A namespace cannot be renamed: add a team" in said
    assert stack.writes() == begun
    room = live(stack, "v1", "Namespace", "vision")
    assert room
    assert "deletionTimestamp" not in room["metadata"]
    for body in (NOTEBOOK, DEPLOYMENT):
        client.delete(body)


def test_an_empty_team_takes_another_name_in_one_step(stack: Project) -> None:
    done = step(stack, {**TEAM, "name": "sight"})
    ended = {key for key, op in done.items() if op == "delete"}
    begun = {key for key, op in done.items() if op == "create"}
    assert {key for key, op in done.items() if op == "update"} == set(GATES)
    assert {"Namespace vision", "Profile vision"} <= ended
    assert {"Namespace sight", "Profile sight"} <= begun
    assert live(stack, "v1", "Namespace", "vision") is None
    assert stack.changes("preview") == {}
    step(stack, TEAM)


def test_an_empty_team_leaves_with_all_that_was_made_for_it(stack: Project) -> None:
    done = step(stack)
    assert {op for key, op in done.items() if key not in GATES} == {"delete"}
    assert live(stack, "v1", "Namespace", "vision") is None
    assert live(stack, "kubeflow.org/v1", "Profile", "vision") is None
    assert "0 left" in stack.succeed("destroy")
