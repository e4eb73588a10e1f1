"""A team that asks for policies has a role with these, for the account its work runs as."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from components.cluster.choice import build_cluster
from rehearsal.engine.aws_resources import answers
from settings.mistakes import SettingsError
from tests.components.cluster.test_bucket import planned

Deploy = Callable[..., Any]
QUERY = "arn:aws:iam::123456789012:policy/query"
OURS = "arn:aws:iam::123456789012:policy/teams/read-images"
VISION = {"name": "vision", "owner": "ada@corp.test", "awsPolicies": [OURS, QUERY]}
SPEECH = {"name": "speech", "owner": "eve@corp.test"}


def test_a_team_with_policies_has_a_role_and_another_has_none(deploy: Deploy) -> None:
    made = planned(teams=[VISION, SPEECH])
    graph = deploy(lambda: build_cluster("cluster", made, None), None, answers(made.cluster))
    role = graph["aws:iam/role:Role", "team-vision"]
    (trusted,) = json.loads(role["assumeRolePolicy"])["Statement"]
    assert trusted["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    attached = {
        goal.name: goal.inputs["policyArn"]
        for goal in graph.goals.values()
        if goal.type.endswith(":RolePolicyAttachment") and goal.name.startswith("team-")
    }
    assert attached == {
        "team-vision-query": QUERY,
        "team-vision-teams/read-images": OURS,
    }
    made_for_team = [
        goal
        for (type_, name), goal in graph.goals.items()
        if type_.startswith("aws:") and name.startswith("team-")
    ]
    assert len(made_for_team) == 4
    for one in made_for_team:
        assert "pulumi:providers:aws::cluster" in one.provider, "tagged, and in the stack's account"
    kind = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
    goal = graph.goals[kind, "team-vision"]
    assert goal.inputs["namespace"] == "vision"
    assert goal.inputs["serviceAccount"] == "default-editor"
    assert {urn.rpartition("::")[2] for urn in goal.dependencies} >= attached.keys()
    assert not [name for _, name in graph.goals if "speech" in name and "team-" in name]


def test_without_policies_there_is_nothing_of_it(deploy: Deploy) -> None:
    made = planned(teams=[SPEECH])
    graph = deploy(lambda: build_cluster("cluster", made, None), None, answers(made.cluster))
    assert not [type_ for type_, _ in graph.goals if type_ == "kubeflow:aws:TeamIdentities"]


def test_a_policy_of_another_account_is_refused() -> None:
    theirs = "arn:aws:iam::999999999999:policy/query"
    with pytest.raises(SettingsError) as error:
        planned(teams=[SPEECH, {**VISION, "awsPolicies": [QUERY, theirs]}])
    assert str(error.value).splitlines()[1:] == [
        f"  teams[1].awsPolicies[1]: {theirs} is not of cluster.accountId 123456789012; name one "
        "that is"
    ]
