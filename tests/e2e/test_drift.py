"""Every component on the small pools: no default secret, no drift, and a node may be lost."""

import base64
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import pytest

from kube.client import Client
from kube.errors import ApiStatusError
from plan.monitoring import COMPONENT as MONITORING
from rehearsal.engine.state import State
from rehearsal.placement import Placement, placement
from rehearsal.session import open_session
from tests.components.test_fit import SYSTEM
from tests.components.test_patches import KNOWN_PASSWORDS, KNOWN_TEXTS, texts, with_password
from tests.e2e.conftest import Project
from tests.e2e.watching import until
from upstream.model import Obj
from upstream.pins import release_map

pytestmark = pytest.mark.rehearsal

Json = dict[str, Any]

BASE = ("cert-manager", "istio", "namespaces", "istio-resources", "oauth2-proxy", "dex")
# One zone: a volume is pinned to the zone of its first pod, and none but its nodes can take it.
CLUSTER = {"provider": "existing", "kubernetes": "1.35", "zones": ["a"], "storageClass": "fast"}
DIGITALOCEAN = [{"name": "base", "instanceTypes": ["s-4vcpu-16gb-amd"], "nodes": 3}]
AWS = [
    {"name": "general", "instanceTypes": ["m5.xlarge"], "nodes": 3},
    {
        "name": "gpu",
        "instanceTypes": ["g4dn.xlarge"],
        "nodes": 0,
        "minNodes": 0,
        "maxNodes": 2,
        "spot": True,
        "taints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}],
    },
]
SETTLE_SECONDS = 60
NOT_FOUND = 404
RIGHTS, ADMISSION = "rbac.authorization.k8s.io/v1", "admissionregistration.k8s.io/v1"
WEBHOOKS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
PLACEHOLDER = "Cg=="  # what upstreams write where a CA comes later


def every(release: str) -> list[str]:
    """The components of a release that a stack may choose."""
    return [name for name in release_map(release).components if name not in (*BASE, MONITORING)]


def configure(
    project: Project, pools: list[Json], patches: Iterable[Json] = (), release: str = "26.03"
) -> None:
    kubeflow = {"release": release, "components": every(release), "patches": list(patches)}
    monitoring = {"mode": "managed"}
    project.configure(cluster=CLUSTER, pools=pools, kubeflow=kubeflow, monitoring=monitoring)


@pytest.fixture
def on_digitalocean(project: Project) -> Project:
    """Every component on DigitalOcean's small pool, whatever was before."""
    configure(project, DIGITALOCEAN)
    project.succeed("up")
    return project


@pytest.fixture
def on_aws(project: Project) -> Project:
    """Every component on AWS's small pool, whatever was before."""
    configure(project, AWS)
    project.succeed("up")
    return project


def settled(client: Client, lost: str = "") -> Placement:
    """Where the pods are once every controller has all it wants; fails naming what lacks."""
    looks = (
        ("v1", "Pod", lambda: [*adrift(client, lost), *short(client)]),
        ("apps/v1", "Deployment", lambda: incomplete(client, "Deployment")),
        ("apps/v1", "StatefulSet", lambda: incomplete(client, "StatefulSet")),
        ("apps/v1", "DaemonSet", lambda: uneven(client)),
    )
    while any(look() for _, _, look in looks):
        for api_version, kind, look in looks:
            until(client, api_version, kind, look, SETTLE_SECONDS)
    return placement(client)


def workloads(client: Client, kind: str) -> dict[str, Json]:
    return {
        f"{kind} {body['metadata']['namespace']}/{body['metadata']['name']}": body
        for body in client.list(client.resource("apps/v1", kind))
    }


def incomplete(client: Client, kind: str) -> list[str]:
    """Workloads of this kind whose controller has not seen them with all their pods ready."""
    return [
        name
        for name, body in workloads(client, kind).items()
        if not is_seen(body) or body["status"].get("readyReplicas", 0) != body["spec"]["replicas"]
    ]


def short(client: Client) -> list[str]:
    """Workloads without all their pods: a status is of before until its controller looks."""
    there = living(client)
    kinds = ("Deployment", "StatefulSet")
    found = {name: body for kind in kinds for name, body in workloads(client, kind).items()}
    return [name for name, body in found.items() if there[name] != body["spec"]["replicas"]]


def uneven(client: Client) -> list[str]:
    """DaemonSets without a ready pod on each of their nodes."""
    there = living(client)
    return [
        name
        for name, body in workloads(client, "DaemonSet").items()
        if not is_seen(body)
        or {there[name], body["status"]["numberReady"]}
        != {body["status"]["desiredNumberScheduled"]}
    ]


def is_seen(body: Json) -> bool:
    generation = body["metadata"]["generation"]
    return bool(body["status"].get("observedGeneration", 0) >= generation)


def living(client: Client) -> Counter[str]:
    """How many pods each workload has, those that are about to go left out."""
    found = Counter[str]()
    for pod in client.list(client.resource("v1", "Pod")):
        metadata = pod["metadata"]
        for owner in metadata.get("ownerReferences", ()):
            kind, name = owner["kind"], owner["name"]
            if kind == "ReplicaSet":
                kind, name = "Deployment", name.rpartition("-")[0]
            if "deletionTimestamp" not in metadata:
                found[f"{kind} {metadata['namespace']}/{name}"] += 1
    return found


def adrift(client: Client, lost: str) -> list[tuple[str, str]]:
    """Pods without a node or on the lost one, and what the scheduler says of them."""
    said = {one.pod: one.reason for one in placement(client).waiting}
    names = [
        f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
        for pod in client.list(client.resource("v1", "Pod"))
        if pod["spec"].get("nodeName") in (lost, None)
    ]
    return [(name, said.get(name, f"on {lost}")) for name in names]


def neighbours() -> Iterator[Json]:
    """What stands on the nodes beside the platform: what a cloud runs itself."""
    yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "beside"}}
    for demand in SYSTEM:
        name = demand.name.replace(" ", "-")
        asked = {"cpu": f"{demand.cpu_m}m", "memory": f"{demand.memory_mib}Mi"}
        container = {"name": "it", "image": "a/b:1", "resources": {"requests": asked}}
        template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}
        count = {} if demand.is_per_node else {"replicas": demand.replicas}
        yield {
            "apiVersion": "apps/v1",
            "kind": "DaemonSet" if demand.is_per_node else "Deployment",
            "metadata": {"name": name, "namespace": "beside"},
            "spec": {**count, "selector": {"matchLabels": {"app": name}}, "template": template},
        }


def lose(client: Client, node: str) -> None:
    """A machine is gone, and its pods with it, as the cloud's controller leaves it."""
    client.delete({"apiVersion": "v1", "kind": "Node", "metadata": {"name": node}})
    at_once = {"gracePeriodSeconds": 0}
    for pod in client.list(client.resource("v1", "Pod")):
        if pod["spec"].get("nodeName") == node:
            try:
                client.call("DELETE", client.path_of(pod), None, at_once, "application/json")
            except ApiStatusError as error:
                if error.status != NOT_FOUND:  # a controller was first
                    raise


def node_of_the_databases(client: Client) -> str:
    """The worst node to lose: its pods' volumes must be had elsewhere."""
    pods = client.list(client.resource("v1", "Pod"), "app=mysql")
    return str(pods[0]["spec"]["nodeName"])


def assert_a_node_may_go(project: Project) -> None:
    """Three nodes carry everything, monitoring beside it, and so do two."""
    client = project.client
    for body in neighbours():
        client.apply(body, "test")
    before = settled(client)
    assert (len(before.nodes), before.waiting) == (3, ())
    lost = node_of_the_databases(client)
    lose(client, lost)
    after = settled(client, lost)
    assert after.waiting == ()
    assert len(after.nodes) == 2, "no node came in place of the lost one"
    assert lost not in {node.node for node in after.nodes}
    # Istio's and node-exporter's are the platform's own.
    daemons = len([demand for demand in SYSTEM if demand.is_per_node]) + 2
    assert pods_of(before) - pods_of(after) == daemons


def pods_of(found: Placement) -> int:
    return sum(node.pods for node in found.nodes)


def clear(text: str) -> str:
    """A text with what it says in base64, if that is what it is in, as the data of Secrets are."""
    try:
        return f"{text}\n{base64.b64decode(text, validate=True).decode()}"
    except ValueError:
        return text


def found_in(bodies: Mapping[str, Json]) -> list[tuple[str, str]]:
    """Objects in which a text stands that everybody knows, or a password that everybody tries."""
    said = {name: "\n".join(map(clear, texts(body))) for name, body in bodies.items()}
    hits = [(name, known) for name, text in said.items() for known in KNOWN_TEXTS if known in text]
    secrets = [
        Obj(
            api_version="v1",
            kind="Secret",
            namespace=body["metadata"].get("namespace", ""),
            name=body["metadata"]["name"],
            component="",
            body=body,
        )
        for body in bodies.values()
        if body.get("kind") == "Secret"
    ]
    return [*hits, *((name, p) for p in KNOWN_PASSWORDS for name in with_password(secrets, p))]


def in_the_state(project: Project) -> dict[str, Json]:
    """What the state keeps of every resource, its secrets opened."""
    session = open_session(project.root, project.stack)
    found: dict[str, Json] = {}
    for one in State(session.folder, session.key()):
        found[f"inputs of {one.urn}"] = one.inputs
        found[f"outputs of {one.urn}"] = one.outputs
    return found


def on_the_cluster(client: Client) -> dict[str, Json]:
    """Every object of every kind."""
    return {
        f"{kind.kind} {item['metadata'].get('namespace', '')}/{item['metadata']['name']}": item
        for kind in client.every_resource()
        for item in client.list(kind)
    }


def test_the_scan_finds_what_everybody_knows() -> None:
    for known in KNOWN_TEXTS:
        hidden = base64.b64encode(f"key: {known}".encode()).decode()
        assert found_in({"plain": {"a": [f"<{known}>"]}}) == [("plain", known)]
        assert found_in({"hidden": {"data": {"a": hidden}}}) == [("hidden", known)]
    body = {"kind": "Secret", "metadata": {"name": "db"}, "data": {"PASSWORD": "dGVzdA=="}}
    assert found_in({"secret": body}) == [("db.PASSWORD", "test")]


def test_no_default_secret_is_in_the_state_or_on_the_cluster(on_digitalocean: Project) -> None:
    state, cluster = in_the_state(on_digitalocean), on_the_cluster(on_digitalocean.client)
    assert len(state) > 1300
    assert len(cluster) > 800
    assert found_in(state) == []
    assert found_in(cluster) == []


def test_digitaloceans_small_pool_carries_everything_with_a_node_lost(
    on_digitalocean: Project,
) -> None:
    assert_a_node_may_go(on_digitalocean)


def test_so_does_the_one_of_aws(on_aws: Project) -> None:
    assert {node.pool for node in settled(on_aws.client).nodes} == {"general"}
    assert_a_node_may_go(on_aws)


def ours(project: Project, api_version: str, kind: str) -> list[Json]:
    client = project.client
    labels = f"kubeflow-stack/name={project.stack}"
    return list(client.list(client.resource(api_version, kind), labels))


def patch(client: Client, body: Json, operations: Any, subresource: str = "") -> None:
    path = client.path_of(body) + subresource
    client.call("PATCH", path, None, operations, "application/json-patch+json")


def let_the_controllers_write(project: Project) -> None:
    """What drifts on a real cluster once its controllers are at work.

    Roles are aggregated and CAs injected by the rehearsal's own; here are those it lacks.
    """
    client = project.client
    for scaler in ours(project, "autoscaling/v2", "HorizontalPodAutoscaler"):
        target, most = scaler["spec"]["scaleTargetRef"], scaler["spec"]["maxReplicas"]
        place = {"namespace": scaler["metadata"]["namespace"], "name": target["name"]}
        scaled = {"apiVersion": target["apiVersion"], "kind": target["kind"], "metadata": place}
        to_the_most = {"op": "replace", "path": "/spec/replicas", "value": most}
        patch(client, scaled, [to_the_most], "/scale")
    for config in webhook_configurations(project):
        operations = list(as_knative_and_istiod_write(config))
        if operations:
            patch(client, config, operations)
    for secret in ours(project, "v1", "Secret"):
        if "data" not in secret:
            filled = {"op": "add", "path": "/data", "value": {"tls.key": "a2V5"}}
            patch(client, secret, [filled])
    until(client, RIGHTS, "ClusterRole", lambda: without_rules(project), SETTLE_SECONDS)
    for kind in WEBHOOKS:
        until(client, ADMISSION, kind, partial(untrusted, project, kind), SETTLE_SECONDS)


def webhook_configurations(project: Project) -> list[Json]:
    return [config for kind in WEBHOOKS for config in ours(project, ADMISSION, kind)]


def as_knative_and_istiod_write(config: Json) -> Iterator[Json]:
    """Knative fills in what its webhooks judge and who owns them; istiod makes its own fail."""
    rule = {
        "apiGroups": ["nothing.test"],
        "apiVersions": ["v1"],
        "operations": ["CREATE"],
        "resources": ["nothing"],
    }
    for n, hook in enumerate(config["webhooks"]):
        if not hook.get("rules"):
            yield {"op": "add", "path": f"/webhooks/{n}/rules", "value": [rule]}
            yield {"op": "add", "path": f"/webhooks/{n}/matchPolicy", "value": "Exact"}
        if config["metadata"]["name"].startswith("istio-validator"):
            yield {"op": "add", "path": f"/webhooks/{n}/failurePolicy", "value": "Fail"}


def aggregated(project: Project) -> list[Json]:
    """Roles whose rules the control plane fills in from other roles of ours."""
    roles = ours(project, RIGHTS, "ClusterRole")
    labels = [role["metadata"]["labels"].items() for role in roles]
    return [
        role
        for role in roles
        for selector in role.get("aggregationRule", {}).get("clusterRoleSelectors", ())
        if any(selector["matchLabels"].items() <= one for one in labels)
    ]


def without_rules(project: Project) -> list[str]:
    return [role["metadata"]["name"] for role in aggregated(project) if not role.get("rules")]


def untrusted(project: Project, kind: str) -> list[str]:
    """Webhooks of this kind without a CA, or with the placeholder for one."""
    return [
        hook["name"]
        for config in ours(project, ADMISSION, kind)
        for hook in config["webhooks"]
        if hook["clientConfig"].get("caBundle", PLACEHOLDER) == PLACEHOLDER
    ]


def names(changes: Mapping[str, str]) -> dict[str, str]:
    return {urn.rpartition("::")[2]: op for urn, op in changes.items()}


def assert_nothing_drifts(project: Project) -> None:
    """Controllers write what they write, and there is nothing to do."""
    let_the_controllers_write(project)
    settled(project.client)
    assert len(aggregated(project)) > 10
    before = project.writes()
    for command in ("preview", "refresh", "preview", "up"):
        assert project.changes(command) == {}, command
    assert project.writes() == before


def test_nothing_drifts_whatever_the_controllers_write(on_aws: Project) -> None:
    assert_nothing_drifts(on_aws)


def test_a_refresh_finds_what_somebody_did(on_aws: Project) -> None:
    project = on_aws
    client = project.client
    theirs = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "pipeline-install-config", "namespace": "kubeflow"},
        "data": {"bucketName": "x"},
    }
    client.apply(theirs, "somebody")
    account = {"name": "ml-pipeline-ui", "namespace": "kubeflow"}
    assert client.delete({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account})
    config, gone = "kubeflow/pipeline-install-config", "kubeflow/ml-pipeline-ui"
    before = project.writes()
    assert names(project.changes("refresh")) == {config: "update", gone: "delete"}
    assert project.changes("refresh") == {}
    assert project.writes() == before
    assert names(project.changes("preview")) == {config: "update", gone: "create"}
    assert names(project.changes("up")) == {config: "update", gone: "create"}
    assert project.changes("preview") == {}


# Each undoes what keeps one controller's field out of our hands.
UNDONE = {
    "istio-system/istio-ingressgateway": (
        "Deployment",
        {"spec": {"replicas": 1}},
    ),
    "kubeflow-admin": ("ClusterRole", {"rules": []}),
    "istio-validator-istio-system": (
        "ValidatingWebhookConfiguration",
        {"webhooks": [{"name": "rev.validation.istio.io", "failurePolicy": "Ignore"}]},
    ),
    "config.webhook.serving.knative.dev": (
        "ValidatingWebhookConfiguration",
        {"webhooks": [{"name": "config.webhook.serving.knative.dev", "rules": []}]},
    ),
    "katib.kubeflow.org": (
        "MutatingWebhookConfiguration",
        {
            "webhooks": [
                {
                    "name": "defaulter.experiment.katib.kubeflow.org",
                    "clientConfig": {"caBundle": PLACEHOLDER},
                }
            ]
        },
    ),
}


def test_each_field_would_drift_if_we_said_it(project: Project) -> None:
    undone = [
        {
            "target": {"kind": kind, "name": name.rpartition("/")[2]},
            "why": "to see it drift",
            "strategicMerge": merge,
        }
        for name, (kind, merge) in UNDONE.items()
    ]
    configure(project, AWS, undone)
    project.succeed("up")
    let_the_controllers_write(project)
    drifted = dict.fromkeys(UNDONE, "update")
    assert names(project.changes("preview")) == drifted
    assert names(project.changes("refresh")) == drifted
    assert names(project.changes("preview")) == drifted
    configure(project, AWS)
    project.succeed("up")
    assert project.changes("preview") == {}


def test_nothing_drifts_in_the_next_release(project: Project) -> None:
    configure(project, AWS, release="26.03.1-rc.2")
    project.succeed("up")
    assert_nothing_drifts(project)
