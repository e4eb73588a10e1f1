"""A plan has everything decided, and only what can be had."""

import pytest

from plan.build import make_plan
from plan.components import report
from plan.instances import REGISTRY, InstanceType, UnknownInstanceTypeError, instance_type
from plan.model import OWN_MACHINE, Allocatable, JsonOperation, Taint
from settings.mistakes import SettingsError
from settings.model import BudgetSettings, Settings


def settings(*pools: dict[str, object]) -> Settings:
    return Settings.model_validate(
        {
            "cluster": {
                "provider": "existing",
                "kubernetes": "1.35",
                "zones": ["a", "b"],
                "storageClass": "standard",
            },
            "pools": list(pools),
            "ingress": {"domain": "ml.b.test", "auth": {"adminEmail": "a@b.test"}},
        }
    )


def test_a_pool_that_says_no_bounds_keeps_its_size() -> None:
    plan = make_plan(
        settings({"name": "general", "instanceTypes": ["m5.xlarge"], "nodes": 3}), "dev"
    )
    pool = plan.cluster.pools[0]
    assert (pool.min_nodes, pool.nodes, pool.max_nodes) == (3, 3, 3)
    assert pool.zones == ("a", "b")
    assert plan.labels == {"kubeflow-stack/name": "dev"}
    assert plan.kubeflow.user_workloads == "refuse"


def test_machines_of_ones_own_offer_what_is_said_of_them() -> None:
    machine = {"cpu": "15.5", "memory": "60Gi", "gpus": 2}
    planned = make_plan(settings({"name": "racks", "machine": machine, "nodes": 2}), "dev")
    (pool,) = planned.cluster.pools
    assert pool.instance_types == (OWN_MACHINE,)
    assert pool.allocatable == Allocatable(
        cpu_m=15500, memory_mib=60 * 1024, pods=110, gpus=2, volumes=256
    )


def test_a_cloud_sells_no_machines_of_ones_own() -> None:
    raw = settings({"name": "racks", "machine": {"cpu": 4, "memory": "16Gi"}, "nodes": 3})
    cluster = {"provider": "digitalocean", "region": "fra1"}
    said = Settings.model_validate({**raw.model_dump(by_alias=True), "cluster": cluster})
    with pytest.raises(
        SettingsError, match=r"pools\[0\]\.machine: is of a cluster you have; digital"
    ):
        make_plan(said, "dev")


def test_a_pool_starts_empty_when_told_so() -> None:
    pool = {
        "name": "gpu",
        "instanceTypes": ["g4dn.xlarge"],
        "nodes": 0,
        "minNodes": 0,
        "maxNodes": 2,
        "spot": True,
        "taints": [{"key": "nvidia.com/gpu", "effect": "NoSchedule"}],
    }
    planned = make_plan(settings(pool), "dev").cluster.pools[0]
    assert (planned.min_nodes, planned.nodes, planned.max_nodes) == (0, 0, 2)
    assert planned.taints == (Taint(key="nvidia.com/gpu", value="", effect="NoSchedule"),)
    assert planned.allocatable.gpus == 1
    assert planned.is_spot


def test_unknown_types_are_all_named_with_the_nearest_known() -> None:
    with pytest.raises(SettingsError) as caught:
        make_plan(
            settings(
                {"name": "a", "instanceTypes": ["m5.xlrage"], "nodes": 1},
                {"name": "b", "instanceTypes": ["m5.xlarge", "g4dn.xlarg"], "nodes": 1},
            ),
            "dev",
        )
    assert str(caught.value) == (
        "stack dev: the settings name what cannot be had\n"
        "  pools[0].instanceTypes[0]: 'm5.xlrage' is not a known instance type; "
        "did you mean m5.xlarge?\n"
        "  pools[1].instanceTypes[1]: 'g4dn.xlarg' is not a known instance type; "
        "did you mean g4dn.xlarge?"
    )


def test_no_budget_is_kept_to_where_nothing_has_a_price() -> None:
    said = settings({"name": "general", "instanceTypes": ["m5.xlarge"], "nodes": 3})
    budget = BudgetSettings.model_validate({"monthly": 900.5, "perTeam": 100, "maxIncrease": 0})
    with pytest.raises(SettingsError) as caught:
        make_plan(said.model_copy(update={"budget": budget}), "dev")
    why = "cannot be kept to: what is on an existing cluster has no price here; remove it"
    assert str(caught.value).splitlines()[1:] == [
        f"  budget.maxIncrease: 0 {why}",
        f"  budget.monthly: 900.5 {why}",
        f"  budget.perTeam: 100 {why}",
    ]


@pytest.mark.parametrize("row", REGISTRY, ids=lambda row: row.name)
def test_every_type_leaves_most_of_itself_to_pods(row: InstanceType) -> None:
    assert instance_type(row.name) is row
    offered = row.allocatable
    assert 0.85 * row.vcpu * 1000 < offered.cpu_m < row.vcpu * 1000
    assert 0.7 * row.memory_gib * 1024 < offered.memory_mib < row.memory_gib * 1024
    assert offered.gpus == row.gpus


def test_the_reservations_are_the_published_ones() -> None:
    assert instance_type("m5.xlarge").allocatable.cpu_m == 3920
    assert instance_type("m5.xlarge").allocatable.pods == 58
    assert instance_type("g-4vcpu-16gb").allocatable.memory_mib == 13 * 1024


def test_a_name_like_nothing_lists_what_is_known() -> None:
    with pytest.raises(UnknownInstanceTypeError, match=r"use one of m5.large, m5.xlarge"):
        instance_type("quantum")


@pytest.mark.parametrize(
    ("environment", "said", "keeps"),
    [
        ("dev", None, False),
        ("prod", None, True),
        ("dev", "keep", True),
        ("prod", "remove", False),
    ],
)
def test_prod_keeps_what_holds_data_unless_told_otherwise(
    environment: str, said: str | None, keeps: bool
) -> None:
    raw = settings({"name": "p", "instanceTypes": ["m5.xlarge"], "nodes": 1}).model_dump(
        by_alias=True
    )
    raw |= {"environment": environment, "protection": {"crds": said, "volumes": said}}
    plan = make_plan(Settings.model_validate(raw), "x").kubeflow
    assert (plan.keeps_crds, plan.keeps_volumes) == (keeps, keeps)


def test_a_patch_of_the_owner_knows_its_place_in_the_settings() -> None:
    said = settings({"name": "general", "instanceTypes": ["m5.xlarge"], "nodes": 3}).model_dump(
        by_alias=True, exclude_unset=True
    )
    target = {"kind": "Deployment", "name": "ml-pipeline"}
    said["kubeflow"] = {
        "patches": [
            {"target": target, "why": "a", "strategicMerge": {"spec": {"replicas": 2}}},
            {"target": target, "why": "b", "jsonPatch": [{"op": "remove", "path": "/spec/x"}]},
        ]
    }
    merged, operated = make_plan(Settings.model_validate(said), "dev").kubeflow.patches
    assert (merged.path, operated.path) == ("kubeflow.patches[0]", "kubeflow.patches[1]")
    assert merged.namespace == ".*"
    assert (merged.strategic_merge, merged.json_patch) == ({"spec": {"replicas": 2}}, ())
    assert operated.strategic_merge is None
    assert operated.json_patch == (JsonOperation(op="remove", path="/spec/x", value=None),)


@pytest.mark.parametrize(
    ("said", "existing"),
    [
        ({}, ()),
        ({"istio": "existing"}, ("istio",)),
        ({"istio": "managed", "certManager": "existing"}, ("cert-manager",)),
        ({"istio": "existing", "certManager": "existing"}, ("istio", "cert-manager")),
    ],
)
def test_what_the_cluster_has_is_planned_with_and_said(
    said: dict[str, str], existing: tuple[str, ...]
) -> None:
    pool = {"name": "general", "instanceTypes": ["m5.xlarge"], "nodes": 3}
    known = settings(pool).model_dump(by_alias=True, exclude_unset=True)
    plan = make_plan(Settings.model_validate({**known, "kubeflow": said}), "dev").kubeflow
    assert plan.existing == existing
    assert ("as the cluster has it" in report(plan)) is bool(existing)
    assert set(existing) <= set(plan.components)
