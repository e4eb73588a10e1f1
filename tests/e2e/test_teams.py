"""A team of the smallest size takes all that Kubeflow makes; people may do what the table says."""

import re
from pathlib import Path
from typing import Any

import pytest

from components.teams.limits import limits
from kube.client import Client
from kube.errors import ApiStatusError
from kube.wait import wait_ready
from plan.model import Team
from plan.priority import PLATFORM_PRIORITY
from plan.quotas import SIZES
from tests.e2e import kubeflow_pods
from tests.e2e.access import may, until_rights_count
from tests.e2e.conftest import ROOT, Project
from tests.e2e.watching import until

pytestmark = pytest.mark.rehearsal

MANAGER = "kubeflow"
SECONDS = 90
Body = dict[str, Any]
PEOPLE = {"owner": "ada", "admin": "anna", "edit": "grace", "view": "edsger", "another": "eve"}
VISION = {
    "name": "vision",
    "owner": "ada@corp.test",
    "members": {
        "admin": ["anna@corp.test"],
        "edit": ["grace@corp.test"],
        "view": ["edsger@corp.test"],
    },
    "size": "small",
}
SPEECH = {"name": "speech", "owner": "eve@corp.test"}


@pytest.fixture(scope="module")
def platform(project: Project) -> Project:
    """Notebooks and pipelines with two teams."""
    project.configure(
        kubeflow={"components": ["notebooks", "pipelines"]},
        teams=[VISION, SPEECH],
        quota={"overcommit": "warn"},
    )
    project.succeed("up")
    return project


def placed(pod: Body, namespace: str) -> Body:
    return {**pod, "metadata": {**pod["metadata"], "namespace": namespace}}


def test_the_second_preview_is_quiet(platform: Project) -> None:
    assert platform.changes("preview") == {}


def test_every_pod_of_kubeflow_is_admitted_and_scheduled(platform: Project) -> None:
    client = platform.client
    made = [client.apply(placed(pod, "vision"), MANAGER) for pod in kubeflow_pods.EVERY]
    live = [wait_ready(client, pod, ("condition=PodScheduled",), SECONDS) for pod in made]
    sidecars = {
        pod["metadata"]["name"]
        for pod in live
        if "istio-proxy" in [one["name"] for one in pod["spec"]["containers"]]
    }
    assert sidecars == {"notebook", "tensorboard", "predictor"}
    assert all(
        one["resources"]["requests"].keys() >= {"cpu", "memory"}
        for pod in live
        for one in (*pod["spec"]["containers"], *pod["spec"].get("initContainers", ()))
    )


def test_more_than_the_quota_is_refused_in_words(platform: Project) -> None:
    greedy = kubeflow_pods.pod("greedy", kubeflow_pods.container("main", {"cpu": "5"}))
    with pytest.raises(ApiStatusError) as error:
        platform.client.apply(placed(greedy, "vision"), MANAGER)
    assert error.value.status == 403
    assert "exceeded quota: kf-resource-quota, requested: requests.cpu=" in str(error.value)
    assert "limited: requests.cpu=4" in str(error.value)


def accounts(client: Client, namespace: str) -> set[str]:
    return {
        one["metadata"]["name"]
        for one in client.list(client.resource("v1", "ServiceAccount"))
        if one["metadata"]["namespace"] == namespace
    }


def test_without_the_default_requests_a_step_of_a_pipeline_is_refused(platform: Project) -> None:
    client = platform.client
    bare = Team(
        name="bare",
        owner="x@y.test",
        members=(),
        quota=SIZES["small"],
        labels={},
        public_models=(),
    )
    quota = next(obj.body for obj in limits(bare) if obj.kind == "ResourceQuota")
    room = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "bare"}}
    client.apply(room, MANAGER)
    wait_ready(client, client.apply(quota, MANAGER), ("jsonpath={.status.hard.pods}=30",), SECONDS)
    # Without it a pod is refused, too, in other words.
    until(client, "v1", "ServiceAccount", lambda: {"default"} - accounts(client, "bare"), SECONDS)
    step = placed(kubeflow_pods.pipeline_step(), "bare")
    step["spec"] = {k: v for k, v in step["spec"].items() if k != "serviceAccountName"}
    try:
        with pytest.raises(ApiStatusError) as error:
            client.apply(step, MANAGER)
        assert "must specify requests.cpu for: " in str(error.value)
    finally:
        client.delete(room)


def test_where_nodes_are_full_a_pod_of_the_platform_goes_first(platform: Project) -> None:
    client = platform.client
    core = kubeflow_pods.container("main", {"cpu": "1"})
    hungry = [
        placed(
            kubeflow_pods.pod(f"hungry-{n}", core, annotations=kubeflow_pods.NO_SIDECAR), "speech"
        )
        for n in range(12)  # as many cores as all nodes have together
    ]
    for one in hungry:
        client.apply(one, MANAGER)

    def unseated() -> list[str]:
        live = [client.get(one) or {"status": {}} for one in hungry]
        reasons = [
            condition.get("reason")
            for one in live
            for condition in one["status"].get("conditions", ())
            if condition["type"] == "PodScheduled"
        ]
        return [] if "Unschedulable" in reasons else ["a pod without a node"]

    until(client, "v1", "Pod", unseated, SECONDS)
    shut = {**core, "securityContext": kubeflow_pods.NON_ROOT}
    first = kubeflow_pods.pod(
        "first",
        shut,
        annotations=kubeflow_pods.NO_SIDECAR,
        priorityClassName=PLATFORM_PRIORITY,
    )
    made = client.apply(placed(first, "kubeflow"), MANAGER)
    wait_ready(client, made, ("condition=PodScheduled",), SECONDS)
    assert len([one for one in hungry if client.get(one) is None]) >= 1, "nobody made room"
    with pytest.raises(ApiStatusError) as error:
        client.apply(placed(first, "speech"), MANAGER)
    assert "exceeded quota: no-platform-priority" in str(error.value)
    for one in (made, *hungry):
        client.delete(one)


VERBS = {"read": "get", "change": "create"}


def table() -> dict[tuple[str, str], set[str]]:
    """What docs/teams.md says: (resource, role) -> {read, change}."""
    text = (Path(ROOT) / "docs" / "teams.md").read_text()
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    start = next(n for n, line in enumerate(lines) if line.startswith("| resource |"))
    roles = [cell.strip() for cell in lines[start].strip("|").split("|")][1:]
    found = {}
    for line in lines[start + 1 :]:
        first, *cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not (name := re.fullmatch(r"`([^`]+)`", first)) or len(cells) != len(roles):
            break
        for role, cell in zip(roles, cells, strict=True):
            found[name[1], role] = set(re.findall(r"read|change", cell))
    return found


def test_people_may_do_what_the_table_says_and_nothing_else(platform: Project) -> None:
    said = table()
    assert {role for _, role in said} == set(PEOPLE)
    assert len({what for what, _ in said}) == 8
    client = platform.client
    until_rights_count(client)
    found = {}
    for what, role in said:
        namespace = "" if what.startswith(("nodes", "profiles")) else "vision"
        person = f"{PEOPLE[role]}@corp.test"
        found[what, role] = {
            word for word, verb in VERBS.items() if may(client, person, verb, what, namespace)
        }
    assert found == said
    assert not any(rights for (_, role), rights in found.items() if role == "another")
