"""The whole program, declared for every stack: what a preview would register."""

import json
import runpy
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.platform import release_mark
from cost.asked import stack_bill
from cost.catalog import load_catalog
from cost.demands import is_covered
from cost.estimate import cents
from cost.report import as_output
from plan.build import make_plan
from plan.capacity import fit
from plan.lock import locked_demands
from records.last import READ_OUTPUTS
from records.record import Records
from rehearsal.builtin import NO_CLUSTER
from rehearsal.cluster.pki import Wish, issue, make_authority
from rehearsal.engine.clouds import answers
from rehearsal.engine.stackfile import load_stack
from rehearsal.session import open_session
from settings.load import read_settings
from tests.ingresses import PROVIDERS
from tests.shipped import filled_in

STACKS = sorted(
    path.name.split(".")[1]
    for path in (Path(__file__).parent.parent / "stacks").glob("Pulumi.*.yaml")
)


@pytest.fixture(scope="module", params=STACKS)
def stack_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def shipped(root: Path, name: str) -> dict[str, str]:
    """The configuration of a stack in stacks/, filled in: the tests' stack has another name."""
    return {key: filled_in(value) for key, value in load_stack(root, name).config.items()}


def declared(deploy: Callable[..., Any], root: Path, name: str) -> Any:
    config = {**shipped(root, name), "kubeflow:kubeconfig": NO_CLUSTER}
    main = str(root / "__main__.py")
    plan = make_plan(read_settings(name, config["kubeflow:settings"]), name)
    return deploy(lambda: runpy.run_path(main, run_name="__main__"), config, answers(plan.cluster))


def everything_before(urn: str, graph: Any) -> set[str]:
    """All that has to be there first, directly or not."""
    by_urn = {goal.urn: goal for goal in graph.goals.values()}
    found: set[str] = set()
    waiting = [urn]
    while waiting:
        fresh = set(by_urn[waiting.pop()].dependencies) & set(by_urn) - found
        found |= fresh
        waiting.extend(fresh)
    return found


def assert_volumes_are_kept(graph: Any, *, keeps: bool) -> None:
    """Claims outlive destroy with the namespace around them, and the next `up` may find both."""
    goals = graph.goals.values()
    retained = {(goal.type, goal.name) for goal in goals if goal.retains_on_delete}
    claims = {(goal.type, goal.name) for goal in goals if goal.type.endswith("VolumeClaim")}
    assert claims
    namespace = ("kubernetes:core/v1:Namespace", "kubeflow")
    assert retained == ({namespace, *claims} if keeps else set())
    (provider,) = [goal for goal in goals if goal.type == "pulumi:providers:kubernetes"]
    assert provider.inputs["enableServerSideApply"] == "true"
    assert provider.inputs["upsertExistingObjects"] == "true"


def assert_the_mark_comes_last(graph: Any, objects: set[str]) -> None:
    """The note of the release is made when all of the release is there."""
    mark = graph.goals["kubernetes:core/v1:ConfigMap", "kubeflow/kubeflow-stack-release"]
    assert mark.inputs["data"] == {"release": "26.03"}
    # What lets programs in belongs to no release, as the teams and their workloads do not.
    others = (
        "kubeflow:teams:TeamRoom$",
        "kubeflow:teams:Workloads$",
        "kubeflow:platform:Machines$",
        "kubeflow:platform:Money$",
    )
    platforms = {urn for urn in objects if not any(one in urn for one in others)}
    assert everything_before(mark.urn, graph) >= platforms - {mark.urn}


def test_the_stack_declares_kubeflow(
    deploy: Callable[..., Any], project_root: Path, stack_name: str
) -> None:
    """One run, many facts: a declared program is expensive, its checks are not."""
    graph = declared(deploy, project_root, stack_name)
    kubernetes = [goal for goal in graph.goals.values() if goal.type.startswith("kubernetes:")]
    assert len(kubernetes) > 250
    assert not [goal for goal in kubernetes if goal.type.endswith(":CustomResourceDefinition")]
    for goal in kubernetes:
        labels = goal.inputs["metadata"]["labels"]
        assert labels["kubeflow-stack/name"] == "test"
        assert "Cluster$pulumi:providers:kubernetes::cluster" in goal.provider

    assert_the_mark_comes_last(graph, {goal.urn for goal in kubernetes})

    crds = graph["pulumi-python:dynamic/kubeflow:Crds", "istio-crds"]
    assert "gateways.networking.istio.io" in crds["digests"]
    assert len(crds["__provider"]) < 500, "the provider must travel by reference"

    guard = graph.goals["pulumi-python:dynamic/kubeflow:UserWorkloads", "user-workloads"]
    assert guard.inputs["ending"] == "refuse"
    assert {"kubeflow", "istio-system", "knative-serving"} <= set(guard.inputs["namespaces"])
    assert set(crds["digests"]) == set(guard.inputs["crds"]["istio"])
    assert len(guard.inputs["__provider"]) < 500
    assert everything_before(guard.urn, graph) >= {
        goal.urn
        for goal in graph.goals.values()
        if goal.is_custom and goal is not guard and "kubeflow:teams:Workloads$" not in goal.urn
    }

    plan = open_session(project_root, stack_name).plan
    assert_volumes_are_kept(graph, keeps=plan.kubeflow.keeps_volumes)

    pipeline = graph.goals["kubernetes:apps/v1:Deployment", "kubeflow/ml-pipeline"]
    assert any(
        urn.endswith("MutatingWebhookConfiguration::istio-sidecar-injector")
        for urn in pipeline.dependencies
    )
    probe = graph.goals[
        "pulumi-python:dynamic/kubeflow:WebhookProbe", "cert-manager-webhook-validating"
    ]
    assert probe.inputs["sample"]["kind"] == "ClusterIssuer"
    issuer = graph.goals[
        "kubernetes:cert-manager.io/v1:ClusterIssuer", "kubeflow-self-signing-issuer"
    ]
    assert probe.urn in issuer.dependencies
    assert everything_before(probe.urn, graph) >= set(issuer.dependencies) - {probe.urn}

    dex = graph.goals["kubernetes:apps/v1:Deployment", "auth/dex"]
    passwords = graph.goals["kubernetes:core/v1:Secret", "auth/dex-passwords"]
    assert passwords.secrets == {"stringData"}
    checksum = dex.inputs["spec"]["template"]["metadata"]["annotations"]
    assert len(checksum["kubeflow-stack/config-checksum"]) == 64
    assert "spec" not in dex.secrets, "a digest of secrets is no secret"

    injector = graph[
        "kubernetes:admissionregistration.k8s.io/v1:MutatingWebhookConfiguration",
        "istio-sidecar-injector",
    ]
    assert "caBundle" in injector["metadata"]["annotations"]["pulumi.com/waitFor"]
    assert graph.outputs["release"] == "26.03"
    capacity = graph.outputs["capacity"]
    assert capacity["fits"] is True
    if not plan.kubeflow.patches:  # the owner's patches are what a lock file cannot know
        demands = locked_demands(plan)
        assert fit(demands, plan.cluster.pools).as_output() == capacity

    unknown = {goal.type for goal in graph.goals.values() if not is_covered(goal.type)}
    assert not unknown, "add an extractor or a row of FREE to cost/"
    cost = graph.outputs["cost"]
    by_hand = sum(line["quantity"] * line["price"] for line in cost["lines"].values())
    assert cost["monthly"]["expected"] == pytest.approx(by_hand, abs=0.006)
    is_ours = plan.cluster.provider != "existing"
    assert (cost["monthly"]["expected"] > 0) == is_ours
    assert cost["complete"] == is_ours, "as it is shipped, everything has a price"


def test_what_the_command_prices_is_what_the_program_exports(
    deploy: Callable[..., Any], project_root: Path
) -> None:
    exported = declared(deploy, project_root, "aws-prod").outputs["cost"]
    _, bill = stack_bill(open_session(project_root, "aws-prod"))
    assert as_output(bill) == exported


@pytest.mark.parametrize(
    ("budget", "said"),
    [
        ({"monthly": 200}, r"budget.monthly: \$[0-9.]+ \(expected\)"),
        ({"maxIncrease": 200}, r"budget.maxIncrease: what stands would cost more by"),
    ],
    ids=["monthly", "maxIncrease"],
)
def test_a_stack_beyond_its_budget_registers_nothing(
    budget: dict[str, int],
    said: str,
    deploy: Callable[..., Any],
    project_root: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = shipped(project_root, "aws-dev")
    asked = json.dumps({**json.loads(config["kubeflow:settings"]), "budget": budget})
    cluster = make_plan(read_settings("aws-dev", asked), "aws-dev").cluster
    sums = {"low": 90.0, "expected": 100.0, "high": 200.0}
    stands = {"complete": True, "monthly": sums, "lines": {}}
    registered: list[str] = []
    monkeypatch.setattr(
        type(deploy(lambda: None)), "declare", lambda _, goal: registered.append(goal.name)
    )
    main = str(project_root / "__main__.py")
    with pytest.raises(pulumi.RunError, match=said):
        deploy(
            lambda: runpy.run_path(main, run_name="__main__"),
            {**config, "kubeflow:settings": asked},
            {**answers(cluster), READ_OUTPUTS: lambda _: {"outputs": {"cost": stands}}},
        )
    assert registered == []


def test_the_mode_of_serving_and_the_owners_patches_reach_what_is_declared(
    deploy: Callable[..., Any], project_root: Path
) -> None:
    config = {**load_stack(project_root, "sandbox").config, "kubeflow:kubeconfig": NO_CLUSTER}
    said = json.loads(config["kubeflow:settings"])
    said["kubeflow"] = {
        "components": ["kserve"],
        "kserve": {"mode": "RawDeployment"},
        "patches": [
            {
                "target": {"kind": "Deployment", "name": "istiod"},
                "why": "a test",
                "strategicMerge": {"spec": {"minReadySeconds": 7}},
            }
        ],
    }
    main = str(project_root / "__main__.py")
    graph = deploy(
        lambda: runpy.run_path(main, run_name="__main__"),
        {**config, "kubeflow:settings": json.dumps(said)},
    )
    ingress_class = graph["kubernetes:networking.k8s.io/v1:IngressClass", "istio"]
    assert ingress_class["spec"] == {"controller": "istio.io/ingress-controller"}
    serving = graph["kubernetes:core/v1:ConfigMap", "kubeflow/inferenceservice-config"]
    assert json.loads(serving["data"]["deploy"]) == {"defaultDeploymentMode": "Standard"}
    assert (
        graph["kubernetes:apps/v1:Deployment", "istio-system/istiod"]["spec"]["minReadySeconds"]
        == 7
    )
    dashboard = graph["kubernetes:core/v1:ConfigMap", "kubeflow/centraldashboard-config"]
    menu = [item["link"] for item in json.loads(dashboard["data"]["links"])["menuLinks"]]
    assert menu == ["/kserve-endpoints/"]


def test_on_a_cluster_with_its_own_control_planes_only_the_rest_is_declared(
    deploy: Callable[..., Any], project_root: Path
) -> None:
    config = {**load_stack(project_root, "sandbox").config, "kubeflow:kubeconfig": NO_CLUSTER}
    said = json.loads(config["kubeflow:settings"])
    said["kubeflow"] = {
        "components": ["notebooks"],
        "istio": "existing",
        "certManager": "existing",
    }
    main = str(project_root / "__main__.py")
    graph = deploy(
        lambda: runpy.run_path(main, run_name="__main__"),
        {**config, "kubeflow:settings": json.dumps(said)},
    )
    kinds = {(kind, name) for kind, name in graph.goals}
    assert ("kubernetes:apps/v1:Deployment", "istio-system/istiod") not in kinds
    assert ("kubernetes:core/v1:Namespace", "cert-manager") not in kinds
    assert ("pulumi-python:dynamic/kubeflow:Crds", "istio-crds") not in kinds
    assert ("kubernetes:networking.istio.io/v1alpha3:Gateway", "kubeflow/kubeflow-gateway") in kinds
    gate = graph.goals["pulumi-python:dynamic/kubeflow:ControlPlanes", "control-planes"]
    assert gate.secrets == {"kubeconfig"}
    assert [row["source"] for row in gate.inputs["wanted"]] == ["existing", "existing"]
    on_cluster = [
        goal
        for goal in graph.goals.values()
        if goal.type.startswith("kubernetes:") or goal.type.endswith(":Crds")
    ]
    assert len(on_cluster) > 100
    assert all(gate.urn in goal.dependencies for goal in on_cluster)


def test_a_controller_keeps_the_teams_workloads_once_everything_stands(
    deploy: Callable[..., Any], project_root: Path
) -> None:
    config = {**load_stack(project_root, "sandbox").config, "kubeflow:kubeconfig": NO_CLUSTER}
    said = json.loads(config["kubeflow:settings"])
    said["kubeflow"] = {"components": ["profiles"]}
    said["teams"] = [{"name": "vision", "owner": "ada@corp.test"}]
    said["gitops"] = {"controller": "argocd", "repository": "https://git.corp.test/ml/workloads"}
    main = str(project_root / "__main__.py")
    graph = deploy(
        lambda: runpy.run_path(main, run_name="__main__"),
        {**config, "kubeflow:settings": json.dumps(said)},
    )
    gate = graph.goals["pulumi-python:dynamic/kubeflow:GitOpsController", "gitops-controller"]
    assert gate.secrets == {"kubeconfig"}
    (guard,) = (goal for goal in graph.goals.values() if goal.type.endswith(":UserWorkloads"))
    project = graph.goals["kubernetes:argoproj.io/v1alpha1:AppProject", "argocd/team-vision"]
    application = graph.goals["kubernetes:argoproj.io/v1alpha1:Application", "argocd/team-vision"]
    assert project.urn in application.dependencies
    assert gate.urn in project.dependencies
    assert guard.urn in gate.dependencies


class Upgraded:
    """A cluster on which the last whole `up` was of 26.03."""

    def get(self, _: object) -> dict[str, Any]:
        return {"data": {"release": "26.03"}}


def test_going_to_another_release_is_told_in_words(
    deploy: Callable[..., Any], project_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(release_mark, "Client", lambda _: Upgraded())
    monkeypatch.setattr(pulumi.log, "info", told.append)
    config = {**load_stack(project_root, "sandbox").config, "kubeflow:kubeconfig": NO_CLUSTER}
    said = json.loads(config["kubeflow:settings"])
    said["kubeflow"] = {"components": ["profiles"], "release": "26.03.1-rc.2"}
    main = str(project_root / "__main__.py")
    deploy(
        lambda: runpy.run_path(main, run_name="__main__"),
        {**config, "kubeflow:settings": json.dumps(said)},
    )
    (words,) = [text for text in told if text.startswith("upgrade of Kubeflow")]
    assert "from 26.03 to 26.03.1-rc.2" in words
    assert "Istio goes from 1.29.2 to 1.30.1" in words


def with_stores(root: Path, **secrets: str) -> dict[str, str]:
    """The sandbox's configuration with both stores elsewhere, and these secrets."""
    config = {**load_stack(root, "sandbox").config, "kubeflow:kubeconfig": NO_CLUSTER}
    said = json.loads(config["kubeflow:settings"])
    said["kubeflow"] = {"components": ["pipelines", "katib"]}
    said["stores"] = {
        "objects": {"kind": "spaces", "bucket": "ours", "region": "nyc3"},
        "database": {"kind": "managed", "host": "db.corp.test"},
    }
    config["kubeflow:settings"] = json.dumps(said)
    return {**config, **{f"kubeflow:{key}": value for key, value in secrets.items()}}


def test_every_secret_of_a_store_that_is_not_usable_is_named(
    deploy: Callable[..., Any], project_root: Path
) -> None:
    config = with_stores(
        project_root,
        objectStoreAccessKey="minio",
        objectStoreSecretKey="hs7Gd8fhq2",
        katibDatabasePassword="",
    )
    main = str(project_root / "__main__.py")
    with pytest.raises(pulumi.RunError) as caught:
        deploy(lambda: runpy.run_path(main, run_name="__main__"), config)
    fix = "pulumi config set --secret kubeflow:{} -s test"
    assert str(caught.value).splitlines() == [
        "stack test: secrets are not usable",
        "  kubeflow:katibDatabasePassword: is empty; stores.database.kind managed with component "
        "katib needs it: " + fix.format("katibDatabasePassword"),
        "  kubeflow:objectStoreAccessKey: is a value that everybody knows; generate another: "
        + fix.format("objectStoreAccessKey"),
        "  kubeflow:pipelinesDatabasePassword: is missing; stores.database.kind managed with "
        "component pipelines needs it: " + fix.format("pipelinesDatabasePassword"),
    ]


def test_a_secret_that_stands_in_clear_is_refused_and_not_shown(
    deploy: Callable[..., Any], project_root: Path
) -> None:
    passwords = {
        "objectStoreAccessKey": "AKIA7",
        "objectStoreSecretKey": "hs7Gd8fhq2",
        "pipelinesDatabasePassword": "oe8Hg7",
        "katibDatabasePassword": "kt6Dd5",
        "registryDatabasePassword": "mr4Ss3",
        "kubeconfig": "token: 4Gg5",
    }
    config = with_stores(project_root, **passwords)
    encrypted = [key for key in config if not key.endswith(("kubeconfig", "katibDatabasePassword"))]
    main = str(project_root / "__main__.py")
    with pytest.raises(pulumi.RunError) as caught:
        deploy(lambda: runpy.run_path(main, run_name="__main__"), config, None, encrypted)
    how = "encrypt it: pulumi config set --secret kubeflow:{} -s test, and replace it, if others "
    assert str(caught.value).splitlines() == [
        "stack test: secrets are not usable",
        *(
            f"  kubeflow:{key}: stands in clear in stacks/Pulumi.test.yaml; "
            + how.format(key)
            + "have seen it"
            for key in ("katibDatabasePassword", "kubeconfig")
        ),
    ]


def test_a_misspelt_key_beside_the_settings_ends_the_program(
    deploy: Callable[..., Any], project_root: Path
) -> None:
    config = {**shipped(project_root, "existing"), "kubeflow:kubeconfg": NO_CLUSTER}
    main = str(project_root / "__main__.py")
    with pytest.raises(pulumi.RunError, match="did you mean kubeflow:kubeconfig"):
        deploy(lambda: runpy.run_path(main, run_name="__main__"), config)


def test_the_secrets_of_stores_are_declared_as_secrets_and_roll_what_reads_them(
    deploy: Callable[..., Any], project_root: Path
) -> None:
    main = str(project_root / "__main__.py")

    def declare(katib: str) -> Any:
        config = with_stores(
            project_root,
            objectStoreAccessKey="AKIA7",
            objectStoreSecretKey="hs7Gd8fhq2",
            pipelinesDatabasePassword="p8aJshd",
            katibDatabasePassword=katib,
        )
        return deploy(lambda: runpy.run_path(main, run_name="__main__"), config)

    graph, rotated = declare("k8sJdhs"), declare("another")
    for name in ("mlpipeline-minio-artifact", "mysql-secret", "katib-mysql-secrets"):
        assert graph.goals["kubernetes:core/v1:Secret", f"kubeflow/{name}"].secrets
    secret = graph["kubernetes:core/v1:Secret", "kubeflow/mlpipeline-minio-artifact"]
    assert secret["stringData"] == {"accesskey": "AKIA7", "secretkey": "hs7Gd8fhq2"}

    def template(of: Any, name: str) -> Any:
        return of["kubernetes:apps/v1:Deployment", f"kubeflow/{name}"]["spec"]["template"]

    assert template(graph, "katib-db-manager") != template(rotated, "katib-db-manager")
    assert template(graph, "ml-pipeline") == template(rotated, "ml-pipeline")


def with_pools(root: Path, nodes: int, most: int, **said: Any) -> dict[str, str]:
    """The sandbox's configuration with one pool, and whatever else is said."""
    config = {**load_stack(root, "sandbox").config, "kubeflow:kubeconfig": NO_CLUSTER}
    pool = {"name": "one", "instanceTypes": ["m5.large"], "nodes": nodes, "maxNodes": most}
    settings = {**json.loads(config["kubeflow:settings"]), "pools": [pool], **said}
    return {**config, "kubeflow:settings": json.dumps(settings)}


def test_a_stack_that_never_fits_is_refused_before_anything_is_registered(
    deploy: Callable[..., Any], project_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered: list[object] = []
    monkeypatch.setattr(Records, "note", lambda _, args: registered.append(args))
    main = str(project_root / "__main__.py")
    config = with_pools(project_root, nodes=1, most=1)
    with pytest.raises(pulumi.RunError, match=r"(?s)DOES NOT FIT.*pools\[0\].maxNodes: \d would"):
        deploy(lambda: runpy.run_path(main, run_name="__main__"), config)
    assert registered == []


ASKS_MORE = {
    "target": {"kind": "Deployment", "namespace": "kubeflow", "name": "ml-pipeline"},
    "why": "our runs are many",
    "strategicMerge": {"spec": {"replicas": 99}},
}


def test_so_is_one_that_the_owners_patches_make_too_large(
    deploy: Callable[..., Any], project_root: Path
) -> None:
    main = str(project_root / "__main__.py")
    config = with_pools(project_root, nodes=6, most=6, kubeflow={"patches": [ASKS_MORE]})
    with pytest.raises(pulumi.RunError, match=r"no node takes .*kubeflow/ml-pipeline"):
        deploy(lambda: runpy.run_path(main, run_name="__main__"), config)


@pytest.mark.parametrize(
    ("most", "overcommit", "words"),
    [
        (6, "refuse", "everything fits once the pools have grown"),
        (1, "warn", "not even with every pool at its maxNodes"),
    ],
)
def test_what_fits_later_or_is_insisted_on_is_a_warning(
    deploy: Callable[..., Any],
    project_root: Path,
    most: int,
    overcommit: str,
    words: str,
) -> None:
    main = str(project_root / "__main__.py")
    config = with_pools(project_root, nodes=1, most=most, capacity={"overcommit": overcommit})
    warned: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pulumi.log, "warn", warned.append)
        graph = deploy(lambda: runpy.run_path(main, run_name="__main__"), config)
    (said,) = warned
    assert "DOES NOT FIT" in said
    assert words in said
    assert graph.outputs["capacity"]["fits"] is False


def test_a_bucket_that_the_stack_makes_comes_to_the_platform_with_its_key(
    deploy: Callable[..., Any], project_root: Path
) -> None:
    config = shipped(project_root, "aws-prod")
    said = json.loads(config["kubeflow:settings"])
    said["kubeflow"] = {"components": ["pipelines"]}
    said["stores"] = {"objects": {"kind": "s3"}}
    said["teams"] = [{"name": "vision", "owner": "ada@corp.test"}]
    text = json.dumps(said)
    plan = make_plan(read_settings("test", text), "test")
    main = str(project_root / "__main__.py")
    graph = deploy(
        lambda: runpy.run_path(main, run_name="__main__"),
        {**config, "kubeflow:settings": text},
        answers(plan.cluster),
    )
    secret = graph.goals["kubernetes:core/v1:Secret", "kubeflow/mlpipeline-minio-artifact"]
    assert secret.inputs["stringData"] == {
        "accesskey": "AccessKey-artefacts",
        "secretkey": "simulated-secret-of-artefacts",
    }
    assert secret.secrets == {"stringData"}
    keys = graph.goals["kubernetes:core/v1:Secret", "kubeflow/pipelines-team-keys"]
    assert keys.secrets == {"stringData"}
    assert json.loads(keys.inputs["stringData"]["keys"]) == {
        "vision": ["AccessKey-artefacts-vision", "simulated-secret-of-artefacts-vision"]
    }
    launcher = graph["kubernetes:core/v1:ConfigMap", "kubeflow/kfp-launcher"]["data"]
    bucket = graph["aws:s3/bucket:Bucket", "artefacts"]["bucket"]
    assert launcher["defaultPipelineRoot"].startswith(f"s3://{bucket}/")
    assert ("kubernetes:apps/v1:Deployment", "kubeflow/seaweedfs") not in graph.goals
    assert everything_before(secret.urn, graph) >= {
        goal.urn for goal in graph.goals.values() if goal.type.startswith("aws:s3/")
    }, "pods may write until they are gone"
    assert graph.outputs["address"] == "entry.elb.invalid"


def test_records_lead_to_the_load_balancer_once_its_service_has_an_address(
    deploy: Callable[..., Any], project_root: Path
) -> None:
    config = shipped(project_root, "digitalocean-dev")
    said = json.loads(config["kubeflow:settings"])
    said["kubeflow"] = {"components": ["profiles"]}
    said["ingress"] |= {"domain": "ml.corp.test"}
    entry = {"sources": ["203.0.113.0/24"], "hostedZone": "corp.test"}
    said["cluster"]["network"] = {"entry": entry}
    text = json.dumps(said)
    plan = make_plan(read_settings("test", text), "test")
    main = str(project_root / "__main__.py")
    graph = deploy(
        lambda: runpy.run_path(main, run_name="__main__"),
        {**config, "kubeflow:settings": text},
        answers(plan.cluster),
    )
    service = graph.goals["kubernetes:core/v1:Service", "istio-system/istio-ingressgateway-entry"]
    assert "status" not in service.inputs
    records = [goal for goal in graph.goals.values() if goal.type.endswith(":DnsRecord")]
    assert {goal.name for goal in records} == {"ml.corp.test", "*.ml.corp.test"}
    for record in records:
        assert service.urn in record.dependencies
    assert "address" in graph.outputs


def at_a_domain(root: Path, tls: dict[str, str], **secrets: str) -> dict[str, str]:
    """The sandbox's configuration at a domain, with these secrets."""
    config = {**load_stack(root, "sandbox").config, "kubeflow:kubeconfig": NO_CLUSTER}
    said = json.loads(config["kubeflow:settings"])
    said["kubeflow"] = {"components": ["profiles"]}
    said["ingress"] |= {"domain": "ml.corp.test", "tls": tls}
    config["kubeflow:settings"] = json.dumps(said)
    return {**config, **{f"kubeflow:{key}": value for key, value in secrets.items()}}


def test_a_domain_has_its_address_and_its_authority_in_the_outputs(
    deploy: Callable[..., Any], project_root: Path
) -> None:
    main = str(project_root / "__main__.py")
    config = at_a_domain(project_root, {"mode": "selfSigned"})
    graph = deploy(lambda: runpy.run_path(main, run_name="__main__"), config)
    assert graph.outputs["url"] == "https://ml.corp.test"
    assert graph.outputs["caCertificate"]
    authority = graph.goals["pulumi-python:dynamic/kubeflow:Authority", "authority"]
    assert authority.secrets == {"kubeconfig"}
    assert any(urn.endswith("gateway-certificate") for urn in authority.dependencies)
    guard = graph.goals["pulumi-python:dynamic/kubeflow:UserWorkloads", "user-workloads"]
    assert authority.urn in guard.dependencies


def test_a_login_with_what_everybody_knows_is_refused(
    deploy: Callable[..., Any], project_root: Path
) -> None:
    """Upstream gives every platform the same client secret."""
    main = str(project_root / "__main__.py")
    config = at_a_domain(
        project_root,
        {"mode": "provided"},
        tlsCertificate=" \n",
        loginClientSecret="pUBnBOY80SnXgjibTYM9ZWNzY2xreNGQok",
    )
    said = json.loads(config["kubeflow:settings"])
    said["ingress"]["auth"] |= {"provider": PROVIDERS["github"], "emailDomains": ["sandbox.test"]}
    config["kubeflow:settings"] = json.dumps(said)
    with pytest.raises(pulumi.RunError) as caught:
        deploy(lambda: runpy.run_path(main, run_name="__main__"), config)
    fix = "pulumi config set --secret kubeflow:{} -s test"
    assert str(caught.value).splitlines() == [
        "stack test: secrets are not usable",
        "  kubeflow:loginClientSecret: is a value that everybody knows; generate another: "
        + fix.format("loginClientSecret"),
        "  kubeflow:tlsCertificate: is empty; ingress.tls.mode provided needs it: "
        + fix.format("tlsCertificate")
        + " < FILE",
        "  kubeflow:tlsKey: is missing; ingress.tls.mode provided needs it: "
        + fix.format("tlsKey")
        + " < FILE",
    ]


def test_a_provided_certificate_that_does_not_fit_is_refused_before_anything(
    deploy: Callable[..., Any], project_root: Path
) -> None:
    main = str(project_root / "__main__.py")
    other = issue(make_authority("test"), Wish(common_name="x", names=("other.test",)))
    config = at_a_domain(
        project_root,
        {"mode": "provided"},
        tlsCertificate=other.certificate,
        tlsKey=make_authority("another").key,
    )
    with pytest.raises(pulumi.RunError) as caught:
        deploy(lambda: runpy.run_path(main, run_name="__main__"), config)
    assert str(caught.value).splitlines() == [
        "stack test: secrets are not usable",
        "  kubeflow:tlsCertificate: does not cover ml.corp.test, only other.test; "
        "hand in one that does",
        "  kubeflow:tlsKey: is not the key of kubeflow:tlsCertificate; hand in the pair",
    ]


def test_a_provided_certificate_is_declared_as_a_secret(
    deploy: Callable[..., Any], project_root: Path
) -> None:
    main = str(project_root / "__main__.py")
    pair = issue(make_authority("test"), Wish(common_name="x", names=("ml.corp.test",)))
    config = at_a_domain(
        project_root,
        {"mode": "provided"},
        tlsCertificate=pair.certificate,
        tlsKey=pair.key,
    )
    graph = deploy(lambda: runpy.run_path(main, run_name="__main__"), config)
    secret = graph.goals["kubernetes:core/v1:Secret", "istio-system/gateway-provided"]
    assert secret.secrets == {"stringData"}
    assert "caCertificate" not in graph.outputs


def test_the_price_of_a_team_is_told(
    deploy: Callable[..., Any], project_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(pulumi.log, "info", told.append)
    config = shipped(project_root, "aws-dev")
    said = json.loads(config["kubeflow:settings"])
    said["teams"] = [{"name": "vision", "owner": "ada@example.test", "quota": {"storage": "50Gi"}}]
    config["kubeflow:settings"] = json.dumps(said)
    plan = make_plan(read_settings("aws-dev", config["kubeflow:settings"]), "aws-dev")
    main = str(project_root / "__main__.py")
    deploy(lambda: runpy.run_path(main, run_name="__main__"), config, answers(plan.cluster))
    gigabyte = load_catalog().price_on("aws.ebs.gp3.gb", plan.cluster.region, date.today()).amount
    (line,) = (line for line in told if line.startswith("team vision: at least $"))
    assert f"volumes ${cents(50 * gigabyte)}, on top; no limit of cpu, memory" in line
