"""A team's quota is what was said, can be worked with, and is within what the pools reach."""

from typing import Any

import pytest

from plan.build import make_plan
from plan.model import Member, Plan, Quota
from plan.quotas import SIZES
from plan.teams import binding_name, report
from settings.mistakes import SettingsError
from settings.model import Settings

GENERAL = {"name": "general", "instanceTypes": ["m5.xlarge"], "nodes": 3}
GPU = {"name": "gpu", "instanceTypes": ["g4dn.xlarge"], "nodes": 0, "minNodes": 0, "maxNodes": 4}
TEAM = {"name": "vision", "owner": "ada@corp.test"}


def planned(*teams: dict[str, Any], pools: Any = (GENERAL, GPU), **sections: Any) -> Plan:
    said = {
        "cluster": {
            "provider": "existing",
            "kubernetes": "1.35",
            "zones": ["a"],
            "storageClass": "standard",
        },
        "pools": list(pools),
        "ingress": {"domain": "ml.b.test", "auth": {"adminEmail": "ada@corp.test"}},
        "teams": list(teams),
    }
    return make_plan(Settings.model_validate({**said, **sections}), "dev")


def mistakes(*teams: dict[str, Any], **sections: Any) -> list[str]:
    with pytest.raises(SettingsError) as error:
        planned(*teams, **sections)
    return [line.strip() for line in str(error.value).splitlines()[1:]]


def test_members_and_a_quota_in_base_units() -> None:
    said = {
        **TEAM,
        "members": {"view": ["eve@corp.test"], "edit": ["bob@corp.test", "al@corp.test"]},
        "quota": {"cpu": "2500m", "memory": "8Gi", "storage": "0.5Ti", "gpus": 2},
    }
    [team] = planned(said).teams
    assert team.members == (
        Member(person="al@corp.test", role="edit"),
        Member(person="bob@corp.test", role="edit"),
        Member(person="eve@corp.test", role="view"),
    )
    assert team.quota == Quota(
        cpu_m=2500, memory_mib=8192, storage_mib=524288, volumes=None, gpus=2, pods=None
    )


def test_a_single_value_goes_before_the_size() -> None:
    [team] = planned({**TEAM, "size": "small", "quota": {"gpus": 1}}).teams
    assert team.quota == Quota(
        cpu_m=4000, memory_mib=16384, storage_mib=102400, volumes=10, gpus=1, pods=30
    )


def test_without_size_and_quota_nothing_is_limited() -> None:
    assert planned(TEAM).teams[0].quota is None


def test_sizes_grow_and_bring_no_gpus() -> None:
    small, medium, large = SIZES["small"], SIZES["medium"], SIZES["large"]
    for field in ("cpu_m", "memory_mib", "storage_mib", "volumes", "pods"):
        assert getattr(small, field) < getattr(medium, field) < getattr(large, field)
    assert {size.gpus for size in SIZES.values()} == {0}


@pytest.mark.parametrize(
    ("said", "line"),
    [
        pytest.param(
            {"name": "kubeflow"},
            "teams[0].name: 'kubeflow' is a namespace of the platform; choose another",
            id="36 reserved",
        ),
        pytest.param(
            {"name": "kube-public"},
            "teams[0].name: 'kube-public' is a namespace of the platform; choose another",
            id="36 the cluster's own",
        ),
        pytest.param(
            {"quota": {"gpus": 8}},
            "teams[0].quota.gpus: 8 GPUs > 4 GPUs that the pools can reach (gpu: 4 of "
            "g4dn.xlarge); lower it, or raise maxNodes",
            id="44 more GPUs than there can be",
        ),
        pytest.param(
            {"size": "large"},
            "teams[0].size: 192 GiB > 103.1 GiB that the pools can reach (general: 3 of "
            "m5.xlarge, gpu: 4 of g4dn.xlarge); lower it, or raise maxNodes",
            id="44 a size that is too large",
        ),
        pytest.param(
            {"quota": {"cpu": 0.1}},
            "teams[0].quota.cpu: 0.1 CPU is less than 1 CPU, which one notebook and one step of "
            "a pipeline need",
            id="46 too little to work with",
        ),
        pytest.param(
            {"awsPolicies": ["arn:aws:iam::123456789012:policy/read-images"]},
            "teams[0].awsPolicies: only a cluster that the stack makes on AWS gives pods an "
            "identity; remove it",
            id="an identity that nobody gives",
        ),
        pytest.param(
            {"members": {"edit": ["a.b@corp.test", "a-b@corp.test"]}},
            "teams[0].members: a-b@corp.test and a.b@corp.test differ only in punctuation, which "
            "Kubeflow's access management does not tell apart; use another address",
            id="two people of one binding",
        ),
    ],
)
def test_a_mistake_has_its_line(said: dict[str, Any], line: str) -> None:
    assert line in mistakes({**TEAM, **said})


def test_47_a_quota_of_gpus_without_a_gpu_pool() -> None:
    assert mistakes({**TEAM, "quota": {"gpus": 1}}, pools=(GENERAL,)) == [
        "teams[0].quota.gpus: there is no pool with GPUs in this stack; add one, or set it to 0"
    ]
    assert planned({**TEAM, "quota": {"gpus": 0}}, pools=(GENERAL,)).teams[0].quota


def test_45_all_quotas_together_are_refused_or_only_said() -> None:
    teams = [{**TEAM, "name": name, "size": "small"} for name in ("a", "b", "c", "d")]
    line = "all teams together may ask for 16 CPU > 11.76 CPU that the pools can reach"
    [refused, _] = mistakes(*teams, pools=(GENERAL,), quota={"overcommit": "refuse"})
    assert refused == (f"quota.overcommit: {line}; lower quotas, raise maxNodes, or set it to warn")
    assert f"teams: {line}" in planned(*teams, pools=(GENERAL,)).team_warnings
    assert mistakes(*teams, pools=(GENERAL,), environment="prod")[0] == refused
    assert planned(
        *teams, pools=(GENERAL,), environment="prod", quota={"overcommit": "warn"}
    ).team_warnings


def test_39_one_owner_of_two_teams_is_said() -> None:
    teams = {**TEAM, "name": "a"}, {**TEAM, "name": "b"}
    assert planned(*teams).team_warnings == (
        "teams: ada@corp.test owns 2 teams; that is allowed, members are preferred",
    )


def test_all_mistakes_come_at_once() -> None:
    found = mistakes(
        {**TEAM, "name": "auth", "quota": {"cpu": "10m", "gpus": 5}},
        {**TEAM, "quota": {"pods": 1}},
    )
    assert [line.partition(":")[0] for line in found] == [
        "teams[0].name",
        "teams[0].quota.cpu",
        "teams[0].quota.gpus",
        "teams[1].quota.pods",
    ]


def test_teams_need_the_component_that_makes_them() -> None:
    found = mistakes(TEAM, kubeflow={"components": ["knative"]})
    assert found == ["teams: need the component profiles; add it to kubeflow.components"]


def test_bindings_are_called_as_access_management_calls_them() -> None:
    """By `getBindingName` in kubeflow/dashboard: user kind, name, role kind, role."""
    assert binding_name("Ada.L@x.io", "edit") == "user-ada-l-x-io-clusterrole-edit"


def test_the_preview_tells_quotas_and_shares() -> None:
    teams = planned({**TEAM, "size": "small"}, {"name": "free", "owner": "e@corp.test"})
    assert report(teams.teams, teams.cluster.pools).splitlines() == [
        "team free: no quota: it may use all there is",
        "team vision: quota, and share of the pools at their largest: cpu 4 (15%), memory 16 GiB "
        "(16%), storage 100 GiB, volumes 10, gpus 0, pods 30 (10%)",
    ]
