"""A team's accounts name the pull secret before anything runs as them, and nothing else changes."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components.teams import pulling_accounts
from components.teams.pulling_accounts import ACCOUNTS, MANAGER, _Field
from components.teams.team import TeamArgs, TeamRoom
from tests.components.clusters import bare_cluster
from tests.components.test_teams import team

Json = dict[str, Any]
PROPS = {
    "kubeconfig": "x",
    "namespace": "vision",
    "accounts": list(ACCOUNTS),
    "secret": "registry-credentials",
}
PULLING = [{"name": "registry-credentials"}]


class Cluster:
    """Accounts by name, and who applied what; an apply makes what is not there, as it does."""

    def __init__(self, *names: str) -> None:
        self.accounts: dict[str, Json] = {name: {} for name in names}
        self.applied: list[tuple[str, str]] = []

    def get(self, body: Json) -> Json | None:
        assert body["metadata"]["namespace"] == "vision"
        return self.accounts.get(body["metadata"]["name"])

    def apply(self, body: Json, manager: str) -> None:
        assert body.keys() <= {"apiVersion", "kind", "metadata", "imagePullSecrets"}
        assert body["metadata"].keys() == {"name", "namespace"}
        name = body["metadata"]["name"]
        self.accounts[name] = {k: v for k, v in body.items() if k == "imagePullSecrets"}
        self.applied.append((name, manager))


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """A namespace with the account that Kubernetes makes."""
    found = Cluster("default")
    monkeypatch.setattr(pulling_accounts, "Client", lambda _: found)
    return found


def test_every_account_pulls_also_one_that_is_not_there_yet(cluster: Cluster) -> None:
    assert _Field().create(PROPS).outs == PROPS
    assert cluster.accounts == {name: {"imagePullSecrets": PULLING} for name in ACCOUNTS}
    assert {manager for _, manager in cluster.applied} == {MANAGER}


def test_the_field_is_given_back_and_no_account_is_made_or_taken_by_it(cluster: Cluster) -> None:
    _Field().create(PROPS)
    del cluster.accounts["default-viewer"]
    _Field().delete("x", PROPS)
    assert cluster.accounts == {"default": {}, "default-editor": {}}


def test_a_refresh_sees_an_account_that_lost_it_and_the_next_up_mends_it(cluster: Cluster) -> None:
    _Field().create(PROPS)
    assert _Field().read("x", PROPS).outs == PROPS
    cluster.accounts["default"] = {"imagePullSecrets": [{"name": "another"}]}
    del cluster.accounts["default-viewer"]
    seen = _Field().read("x", PROPS).outs
    assert seen == {**PROPS, "accounts": ["default-editor"]}
    assert _Field().diff("x", seen, PROPS).changes
    _Field().update("x", seen, PROPS)
    assert _Field().read("x", PROPS).outs == PROPS


def test_new_credentials_to_the_cluster_are_kept_for_destroy_and_nothing_is_applied() -> None:
    news = {**PROPS, "kubeconfig": "new"}
    assert _Field().diff("x", PROPS, news).changes
    assert _Field().update("x", PROPS, news).outs == news  # there is no cluster to apply it to


def room(deploy: Callable[..., Any], *, wants_login: bool) -> Any:
    def program() -> None:
        cluster = bare_cluster()
        login = pulumi.Output.from_input("{}") if wants_login else None
        args = TeamArgs(
            monitoring=None,
            team=team(),
            cluster=cluster,
            labels={"stack": "x"},
            components=(),
            ready=cluster.provider,
            outside=None,
            registry_credentials=login,
        )
        TeamRoom("vision", args)

    return deploy(program)


FIELD = "pulumi-python:dynamic/kubeflow:PullingAccounts", "vision-accounts"
SECRET = "kubernetes:core/v1:Secret", "vision/registry-credentials"
PROFILE = "kubernetes:kubeflow.org/v1:Profile", "vision"


def test_secret_and_accounts_are_there_before_the_profile_brings_pods(
    deploy: Callable[..., Any],
) -> None:
    graph = room(deploy, wants_login=True)
    assert graph.goals[SECRET].inputs["type"] == "kubernetes.io/dockerconfigjson"
    after = {urn.rpartition("::")[2] for urn in graph.goals[PROFILE].dependencies}
    assert {"vision-accounts", "vision/registry-credentials"} <= after
    before = {urn.rpartition("::")[2] for urn in graph.goals[FIELD].dependencies}
    assert {"vision", "vision/registry-credentials"} <= before


def test_without_a_login_there_is_neither(deploy: Callable[..., Any]) -> None:
    goals = room(deploy, wants_login=False).goals
    assert PROFILE in goals
    assert SECRET not in goals
    assert FIELD not in goals
