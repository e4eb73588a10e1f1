"""A bucket that the stack makes: nobody from outside, nothing in clear, and one key that fits."""

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components.cluster.choice import build_cluster
from components.platform.stores import make_stores
from plan.build import make_plan
from plan.model import ObjectStorePlan, Plan
from rehearsal.engine.clouds import answers
from settings.mistakes import SettingsError
from settings.model import Settings
from tests.components.cluster.test_aws import ADMIN

Deploy = Callable[..., Any]
NAME = "kubeflow-kf-123456789012"
ARN = f"arn:aws:s3:::{NAME}"


def planned(environment: str = "dev", stack: str = "kf", **said: Any) -> Plan:
    cluster = {"provider": "aws", "region": "eu-west-1", "admins": [ADMIN]}
    raw = {
        "environment": environment,
        "cluster": {**cluster, "accountId": "123456789012"},
        "stores": {"objects": {"kind": "s3"}},
        "ingress": {"domain": "ml.b.test", "auth": {"adminEmail": "ada@corp.test"}},
        **said,
    }
    return make_plan(Settings.model_validate(raw), stack)


def declare(deploy: Deploy, made: Plan) -> tuple[Any, list[str]]:
    """The graph, and the access key as the platform gets it."""
    told: list[str] = []

    def program() -> None:
        handle = build_cluster("cluster", made, None)
        stores = make_stores(made.stores, handle.store_keys)
        assert stores.objects is not None
        key: Any = stores.objects.access_key
        key.apply(told.append)

    return deploy(program, None, answers(made.cluster)), told


def of(graph: Any, name: str) -> dict[str, Any]:
    """The inputs of the one resource of a kind of bucket settings."""
    found: dict[str, Any] = graph[f"aws:s3/{name[0].lower()}{name[1:]}:{name}", "artefacts"]
    return found


def test_the_platform_is_told_of_the_bucket_and_nobody_sets_its_keys() -> None:
    made = planned()
    assert made.stores.objects == ObjectStorePlan(
        bucket=NAME, region="eu-west-1", endpoint="s3.eu-west-1.amazonaws.com"
    )
    assert made.stores.secrets == {}
    assert made.aws is not None
    assert (made.aws.bucket, made.aws.keeps_bucket) == (NAME, False)


def test_no_bucket_is_made_that_nothing_would_use() -> None:
    with pytest.raises(SettingsError, match=r"stores\.objects: 's3' would not be used"):
        planned(kubeflow={"components": ["notebooks"]})


def test_a_bucket_of_the_owners_is_left_to_the_owner() -> None:
    theirs = {"objects": {"kind": "s3", "bucket": "ours", "region": "eu-west-1"}}
    made = planned(stores=theirs)
    assert made.aws is not None
    assert made.aws.bucket is None
    assert set(made.stores.secrets) == {"objectStoreAccessKey", "objectStoreSecretKey"}


def test_the_bucket_is_private_encrypted_and_remembers(deploy: Deploy) -> None:
    graph, _ = declare(deploy, planned())
    assert of(graph, "Bucket") == {"bucket": NAME, "forceDestroy": True}
    made = {"bucket": "Bucket-artefacts"}
    assert of(graph, "BucketPublicAccessBlock") == {
        **made,
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }
    assert of(graph, "BucketOwnershipControls") == {
        **made,
        "rule": {"objectOwnership": "BucketOwnerEnforced"},
    }
    assert of(graph, "BucketServerSideEncryptionConfiguration") == {
        **made,
        "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}],
    }
    assert of(graph, "BucketVersioning") == {
        **made,
        "versioningConfiguration": {"status": "Enabled"},
    }
    assert of(graph, "BucketLifecycleConfiguration") == {
        **made,
        "rules": [
            {
                "id": "forget",
                "status": "Enabled",
                "filter": {"prefix": ""},
                "noncurrentVersionExpiration": {"noncurrentDays": 30},
                "expiration": {"expiredObjectDeleteMarker": True},
                "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
            }
        ],
    }
    (only,) = json.loads(of(graph, "BucketPolicy")["policy"])["Statement"]
    assert (only["Effect"], only["Principal"], only["Action"]) == ("Deny", "*", "s3:*")
    assert only["Resource"] == [ARN, f"{ARN}/*"]
    assert only["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_its_key_reaches_this_bucket_and_comes_to_the_platform(deploy: Deploy) -> None:
    graph, told = declare(deploy, planned())
    policy = json.loads(graph["aws:iam/userPolicy:UserPolicy", "artefacts"]["policy"])
    assert {one["Resource"] for one in policy["Statement"]} == {ARN, f"{ARN}/*"}
    actions = {action for one in policy["Statement"] for action in one["Action"]}
    assert {"s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject"} <= actions
    assert not [action for action in actions if "*" in action or "Policy" in action]
    assert graph["aws:iam/accessKey:AccessKey", "artefacts"] == {"user": "artefacts"}
    assert told == ["AccessKey-artefacts"]


TEAMS = [
    {"name": "vision", "owner": "ada@corp.test"},
    {"name": "speech", "owner": "eve@corp.test"},
]


def test_each_team_has_a_key_of_its_own_that_reaches_its_folder_alone(deploy: Deploy) -> None:
    graph, _ = declare(deploy, planned(teams=TEAMS))
    users = {goal.name for goal in graph.goals.values() if goal.type == "aws:iam/user:User"}
    assert users == {"artefacts", "artefacts-speech", "artefacts-vision"}
    for team in ("speech", "vision"):
        name, folder = f"artefacts-{team}", f"private-artifacts/{team}/*"
        assert graph["aws:iam/accessKey:AccessKey", name] == {"user": name}
        statements = json.loads(graph["aws:iam/userPolicy:UserPolicy", name]["policy"])["Statement"]
        around, listing, inside = statements
        assert (around["Action"], around["Resource"]) == (["s3:GetBucketLocation"], ARN)
        assert (listing["Action"], listing["Resource"]) == (["s3:ListBucket"], ARN)
        assert listing["Condition"] == {"StringLike": {"s3:prefix": folder}}
        assert inside["Resource"] == f"{ARN}/{folder}"
        assert {"s3:GetObject", "s3:PutObject", "s3:DeleteObject"} <= set(inside["Action"])
        assert not [action for one in statements for action in one["Action"] if "*" in action]


def test_a_bucket_of_the_owners_has_one_key_for_all(deploy: Deploy) -> None:
    theirs = {"objects": {"kind": "s3", "bucket": "ours", "region": "eu-west-1"}}
    made = planned(stores=theirs, teams=TEAMS)
    assert made.aws is not None
    assert made.aws.bucket_teams == ()


@pytest.mark.parametrize(
    ("environment", "protection", "is_kept"),
    [("dev", {}, False), ("prod", {}, True), ("prod", {"volumes": "remove"}, False)],
)
def test_a_kept_bucket_stays_as_it_is_and_another_goes_with_all_that_is_in_it(
    deploy: Deploy, environment: str, protection: dict[str, str], is_kept: bool
) -> None:
    graph, _ = declare(deploy, planned(environment, protection=protection))
    parts = [goal for goal in graph.goals.values() if goal.type.startswith("aws:s3/")]
    assert len(parts) == 7
    assert {goal.retains_on_delete for goal in parts} == {is_kept}
    assert of(graph, "Bucket")["forceDestroy"] is not is_kept


def test_a_kept_bucket_is_taken_up_again_under_the_names_that_the_docs_say(
    deploy: Deploy, project_root: Path
) -> None:
    graph, _ = declare(deploy, planned())
    goal = graph.goals["aws:s3/bucket:Bucket", "artefacts"]
    page = (project_root / "docs" / "stores.md").read_text()
    words = shlex.split(page.partition("pulumi import ")[2].partition("pulumi up")[0])
    told = [word.replace("STACK", "test") for word in words]
    assert told[2:5] == [goal.type, goal.name, "kubeflow-test-ACCOUNT"]
    assert f"bucket={goal.parent}" in told
    assert f"account={goal.provider}" in told


def test_a_bucket_that_can_have_no_name_is_refused() -> None:
    cluster = {"provider": "aws", "region": "eu-west-1", "admins": [ADMIN]}
    with pytest.raises(SettingsError, match=r"stores\.objects: .* set cluster\.accountId"):
        planned(cluster=cluster)
    with pytest.raises(SettingsError, match="more than the 63 characters"):
        planned(stack="s" * 43)


def test_only_aws_makes_a_bucket() -> None:
    cluster = {
        "provider": "existing",
        "kubernetes": "1.35",
        "zones": ["a"],
        "storageClass": "fast",
    }
    pools = [{"name": "general", "instanceTypes": ["m5.xlarge"], "nodes": 3}]
    with pytest.raises(SettingsError, match=r"needs bucket and region; only a stack on AWS"):
        planned(cluster=cluster, pools=pools)
