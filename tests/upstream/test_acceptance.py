"""What every selection of every release must be before a cluster sees it, from manifests alone.

Each component alone with what it needs, and all together: patched as the program does, nothing
fetched. The tables are what cannot be told from manifests, each row with its reason.
"""

import os
import re
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from components.platform.credentials import Credentials
from components.platform.patches.table import PatchArgs, platform_objects
from components.platform.stores import Database, ObjectStore, Stores
from plan.components import choose
from plan.model import KserveMode
from plan.monitoring import Watched, decide_monitoring
from settings.monitoring import MonitoringSettings
from upstream.admission import configurations, webhooks
from upstream.crds import crd_body
from upstream.inventory import Inventory, annotations, pod_template, take_inventory
from upstream.load import load_release
from upstream.model import Body, CrdRef, Key, Obj, Release
from upstream.order import order
from upstream.pins import known_releases, release_map
from upstream.selectors import selects

ROOT = Path(__file__).parents[2]
ALL = "everything"
RAW = "kserve without knative"
ELSEWHERE = "everything with stores elsewhere"
MAX_SECONDS = 29
SET_SECONDS = 90  # docs/benchmarks.md
STORES = Stores(
    objects=ObjectStore(
        bucket="ours",
        region="nyc3",
        endpoint="nyc3.digitaloceanspaces.com",
        access_key="who",
        secret_key="what",
    ),
    database=Database(
        host="db.corp.test",
        port=25060,
        passwords=dict.fromkeys(("pipelines", "katib", "model-registry"), "secret"),
    ),
)

# Services whose programs put their own CA into the configurations that name them.
OWN_CA: Mapping[tuple[str, str], str] = {
    ("istio-system", "istiod"): "istiod signs for itself and patches both configurations",
    ("knative-serving", "webhook"): "knative's certificate reconciler",
    ("knative-serving", "net-istio-webhook"): "knative's certificate reconciler",
    ("kubeflow-system", "jobset-webhook-service"): "OPA's certificate rotator",
    ("kubeflow-system", "kubeflow-trainer-controller-manager"): "OPA's certificate rotator",
    ("kubeflow", "training-operator"): "OPA's certificate rotator",
    ("kubeflow", "spark-operator-webhook-svc"): "it makes its Secret and patches with it",
}
# What pods name and no manifest has.
AT_RUN_TIME: Mapping[tuple[str, str, str], str] = {
    ("istio-system", "ConfigMap", "istio-ca-root-cert"): "istiod puts it into every namespace",
}
# Workloads that the restricted standard refuses, in namespaces that do not ask for it.
UNRESTRICTED: Mapping[tuple[str, str], str] = {
    ("kube-system", "istio-cni-node"): "it installs a CNI plugin on its node, as root",
    ("monitoring", "blackbox-exporter"): "upstream drops no system calls for it; we leave it out",
    ("monitoring", "node-exporter"): "it reads the node itself: its disks, network and processes",
}
UNENFORCED: Mapping[str, str] = {"monitoring": "node-exporter is there"}

VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What one choice of components puts on a cluster."""

    release: Release
    objects: tuple[Obj, ...]
    inventory: Inventory


@pytest.fixture(scope="module", autouse=True)
def in_time() -> Iterator[None]:
    """The whole set takes no longer than it may, by the processor's clock.

    That one stands still while others have the processor: a busy machine fails nobody.
    """
    before = _cpu_seconds()
    yield
    took = _cpu_seconds() - before
    assert took < SET_SECONDS, f"the acceptance set took {took:.0f} s of CPU, not {SET_SECONDS}"


def _cpu_seconds() -> float:
    """What this process has used, and those that it started."""
    return sum(os.times()[:4])


def _cases() -> list[tuple[str, str]]:
    return [
        (r, c) for r in known_releases() for c in (*release_map(r).components, RAW, ALL, ELSEWHERE)
    ]


@pytest.fixture(scope="module", params=_cases(), ids="-".join)
def selection(request: pytest.FixtureRequest) -> Selection:
    """One choice, loaded and patched with every socket shut."""
    name, what = request.param
    mode: KserveMode = "RawDeployment" if what == RAW else "Serverless"
    known = release_map(name)
    is_all = what in (ALL, ELSEWHERE)
    asked = tuple(known.components) if is_all else ("kserve" if what == RAW else what,)
    names = choose(asked, mode, known).components
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "create_connection", _refused)
        patch.setattr(socket.socket, "connect", _refused)
        release = load_release(name, names, mirror=None, project=ROOT, tell=lambda _: None)
    args = PatchArgs(
        components=names,
        existing=(),
        kserve_mode=mode,
        own=(),
        credentials=Credentials(**{field.name: field.name for field in fields(Credentials)}),
        stores=STORES if what == ELSEWHERE else Stores(objects=None, database=None),
        ingress=None,
        admin_email="ada@lovelace.test",
        storage_class="fast",
        node_ports={},
        load_balancer=None,
        is_highly_available=False,
        pools=(),
        idle_notebook_minutes=None,
        monitoring=decide_monitoring(MonitoringSettings()) if "monitoring" in names else None,
        alert_secrets={},
        watched=Watched(),
    )
    objs = platform_objects(release.objects, args)
    return Selection(
        release=release, objects=objs, inventory=take_inventory(objs, release.all_crds)
    )


def _refused(*_: object, **__: object) -> None:
    raise AssertionError("a render reaches for the network")


def test_every_component_has_objects_and_nothing_is_there_twice(selection: Selection) -> None:
    assert [name for name, objs in selection.release.components.items() if not objs] == []
    keys = [*(obj.key for obj in selection.objects), *(c.key for c in selection.release.all_crds)]
    assert [str(key) for key in keys if keys.count(key) > 1] == []


def test_nothing_waits_for_itself(selection: Selection) -> None:
    edges = order(selection.objects, selection.release.all_crds)
    assert len(edges) == len(selection.objects) + len(selection.release.all_crds)


def test_every_custom_resource_has_its_definition(selection: Selection) -> None:
    kinds = selection.inventory.kinds
    assert [str(o.key) for o in selection.objects if (o.key.group, o.kind) not in kinds] == []


def test_every_namespace_is_there(selection: Selection) -> None:
    there = {obj.name for obj in selection.objects if obj.kind == "Namespace"} | {"kube-system"}
    used = {obj.namespace for obj in selection.objects} - {""}
    assert used - there == set()


def test_every_webhook_that_fails_closed_is_answered_and_trusted(selection: Selection) -> None:
    assert _unanswered(selection.inventory) == []


def test_every_conversion_of_a_definition_is_answered_and_trusted(selection: Selection) -> None:
    wrong = [
        f"{ref.name}: {problem}"
        for ref in selection.release.all_crds
        for client, body in _conversion(ref)
        for problem in _problems(client, body, selection.inventory)
    ]
    assert wrong == []


def test_what_pods_name_is_there(selection: Selection) -> None:
    assert _missing(selection.inventory) == []


def test_what_an_environment_reads_is_a_key_of_what_it_names(selection: Selection) -> None:
    missing = [
        f"{obj.key}: {kind} {source['name']} has no {source['key']}"
        for obj in selection.objects
        if (pod := pod_template(obj))
        for container in _containers(pod["spec"])
        for variable in container.get("env") or ()
        for field, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret"))
        if (source := (variable.get("valueFrom") or {}).get(field))
        and not source.get("optional")
        and (named := selection.inventory.objects.get(Key("", kind, obj.namespace, source["name"])))
        and source["key"] not in {**named.body.get("data", {}), **named.body.get("stringData", {})}
    ]
    assert missing == []


def test_every_namespace_takes_restricted_pods_only(selection: Selection) -> None:
    enforced = {
        obj.name: obj.body["metadata"]["labels"].get("pod-security.kubernetes.io/enforce")
        for obj in selection.objects
        if obj.kind == "Namespace"
    }
    assert {enforced.pop(name, "privileged") for name in UNENFORCED} == {"privileged"}
    assert set(enforced.values()) == {"restricted"}, enforced


def test_every_pod_keeps_to_the_restricted_standard(selection: Selection) -> None:
    refused = [
        f"{obj.key}: {reason}"
        for obj in selection.objects
        if (pod := pod_template(obj)) and (obj.namespace, obj.name) not in UNRESTRICTED
        for reason in _against_restricted(pod["spec"])
    ]
    assert refused == []


def test_no_webhook_takes_longer_than_a_cluster_upgrade_allows(selection: Selection) -> None:
    slow = [
        f"{configuration.name} {hook['name']}: {hook['timeoutSeconds']} s"
        for configuration in configurations(selection.inventory)
        for hook in webhooks(configuration)
        if hook.get("timeoutSeconds", 10) > MAX_SECONDS
    ]
    assert slow == []


def test_no_webhook_on_pods_can_stop_the_cluster_or_its_own_backend(selection: Selection) -> None:
    inventory = selection.inventory
    stopping = [
        f"{configuration.name} {hook['name']} applies to {namespace}"
        for configuration in configurations(inventory)
        for hook in webhooks(configuration)
        if hook.get("failurePolicy", "Fail") == "Fail"
        and any(
            "" in rule["apiGroups"] and "pods" in rule["resources"]
            for rule in hook.get("rules") or ()
        )
        for namespace in ("kube-system", hook["clientConfig"]["service"]["namespace"])
        if selects(hook.get("namespaceSelector"), inventory.namespace_labels(namespace))
    ]
    assert stopping == []


@pytest.mark.parametrize(
    ("kind", "name", "problem"),
    [
        ("Service", "istiod", "istio-sidecar-injector .*: no Service istio-system/istiod"),
        ("Deployment", "katib-controller", "katib.*: no workload behind kubeflow/katib-controller"),
        ("Certificate", "serving-cert", "kserve.*: no Certificate kubeflow/serving-cert"),
        ("Certificate", "katib-webhook-cert", "katib-controller needs Secret katib-webhook-cert"),
        ("Secret", "mysql-secret", "ml-pipeline needs Secret mysql-secret"),
        ("ConfigMap", "katib-config", "katib-controller needs ConfigMap katib-config"),
        ("ServiceAccount", "spark-operator-webhook", "needs ServiceAccount spark-operator-webhook"),
        ("PersistentVolumeClaim", "mysql-pv-claim", "needs PersistentVolumeClaim mysql-pv-claim"),
    ],
)
def test_the_checks_see_what_is_missing(
    release: Release, kind: str, name: str, problem: str
) -> None:
    without = [obj for obj in release.objects if (obj.kind, obj.name) != (kind, name)]
    assert len(without) < len(release.objects)
    inventory = take_inventory(without, release.all_crds)
    found = [*_unanswered(inventory), *_missing(inventory)]
    assert any(re.search(problem, line) for line in found), found


@pytest.mark.parametrize("name", known_releases())
def test_no_row_of_the_tables_is_idle(name: str) -> None:
    """A reason that nothing needs any more would hide the next defect of that name."""
    release = load_release(
        name, release_map(name).components, mirror=None, project=ROOT, tell=lambda _: None
    )
    inventory = take_inventory(release.objects, release.all_crds)
    services = {(key.namespace, key.name) for key in inventory.objects if key.kind == "Service"}
    assert set(OWN_CA) - services == set()
    named = {
        (obj.namespace, kind, thing)
        for obj in release.objects
        if (pod := pod_template(obj))
        for kind, thing in _named(pod["spec"])
    }
    assert set(AT_RUN_TIME) - named == set()
    refused = {
        (obj.namespace, obj.name)
        for obj in release.objects
        if (pod := pod_template(obj)) and any(_against_restricted(pod["spec"]))
    }
    assert set(UNRESTRICTED) == refused


def _unanswered(inventory: Inventory) -> list[str]:
    return [
        f"{configuration.name} {hook['name']}: {problem}"
        for configuration in configurations(inventory)
        for hook in webhooks(configuration)
        if hook.get("failurePolicy", "Fail") == "Fail"
        for problem in _problems(hook["clientConfig"], configuration.body, inventory)
    ]


def _missing(inventory: Inventory) -> list[str]:
    made = {
        (obj.namespace, obj.body["spec"]["secretName"])
        for obj in inventory.of_kind.get("Certificate", ())
    }
    return [
        f"{obj.key} needs {kind} {name}"
        for obj in inventory.objects.values()
        if (pod := pod_template(obj))
        for kind, name in _named(pod["spec"])
        if Key("", kind, obj.namespace, name) not in inventory.objects
        and not (kind == "Secret" and (obj.namespace, name) in made)
        and not (kind == "ServiceAccount" and name == "default")
        and (obj.namespace, kind, name) not in AT_RUN_TIME
    ]


def _problems(client: Body, body: Body, inventory: Inventory) -> Iterator[str]:
    """What keeps the API server from an answer it can trust."""
    service = client["service"]
    place, name = service["namespace"], service["name"]
    key = Key("", "Service", place, name)
    if key not in inventory.objects:
        yield f"no Service {place}/{name}"
    elif not inventory.backends(key):
        yield f"no workload behind {place}/{name}"
    elif (port := service.get("port", 443)) not in [
        entry["port"] for entry in inventory.objects[key].body["spec"]["ports"]
    ]:
        yield f"{place}/{name} has no port {port}"
    notes = annotations(body)
    if (place, name) in OWN_CA or client.get("caBundle"):
        return
    if source := notes.get("cert-manager.io/inject-ca-from"):
        namespace, _, certificate = source.partition("/")
        if Key("cert-manager.io", "Certificate", namespace, certificate) not in inventory.objects:
            yield f"no Certificate {source}"
    elif "cert-manager.io/inject-ca-from-secret" not in notes:
        yield f"nobody puts a CA in for {place}/{name}"


@cache
def _definition(digest: str) -> Body:
    body = crd_body(digest)
    return {"metadata": body["metadata"], "conversion": body["spec"].get("conversion") or {}}


def _conversion(ref: CrdRef) -> Iterator[tuple[Body, Body]]:
    body = _definition(ref.digest)
    if body["conversion"].get("strategy") == "Webhook":
        yield body["conversion"]["webhook"]["clientConfig"], body


def _containers(spec: Body) -> list[dict[str, Any]]:
    return [*(spec.get("initContainers") or ()), *spec["containers"]]


def _named(spec: Body) -> Iterator[tuple[str, str]]:
    """(kind, name) of everything without which the pod would not start."""
    yield "ServiceAccount", spec.get("serviceAccountName") or "default"
    for secret in spec.get("imagePullSecrets") or ():
        yield "Secret", secret["name"]
    for volume in spec.get("volumes") or ():
        if claim := volume.get("persistentVolumeClaim"):
            yield "PersistentVolumeClaim", claim["claimName"]
        for source in (volume, *(volume.get("projected", {}).get("sources") or ())):
            yield from _needed("ConfigMap", source.get("configMap"))
            yield from _needed("Secret", source.get("secret"))
    for container in _containers(spec):
        for variable in container.get("env") or ():
            origin = variable.get("valueFrom") or {}
            yield from _needed("ConfigMap", origin.get("configMapKeyRef"))
            yield from _needed("Secret", origin.get("secretKeyRef"))
        for origin in container.get("envFrom") or ():
            yield from _needed("ConfigMap", origin.get("configMapRef"))
            yield from _needed("Secret", origin.get("secretRef"))


def _needed(kind: str, source: Body | None) -> Iterator[tuple[str, str]]:
    if source and not source.get("optional"):
        yield kind, source.get("secretName") or source["name"]


def _against_restricted(spec: Body) -> Iterator[str]:
    """Pod Security Standards, restricted, as Kubernetes 1.35 reads them for Linux pods."""
    pod = spec.get("securityContext") or {}
    yield from (field for field in ("hostNetwork", "hostPID", "hostIPC") if spec.get(field))
    for volume in spec.get("volumes") or ():
        yield from (f"volume {kind}" for kind in volume.keys() - {"name"} - VOLUMES)
    for container in _containers(spec):
        own = container.get("securityContext") or {}
        capabilities = own.get("capabilities") or {}
        seccomp = own.get("seccompProfile") or pod.get("seccompProfile") or {}
        broken = {
            "privileged": own.get("privileged", False),
            "allowPrivilegeEscalation": own.get("allowPrivilegeEscalation") is not False,
            "runAsNonRoot": not own.get("runAsNonRoot", pod.get("runAsNonRoot", False)),
            "runAsUser 0": own.get("runAsUser", pod.get("runAsUser")) == 0,
            "drop ALL": "ALL" not in (capabilities.get("drop") or ()),
            "add": bool(set(capabilities.get("add") or ()) - {"NET_BIND_SERVICE"}),
            "seccomp": seccomp.get("type") not in ("RuntimeDefault", "Localhost"),
            "hostPort": any(port.get("hostPort") for port in container.get("ports") or ()),
            "procMount": own.get("procMount", "Default") != "Default",
        }
        yield from (
            f"{container['name']} {rule}" for rule, is_broken in broken.items() if is_broken
        )
