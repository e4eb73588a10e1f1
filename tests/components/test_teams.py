"""A team's objects: what the settings say last is all that counts."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.teams import free_names
from components.teams.free_names import TakenNameError, _Gate
from components.teams.limits import binary, cores, limits
from components.teams.team import Outside, TeamArgs, TeamRoom, team_objects
from plan.machines import token_rule
from plan.model import Allocatable, Member, Pool, Quota, Taint, Team
from plan.quantities import cpu_millicores, mebibytes
from plan.quotas import SIZES
from plan.teams import RESERVED
from tests.components.clusters import bare_cluster
from tests.ingresses import planned, said
from upstream.model import Release

POOL = Pool(
    name="gpu",
    instance_types=("g4dn.xlarge",),
    nodes=0,
    min_nodes=0,
    max_nodes=2,
    is_spot=True,
    zones=("a",),
    labels={},
    taints=(Taint(key="nvidia.com/gpu", value="present", effect="NoSchedule"),),
    allocatable=Allocatable(cpu_m=3000, memory_mib=8000, pods=29, gpus=1, volumes=5),
)
COMPONENTS = ("profiles", "pod-defaults", "pipelines")


def team(**fields: Any) -> Team:
    said: dict[str, Any] = {
        "name": "vision",
        "owner": "ada@corp.test",
        "members": (Member(person="bob@corp.test", role="edit"),),
        "quota": SIZES["small"],
        "labels": {"cost-center": "42"},
        "public_models": (),
    }
    return Team(**{**said, **fields})


def objects(
    one: Team, components: tuple[str, ...] = COMPONENTS, outside: Outside | None = None
) -> dict[str, dict[str, Any]]:
    made = team_objects(one, components, (POOL,), None, outside).all
    found = {f"{obj.kind} {obj.name}": dict(obj.body) for obj in made}
    assert len(found) == len(made)
    return found


def test_a_team_with_a_quota_and_a_member() -> None:
    name = "user-bob-corp-test-clusterrole-edit"
    found = objects(team())
    assert list(found) == [
        "Namespace vision",
        "ResourceQuota kf-resource-quota",
        "LimitRange default-requests",
        "ResourceQuota no-platform-priority",
        "NetworkPolicy only-kubeflow",
        "RoleBinding namespaceAdmin",
        f"RoleBinding {name}",
        f"AuthorizationPolicy {name}",
        "Profile vision",
        "PodDefault access-ml-pipeline",
    ]
    namespace = found["Namespace vision"]["metadata"]
    assert namespace["annotations"] == {"owner": "ada@corp.test"}, "or it is not adopted"
    assert namespace["labels"] == {"cost-center": "42", "istio-injection": "enabled"}
    binding = found[f"RoleBinding {name}"]
    assert binding["metadata"]["annotations"] == {"role": "edit", "user": "bob@corp.test"}
    assert binding["roleRef"]["name"] == "kubeflow-edit"
    [rule] = found[f"AuthorizationPolicy {name}"]["spec"]["rules"]
    assert rule["when"] == [
        {"key": "request.headers[kubeflow-userid]", "values": ["bob@corp.test"]}
    ]
    profile = found["Profile vision"]["spec"]
    assert profile["resourceQuotaSpec"] == found["ResourceQuota kf-resource-quota"]["spec"]


def test_a_quota_counts_requests_and_its_defaults_come_with_it() -> None:
    quota, defaults = limits(team())
    assert quota.body["spec"]["hard"] == {
        "persistentvolumeclaims": "10",
        "pods": "30",
        "requests.cpu": "4",
        "requests.memory": "16Gi",
        "requests.nvidia.com/gpu": "0",
        "requests.storage": "100Gi",
    }
    [limit] = defaults.body["spec"]["limits"]
    assert limit == {
        "type": "Container",
        "defaultRequest": {"cpu": "100m", "memory": "256Mi"},
    }, "a default limit would refuse every container that asks for more than it"


def test_without_a_quota_nothing_of_it_is_left() -> None:
    found = objects(team(quota=None))
    quotas = [name for name in found if name.startswith(("ResourceQuota", "LimitRange"))]
    assert quotas == ["ResourceQuota no-platform-priority"]
    assert "resourceQuotaSpec" not in found["Profile vision"]["spec"]


def test_other_teams_may_not_call() -> None:
    spec = objects(team())["NetworkPolicy only-kubeflow"]["spec"]
    assert spec["policyTypes"] == ["Ingress"]
    assert spec["podSelector"] == {}
    [rule] = spec["ingress"]
    own, *others = rule["from"]
    assert own == {"podSelector": {}}
    assert [
        o["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] for o in others
    ] == [
        "istio-system",
        "knative-serving",
        "kubeflow",
    ]


def test_gpu_nodes_are_offered_to_teams_that_may_use_them() -> None:
    quota = Quota(cpu_m=None, memory_mib=None, storage_mib=None, volumes=None, gpus=1, pods=None)
    offered = objects(team(quota=quota))["PodDefault use-gpu-nodes"]["spec"]["tolerations"]
    assert offered == [
        {"key": "nvidia.com/gpu", "operator": "Equal", "value": "present", "effect": "NoSchedule"}
    ]
    assert "PodDefault use-gpu-nodes" in objects(team(quota=None))
    assert "PodDefault use-gpu-nodes" not in objects(team())
    assert not [n for n in objects(team(quota=None), ("profiles",)) if n.startswith("PodDefault")]


@given(st.integers(1, 10**6))
def test_amounts_are_written_as_the_api_server_writes_them(number: int) -> None:
    assert cpu_millicores(cores(number)) == number
    assert mebibytes(binary(number)) == number
    assert not cores(number).endswith("000m")
    assert int(binary(number)[:-2]) % 1024 or binary(number).endswith("Pi")


def test_no_team_can_be_called_like_a_namespace_of_the_platform(release: Release) -> None:
    names = {obj.name for obj in release.objects if obj.kind == "Namespace"}
    assert len(names) >= 7
    assert names <= RESERVED


quotas = st.sampled_from([None, *SIZES.values()])


@given(quotas, quotas)
def test_a_changed_quota_changes_nothing_of_rights_and_walls(
    before: Quota | None, after: Quota | None
) -> None:
    old, new = objects(team(quota=before)), objects(team(quota=after))
    changed = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    assert changed <= {
        "LimitRange default-requests",
        "PodDefault use-gpu-nodes",
        "Profile vision",
        "ResourceQuota kf-resource-quota",
    }


OUTSIDE = Outside(
    login=planned(said()).login,
    machines=token_rule("https://kubernetes.default.svc", "{}"),
)
SERVING = (*COMPONENTS, "kserve")


def test_without_a_domain_nobody_from_outside_is_named() -> None:
    assert objects(team(public_models=("iris",)), SERVING).keys() == objects(team()).keys()


def test_at_a_domain_programs_of_the_team_get_where_its_members_get() -> None:
    found = objects(team(), outside=OUTSIDE)
    assert found.keys() - objects(team()).keys() == {"AuthorizationPolicy programs"}
    (rule,) = found["AuthorizationPolicy programs"]["spec"]["rules"]
    (member,) = found["AuthorizationPolicy user-bob-corp-test-clusterrole-edit"]["spec"]["rules"]
    assert rule["from"] == member["from"]
    assert rule["when"][0]["values"] == [
        "system:serviceaccount:vision:default-editor",
        "system:serviceaccount:vision:default-viewer",
    ]


def test_each_part_of_a_model_asks_for_the_token_itself() -> None:
    found = objects(team(), SERVING, OUTSIDE)
    for part in ("predictor", "transformer", "explainer"):
        tokens = found[f"RequestAuthentication {part}-tokens"]["spec"]
        callers = found[f"AuthorizationPolicy {part}-callers"]["spec"]
        assert tokens["selector"] == callers["selector"] == {"matchLabels": {"component": part}}
        assert [one["issuer"] for one in tokens["jwtRules"]] == [
            "https://ml.corp.test/dex",
            "https://kubernetes.default.svc",
        ]
        by_claim = [{o["key"]: o["values"] for o in rule["when"]} for rule in callers["rules"]]
        assert by_claim == [
            {
                "request.auth.claims[iss]": ["https://ml.corp.test/dex"],
                "request.auth.claims[email]": ["ada@corp.test", "bob@corp.test"],
            },
            {
                "request.auth.claims[sub]": [
                    "system:serviceaccount:vision:default-editor",
                    "system:serviceaccount:vision:default-viewer",
                ]
            },
        ]


def test_a_public_model_lets_anybody_in_and_no_other_model_does() -> None:
    found = objects(team(public_models=("iris",)), SERVING, OUTSIDE)
    (name,) = found.keys() - objects(team(), SERVING, OUTSIDE).keys()
    assert found[name]["spec"] == {
        "selector": {"matchLabels": {"serving.kserve.io/inferenceservice": "iris"}},
        "action": "ALLOW",
        "rules": [{}],
    }


def test_walls_stand_before_the_profile_lets_pods_in(deploy: Callable[..., Any]) -> None:
    def program() -> None:
        cluster = bare_cluster((POOL,))
        args = TeamArgs(
            monitoring=None,
            team=team(),
            cluster=cluster,
            labels={"stack": "x"},
            components=(),
            ready=cluster.provider,
            outside=None,
        )
        TeamRoom("vision", args)

    graph = deploy(program)
    profile = graph.goals["kubernetes:kubeflow.org/v1:Profile", "vision"]
    before = {urn.rpartition("::")[2] for urn in profile.dependencies}
    assert before - {"k8s"} == {
        "vision",
        "vision/default-requests",
        "vision/kf-resource-quota",
        "vision/namespaceAdmin",
        "vision/no-platform-priority",
        "vision/only-kubeflow",
        "vision/user-bob-corp-test-clusterrole-edit",
    }
    wait = profile.inputs["metadata"]["annotations"]["pulumi.com/waitFor"]
    assert wait == "jsonpath={.metadata.finalizers[0]}=profile-finalizer"
    assert profile.inputs["metadata"]["labels"] == {"stack": "x"}


class Cluster:
    """A cluster with two namespaces, one of them the stack's."""

    def resource(self, *_: str) -> None:
        return None

    def list(self, _: None) -> list[dict[str, Any]]:
        ours = {"name": "vision", "labels": {"kubeflow-stack/name": "mine"}}
        return [{"metadata": ours}, {"metadata": {"name": "speech"}}]


NEWS = {"kubeconfig": "x", "teams": ["search", "vision"], "stack": "mine"}


def test_a_namespace_of_somebody_else_is_refused_in_the_preview_and_before_the_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(free_names, "Client", lambda _: Cluster())
    assert not _Gate().check({}, NEWS).failures
    assert _Gate().create(NEWS).outs == NEWS
    taken = {**NEWS, "teams": ["speech", "vision"]}
    [failure] = _Gate().check({}, taken).failures
    assert failure.reason == (
        "teams: the namespace 'speech' exists and is not this stack's; choose another name, or "
        "give it to the stack: kubectl label namespace speech kubeflow-stack/name=mine"
    )
    for act in (lambda: _Gate().create(taken), lambda: _Gate().update("", NEWS, taken)):
        with pytest.raises(TakenNameError):
            act()
    assert _Gate().diff("", NEWS, taken).changes
    assert not _Gate().diff("", NEWS, {**NEWS, "kubeconfig": "new"}).changes
