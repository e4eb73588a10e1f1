"""A Space that the stack makes: private, beside the cluster, and one key that opens it alone."""

from collections.abc import Callable
from typing import Any

import pytest

from plan.build import make_plan
from plan.model import ObjectStorePlan, Plan
from settings.mistakes import SettingsError
from settings.model import Settings
from tests.components.cluster.test_bucket import declare

Deploy = Callable[..., Any]
KEY = "digitalocean:index/spacesKey:SpacesKey"
BUCKET = "digitalocean:index/spacesBucket:SpacesBucket"


def planned(environment: str = "dev", region: str = "fra1", **said: Any) -> Plan:
    raw = {
        "environment": environment,
        "cluster": {"provider": "digitalocean", "region": region},
        "pools": [{"name": "general", "instanceTypes": ["g-4vcpu-16gb"], "nodes": 3}],
        "stores": {"objects": {"kind": "spaces", "bucket": "our-artefacts"}},
        "ingress": {"domain": "ml.b.test", "auth": {"adminEmail": "a@b.test"}},
        **said,
    }
    return make_plan(Settings.model_validate(raw), "kf")


def test_the_platform_is_told_of_the_space_and_nobody_sets_its_keys() -> None:
    made = planned()
    assert made.stores.objects == ObjectStorePlan(
        bucket="our-artefacts", region="fra1", endpoint="fra1.digitaloceanspaces.com"
    )
    assert made.stores.secrets == {}


def test_a_space_with_a_region_is_its_owners() -> None:
    theirs = {"objects": {"kind": "spaces", "bucket": "ours", "region": "nyc3"}}
    made = planned(stores=theirs)
    assert made.digitalocean is not None
    assert made.digitalocean.space is None
    assert set(made.stores.secrets) == {"objectStoreAccessKey", "objectStoreSecretKey"}


@pytest.mark.parametrize(("environment", "is_kept"), [("dev", False), ("prod", True)])
def test_it_is_private_remembers_and_is_kept_as_volumes_are(
    deploy: Deploy, environment: str, is_kept: bool
) -> None:
    graph, _ = declare(deploy, planned(environment))
    assert graph[BUCKET, "artefacts"] == {
        "name": "our-artefacts",
        "region": "fra1",
        "acl": "private",
        "versioning": {"enabled": True},
        "lifecycleRules": [
            {
                "enabled": True,
                "noncurrentVersionExpiration": {"days": 30},
                "abortIncompleteMultipartUploadDays": 7,
            }
        ],
        "forceDestroy": not is_kept,
    }
    assert graph.goals[BUCKET, "artefacts"].retains_on_delete is is_kept


def test_the_platforms_key_opens_nothing_else_and_another_makes_it(deploy: Deploy) -> None:
    graph, told = declare(deploy, planned())
    assert graph[KEY, "artefacts"]["grants"] == [
        {"bucket": "our-artefacts", "permission": "readwrite"}
    ]
    assert told == ["DO-artefacts"]
    made_by = graph.goals[BUCKET, "artefacts"].provider
    assert made_by.endswith("pulumi:providers:digitalocean::artefacts")
    provider = graph.goals["pulumi:providers:digitalocean", "artefacts"]
    assert provider.inputs["spacesAccessId"] == "DO-artefacts-maker"
    assert provider.secrets >= {"spacesSecretKey"}


def test_where_there_are_no_spaces_none_is_promised() -> None:
    with pytest.raises(SettingsError, match=r"stores\.objects: nyc1 has no Spaces, so the stack"):
        planned(region="nyc1")


def test_another_cloud_makes_none() -> None:
    aws = {"provider": "aws", "region": "eu-west-1", "admins": ["arn:aws:iam::1:role/a"]}
    pools = [{"name": "general", "instanceTypes": ["m5.xlarge"], "nodes": 3}]
    with pytest.raises(SettingsError, match=r"'spaces' needs region; only a stack on DigitalOcean"):
        planned(cluster={**aws, "admins": ["arn:aws:iam::123456789012:role/a"]}, pools=pools)
