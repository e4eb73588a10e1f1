"""Where data is follows from few words, and which secrets that needs from what is installed."""

import pytest

from plan.model import DatabasePlan, ObjectStorePlan, StoresPlan
from plan.stores import decide_stores, report
from settings.stores import StoresSettings

EVERY = ("pipelines", "katib", "model-registry")


def decided(said: dict[str, object], *components: str) -> StoresPlan:
    return decide_stores(StoresSettings.model_validate(said), components)


def test_what_nobody_moves_stays_on_the_cluster_and_needs_no_secret() -> None:
    assert decided({}, *EVERY) == StoresPlan(objects=None, database=None, secrets={})


@pytest.mark.parametrize(
    ("said", "endpoint"),
    [
        ({"kind": "s3", "region": "eu-central-1"}, "s3.eu-central-1.amazonaws.com"),
        ({"kind": "spaces", "region": "nyc3"}, "nyc3.digitaloceanspaces.com"),
        ({"kind": "s3", "region": "any", "endpoint": "store.corp.test"}, "store.corp.test"),
    ],
)
def test_an_endpoint_follows_from_kind_and_region(said: dict[str, str], endpoint: str) -> None:
    plan = decided({"objects": {**said, "bucket": "ours"}}, *EVERY)
    assert plan.objects == ObjectStorePlan(bucket="ours", region=said["region"], endpoint=endpoint)
    assert plan.secrets == dict.fromkeys(
        ("objectStoreAccessKey", "objectStoreSecretKey"), f"stores.objects.kind {said['kind']}"
    )


def test_a_password_is_needed_for_each_component_that_keeps_records() -> None:
    said: dict[str, object] = {"database": {"kind": "managed", "host": "db.corp.test"}}
    plan = decided(said, "pipelines", "model-registry", "notebooks")
    assert plan.database == DatabasePlan(host="db.corp.test", port=3306)
    assert plan.secrets == {
        "pipelinesDatabasePassword": "stores.database.kind managed with component pipelines",
        "registryDatabasePassword": "stores.database.kind managed with component model-registry",
    }
    assert decided(said, "notebooks").secrets == {}


def test_a_preview_says_where_data_is() -> None:
    assert report(decided({}, *EVERY)).splitlines() == [
        "stores: artefacts on the cluster, in volumes without a copy",
        "stores: records on the cluster, in volumes without a copy",
    ]
    said: dict[str, object] = {
        "objects": {"kind": "spaces", "bucket": "ours", "region": "nyc3"},
        "database": {"kind": "managed", "host": "db.corp.test", "port": 25060},
    }
    assert report(decided(said, *EVERY)).splitlines() == [
        "stores: artefacts in bucket ours at nyc3.digitaloceanspaces.com",
        "stores: records in MySQL at db.corp.test:25060",
    ]
