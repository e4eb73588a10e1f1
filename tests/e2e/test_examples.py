"""What the examples submit is admitted in a team of the smallest size, and its pods get a node."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from examples.ci_cd.account import account
from examples.distribute.jobs import computation, runtime, training
from examples.reach import AUDIENCE, token_of
from examples.serve.model import served_model
from examples.tune.experiment import experiment
from examples.watch_and_retrain.manifests import payload_sink, watched_model
from kube.client import Client
from kube.wait import wait_ready
from tests.e2e.conftest import ROOT, Project

pytestmark = pytest.mark.rehearsal

MANAGER = "somebody"
SECONDS = 60
Json = dict[str, Any]
TEAM = {"name": "vision", "owner": "ada@corp.test", "size": "small"}
POD_DEFAULT = ROOT / "examples" / "train_and_gate" / "pod_default.yaml"


@pytest.fixture(scope="module", params=["26.03", "26.03.1-rc.2"])
def platform(request: pytest.FixtureRequest, project: Project) -> Project:
    """Everything that the examples need, with one small team, in either release."""
    components = ["pipelines", "pod-defaults", "kserve", "katib", "trainer", "spark"]
    project.configure(
        kubeflow={"components": components, "release": request.param},
        teams=[TEAM],
        quota={"overcommit": "warn"},
    )
    project.succeed("up")
    return project


def submitted() -> list[Json]:
    """All that the READMEs tell people to apply."""
    pod_default = yaml.safe_load(POD_DEFAULT.read_text())
    pod_default["metadata"]["namespace"] = "vision"
    return [
        pod_default,
        served_model("points", "vision", "s3://b/one"),
        served_model("points", "vision", "s3://b/two", canary_percent=10),
        served_model("points", "vision", "s3://b/two", at_least=1),
        served_model("points", "vision", "s3://b/two", canary_percent=0),
        experiment("by-chance", "vision", "random", trials=12, at_once=2),
        experiment("on-a-grid", "vision", "grid", trials=16, at_once=2),
        experiment("taught", "vision", "bayesianoptimization", trials=12, at_once=2),
        runtime("vision"),
        training("ranks", "vision"),
        computation("pi", "vision"),
        *payload_sink("vision"),
        watched_model("points", "vision", "s3://b/one"),
    ]


def test_a_ci_may_ask_for_a_token_and_nothing_else(platform: Project) -> None:
    for one in account("vision"):
        platform.client.apply(one, MANAGER)

    def may(verb: str, resource: str, name: str, subresource: str = "") -> bool:
        asked = {"namespace": "vision", "verb": verb, "resource": resource, "name": name}
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {
                "user": "system:serviceaccount:vision:ci",
                "resourceAttributes": {**asked, "subresource": subresource},
            },
        }
        path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
        answer = platform.client.call("POST", path, None, review, "application/json")
        return bool(answer["status"]["allowed"])

    assert may("create", "serviceaccounts", "default-editor", "token")
    assert not may("create", "serviceaccounts", "default", "token")
    assert not may("get", "secrets", "mlpipeline-minio-artifact")
    assert not may("create", "pods", "")


def test_all_that_is_submitted_is_admitted(platform: Project) -> None:
    for body in submitted():
        live = platform.client.apply(body, MANAGER)
        said = body.get("spec", {})
        assert kept(said, live.get("spec", {})) == said, "a field that nobody knows is lost"


def kept(said: Any, live: Any) -> Any:
    """What of a live object was said."""
    if isinstance(said, dict) and isinstance(live, dict):
        return {key: kept(value, live[key]) for key, value in said.items() if key in live}
    if isinstance(said, list) and isinstance(live, list):
        return [kept(*both) for both in zip(said, live, strict=False)]
    return live


def pods() -> list[Json]:
    """The pods that the controllers make of it: all that runs at the same time."""
    trial = experiment("x", "vision", "random", trials=1, at_once=1)
    tried = trial["spec"]["trialTemplate"]["trialSpec"]["spec"]["template"]
    worker = runtime("vision")["spec"]["template"]["spec"]["replicatedJobs"][0]
    asked = training("x", "vision")["spec"]["trainer"]["resourcesPerNode"]
    of_a_set = worker["template"]["spec"]["template"]
    (node,) = of_a_set["spec"]["containers"]
    working = {**of_a_set["spec"], "containers": [{**node, "resources": asked}]}
    labels = {"jobset.sigs.k8s.io/jobset-name": "ranks", "jobset.sigs.k8s.io/jobset-uid": "u"}
    served = served_model("x", "vision", "s3://b/x")["spec"]["predictor"]["model"]["resources"]
    return [
        *(pod(f"trial-{n}", tried["spec"], {}, tried["metadata"]) for n in range(2)),
        *(pod(f"node-{n}", working, labels, of_a_set["metadata"]) for n in range(2)),
        pod(
            "points-predictor",
            {"containers": [{"name": "m", "image": "a/b:1"} | {"resources": served}]},
        ),
    ]


def pod(name: str, spec: Json, labels: Json | None = None, metadata: Json | None = None) -> Json:
    place = {"name": name, "namespace": "vision", "labels": labels or {}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**(metadata or {}), **place},
        "spec": spec,
    }


def test_a_small_team_has_room_for_their_pods_and_workers_share_a_zone(platform: Project) -> None:
    client = platform.client
    made = [client.apply(one, MANAGER) for one in pods()]
    live = [wait_ready(client, one, ("condition=PodScheduled",), SECONDS) for one in made]
    zones = {zone_of(client, one["spec"]["nodeName"]) for one in live if "node-" in name_of(one)}
    assert len(zones) == 1
    for one in made:
        client.delete(one)


def name_of(body: Mapping[str, Any]) -> str:
    return str(body["metadata"]["name"])


def zone_of(client: Client, node: str) -> str:
    found = client.get({"apiVersion": "v1", "kind": "Node", "metadata": {"name": node}})
    assert found
    return str(found["metadata"]["labels"]["topology.kubernetes.io/zone"])


def test_a_token_is_of_the_teams_account_and_for_the_gateway_alone(
    platform: Project, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path_factory.mktemp("kube") / "config"
    path.write_text(platform.access.kubeconfig)
    monkeypatch.setenv("KUBECONFIG", str(path))
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(path))
    middle = token_of("vision").split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    assert claims["sub"] == "system:serviceaccount:vision:default-editor"
    assert claims["aud"] == [AUDIENCE]
    assert claims["exp"] - claims["iat"] == 3600
