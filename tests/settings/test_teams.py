"""Mistakes in teams: each has its line, all of them come at once."""

import json
from typing import Any

import pytest

from settings.load import read_settings
from settings.mistakes import SettingsError
from tests.settings.test_settings import GOOD

TEAM = {"name": "vision", "owner": "ada@corp.test"}
FORM = (
    "it has to be at most 40 small letters, digits and hyphens, beginning with a letter and not "
    "ending with a hyphen"
)


def mistakes(*teams: dict[str, Any]) -> list[str]:
    with pytest.raises(SettingsError) as error:
        read_settings("sandbox", json.dumps({**GOOD, "teams": list(teams)}))
    return [line.strip() for line in str(error.value).splitlines()[1:]]


@pytest.mark.parametrize(
    ("said", "line"),
    [
        pytest.param(
            {"name": "Data Science"},
            "teams[0].name: 'Data Science' is not allowed; it has to be at most 40 small letters, "
            "digits and hyphens, beginning with a letter and not ending with a hyphen; "
            "try data-science",
            id="35 no DNS label",
        ),
        pytest.param(
            {"owner": "A@B@c"},
            "teams[0].owner: 'A@B@c' is not allowed; it has to be an address like "
            "ada@your-domain.test",
            id="38 no address",
        ),
        pytest.param(
            {"owner": "Ann@x.io"},
            "teams[0].owner: 'Ann@x.io' is not allowed; people are known by the address their "
            "login says, in small letters; write ann@x.io",
            id="38 capitals",
        ),
        pytest.param(
            {"owner": "user@example.com"},
            "teams[0].owner: 'user@example.com' is not allowed; it is upstream's demo account; "
            "name a real person",
            id="40 the demo account",
        ),
        pytest.param(
            {"quota": {"memory": "16GB"}},
            "teams[0].quota.memory: '16GB' is not allowed; it is not a Kubernetes quantity; did "
            "you mean 16Gi?",
            id="41 unit",
        ),
        pytest.param(
            {"quota": {"storage": "1 tb"}},
            "teams[0].quota.storage: '1 tb' is not allowed; it is not a Kubernetes quantity; did "
            "you mean 1Ti?",
            id="41 another unit",
        ),
        pytest.param(
            {"quota": {"memory": 16}},
            "teams[0].quota.memory: 16 is not allowed; it has to be a size with its unit like 16Gi",
            id="41 no unit is bytes",
        ),
        pytest.param(
            {"quota": {"cpu": -2}},
            "teams[0].quota.cpu: -2 is not allowed; it has to be more than 0",
            id="42 negative",
        ),
        pytest.param(
            {"quota": {"cpu": "many"}},
            "teams[0].quota.cpu: 'many' is not allowed; it has to be cores like 4, 0.5 or 500m",
            id="42 no number",
        ),
        pytest.param(
            {"quota": {"memory": "0Gi"}},
            "teams[0].quota.memory: '0Gi' is not allowed; it has to be more than 0",
            id="42 zero",
        ),
        pytest.param(
            {"quota": {"storage": "-5Gi"}},
            "teams[0].quota.storage: '-5Gi' is not allowed; it has to be more than 0",
            id="42 negative storage",
        ),
        pytest.param(
            {"quota": {"volumes": 0}},
            "teams[0].quota.volumes: 0 is not allowed; it has to be at least 1",
            id="42 no volumes",
        ),
        pytest.param(
            {"quota": {"pods": 1.5}},
            "teams[0].quota.pods: 1.5 is not allowed; it has to be a whole number, without quotes",
            id="42 half a pod",
        ),
        pytest.param(
            {"quota": {"gpus": -1}},
            "teams[0].quota.gpus: -1 is not allowed; it has to be at least 0",
            id="42 negative GPUs",
        ),
        pytest.param(
            {"quota": {"limitsCpu1": 4}},
            "teams[0].quota.limitsCpu1: unknown setting; remove it, or use one of cpu, gpus, "
            "memory, pods, storage, volumes",
            id="43 unknown key",
        ),
        pytest.param(
            {"members": {"edit": ["eve@corp.test"], "view": ["eve@corp.test"]}},
            "teams[0].members: eve@corp.test stands there twice; give each person one role",
            id="two roles",
        ),
        pytest.param(
            {"members": {"edit": ["ada@corp.test"]}},
            "teams[0]: ada@corp.test is the owner, who is admin already; remove it from members",
            id="the owner as a member",
        ),
        pytest.param(
            {"members": {"groups": ["data-science"]}},
            "teams[0].members: groups are no members: Kubeflow's pages ask Kubernetes about one "
            "person and never about a group; name its people",
            id="groups",
        ),
        pytest.param(
            {"members": {"edit": ["group:data-science"]}},
            "teams[0].members.edit[0]: 'group:data-science' is not allowed; Kubeflow's pages ask "
            "Kubernetes about one person and never about a group; name its people",
            id="a group as a person",
        ),
        pytest.param(
            {"owner": "system:masters"},
            "teams[0].owner: 'system:masters' is not allowed; Kubeflow's pages ask Kubernetes "
            "about one person and never about a group; name its people",
            id="a group as the owner",
        ),
        pytest.param(
            {"awsPolicies": ["arn:aws:iam::aws:policy/AdministratorAccess"]},
            "teams[0].awsPolicies[0]: 'arn:aws:iam::aws:policy/AdministratorAccess' is not "
            "allowed; it has to be a policy of your account like "
            "arn:aws:iam::123456789012:policy/read-our-images; AWS' own reach further than a team "
            "has to",
            id="a policy of AWS' own",
        ),
        pytest.param(
            {"size": "huge"},
            "teams[0].size: 'huge' is not allowed; use 'small', 'medium' or 'large'",
            id="unknown size",
        ),
    ],
)
def test_a_mistake_has_its_line(said: dict[str, Any], line: str) -> None:
    assert mistakes({**TEAM, **said}) == [line]


def test_a_label_of_the_platforms_is_none_of_a_teams() -> None:
    [line] = mistakes({**TEAM, "labels": {"kubeflow-stack/name": "x"}})
    assert "those with one are the platform's" in line


def test_37_two_teams_of_one_name() -> None:
    speech = {**TEAM, "name": "speech"}
    assert mistakes(TEAM, speech, TEAM) == [
        "teams: team name used twice: vision (teams[0], teams[2]); give each a name of its own"
    ]


def test_37_two_teams_that_become_one_in_small_letters() -> None:
    found = mistakes(TEAM, {**TEAM, "name": "Vision"}, {**TEAM, "name": "Data Science"})
    assert found == [
        "teams[1].name: 'Vision' becomes vision, as teams[0] does; choose another",
        f"teams[1].name: 'Vision' is not allowed; {FORM}; try vision",
        f"teams[2].name: 'Data Science' is not allowed; {FORM}; try data-science",
    ]


def test_all_mistakes_come_at_once() -> None:
    found = mistakes(
        {"name": "Vision", "owner": "ada", "quota": {"cpu": 0}},
        {"name": "speech", "quota": {"pods": 0}},
    )
    assert [line.partition(":")[0] for line in found] == [
        "teams[0].name",
        "teams[0].owner",
        "teams[0].quota.cpu",
        "teams[1].owner",
        "teams[1].quota.pods",
    ]
