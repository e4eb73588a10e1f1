"""A setting that nothing of what is installed would use is refused, all of them at once."""

from typing import Any

import pytest

from plan.build import make_plan
from settings.mistakes import SettingsError
from settings.model import Settings

BUCKET = {"kind": "spaces", "bucket": "ours", "region": "nyc3"}
SERVER = {"kind": "rds", "host": "db.corp.test"}


def settings(components: str | list[str], **said: Any) -> Settings:
    cluster = {
        "provider": "existing",
        "kubernetes": "1.35",
        "zones": ["a"],
        "storageClass": "standard",
    }
    kubeflow = {"components": components, **said.pop("kubeflow", {})}
    ingress = {
        "domain": "ml.corp.test",
        "auth": {"adminEmail": "a@corp.test"},
        **said.pop("ingress", {}),
    }
    pools = [{"name": "base", "instanceTypes": ["m5.xlarge"], "nodes": 3}]
    sections = {"cluster": cluster, "pools": pools, "ingress": ingress, "kubeflow": kubeflow}
    return Settings.model_validate({**sections, **said})


# What is said, who uses it, who does not, and what is told.
WISHES: list[tuple[dict[str, Any], list[str], list[str], str]] = [
    (
        {"kubeflow": {"kserve": {"mode": "RawDeployment"}}},
        ["kserve"],
        ["knative", "notebooks"],
        "kubeflow.kserve.mode: 'RawDeployment' would not be used: it is for kserve; add kserve to "
        "kubeflow.components, or remove kubeflow.kserve.mode",
    ),
    (
        {"kubeflow": {"notebooks": {"stopIdleAfterMinutes": 60}}},
        ["notebooks"],
        ["pipelines", "pod-defaults"],
        "kubeflow.notebooks.stopIdleAfterMinutes: 60 would not be used: it is for notebooks; add "
        "notebooks to kubeflow.components, or remove kubeflow.notebooks.stopIdleAfterMinutes",
    ),
    (
        {"ingress": {"servingNamespaces": ["vision"]}},
        ["knative", "kserve"],
        ["notebooks", "katib"],
        "ingress.servingNamespaces: ['vision'] would not be used: it is for kserve or knative; add "
        "kserve or knative to kubeflow.components, or remove ingress.servingNamespaces",
    ),
    (
        {"stores": {"objects": BUCKET}},
        ["pipelines"],
        ["katib", "model-registry"],
        "stores.objects: 'spaces' would not be used: it is for pipelines; add pipelines to "
        "kubeflow.components, or remove stores.objects",
    ),
    (
        {"stores": {"database": SERVER}},
        ["pipelines", "katib", "model-registry"],
        ["notebooks", "kserve"],
        "stores.database: 'rds' would not be used: it is for pipelines, katib or model-registry; "
        "add pipelines, katib or model-registry to kubeflow.components, or remove stores.database",
    ),
]


def told(found: Settings) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        make_plan(found, "x")
    first, *lines = str(caught.value).splitlines()
    assert first == "stack x: the settings name what cannot be had"
    return [line.strip() for line in lines]


@pytest.mark.parametrize(("said", "users", "others", "line"), WISHES)
def test_a_wish_needs_one_of_the_components_that_use_it(
    said: dict[str, Any], users: list[str], others: list[str], line: str
) -> None:
    for component in users:
        make_plan(settings([component], **said), "x")
    make_plan(settings("full", **said), "x")
    assert told(settings(others, **said)) == [line]


def test_a_component_that_is_added_counts() -> None:
    made = make_plan(settings(["kserve"], ingress={"servingNamespaces": ["vision"]}), "x")
    assert "knative" in made.kubeflow.added


def test_all_are_told_at_once() -> None:
    said = {
        "kubeflow": {
            "kserve": {"mode": "RawDeployment"},
            "notebooks": {"stopIdleAfterMinutes": 60},
        },
        "ingress": {"servingNamespaces": ["vision"]},
        "stores": {"objects": BUCKET, "database": SERVER},
    }
    assert told(settings(["profiles"], **said)) == sorted(line for _, _, _, line in WISHES)


def test_what_is_so_by_default_may_be_said_where_nobody_uses_it() -> None:
    said = {
        "kubeflow": {"kserve": {"mode": "Serverless"}},
        "stores": {"objects": {"kind": "cluster"}, "database": {"kind": "cluster"}},
    }
    assert make_plan(settings(["profiles"], **said), "x").stores.objects is None
