"""Order is derived: each rule on small objects, its laws on random ones, and all of it on 26.03."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upstream.admission import configurations, guards, requests, services, webhooks
from upstream.exceptions import SELF_PATCHING, WAITS
from upstream.inventory import take_inventory
from upstream.model import Body, CrdRef, Key, Obj, Release
from upstream.order import CycleError, levels, needs, order
from upstream.render import as_object

ADMISSION = "admissionregistration.k8s.io"
PODS = {"apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"], "operations": ["CREATE"]}
WIDGETS = CrdRef(
    name="widgets.example.org",
    group="example.org",
    kind="Widget",
    plural="widgets",
    scope="Namespaced",
    versions=("v1",),
    digest="0" * 64,
    component="test",
)


def _obj(api_version: str, kind: str, name: str, namespace: str = "", **fields: Any) -> Obj:
    meta: dict[str, Any] = {"name": name, **fields.pop("meta", {})}
    meta |= {"namespace": namespace} if namespace else {}
    body = {"apiVersion": api_version, "kind": kind, "metadata": meta, **fields}
    return as_object(body, "test")


def _namespace(name: str, **labels: str) -> Obj:
    return _obj("v1", "Namespace", name, meta={"labels": labels})


def _deployment(name: str, labels: dict[str, str] | None = None, **pod: Any) -> Obj:
    template = {"metadata": {"labels": {"app": name, **(labels or {})}}, "spec": pod}
    return _obj("apps/v1", "Deployment", name, "a", spec={"template": template})


def _service(name: str, app: str) -> Obj:
    return _obj("v1", "Service", name, "a", spec={"selector": {"app": app}})


def _judge(name: str, service: str, rule: Body = PODS, **hook: Any) -> Obj:
    config = {"service": {"namespace": "a", "name": service}}
    hooks = [{"name": "h", "clientConfig": config, "rules": [rule], **hook}]
    return _obj(f"{ADMISSION}/v1", "MutatingWebhookConfiguration", name, webhooks=hooks)


def _widget(name: str) -> Obj:
    return _obj("example.org/v1", "Widget", name, "a")


def _rule(group: str, resource: str, **fields: Any) -> Body:
    return {**PODS, "apiGroups": [group], "resources": [resource], **fields}


@pytest.mark.parametrize(
    "pod",
    [
        {"volumes": [{"secret": {"secretName": "s"}}]},
        {"volumes": [{"secret": {"secretName": "s", "optional": True}}]},
        {"volumes": [{"projected": {"sources": [{"secret": {"name": "s"}}]}}]},
        {"containers": [{"envFrom": [{"secretRef": {"name": "s"}}]}]},
        {
            "initContainers": [
                {"env": [{"name": "E", "valueFrom": {"secretKeyRef": {"name": "s"}}}]}
            ]
        },
        {"imagePullSecrets": [{"name": "s"}]},
    ],
)
def test_a_pod_waits_for_its_secret_and_for_the_certificate_that_makes_it(
    pod: dict[str, Any],
) -> None:
    secret = _obj("v1", "Secret", "s", "a")
    certificate = _obj(
        "cert-manager.io/v1",
        "Certificate",
        "c",
        "a",
        spec={"secretName": "s", "issuerRef": {"name": "i"}},
    )
    issuer = _obj("cert-manager.io/v1", "Issuer", "i", "a")
    workload = _deployment("w", **pod)
    assert secret.key in order([workload, secret], [])[workload.key]
    edges = order([workload, certificate, issuer], [])
    wanted = set() if "imagePullSecrets" in pod else {certificate.key}
    assert edges[workload.key] >= wanted
    assert edges[certificate.key] == {issuer.key}


def test_a_pod_waits_for_its_account_its_rights_its_claims_and_its_settings() -> None:
    account = _obj("v1", "ServiceAccount", "sa", "a")
    role = _obj("rbac.authorization.k8s.io/v1", "ClusterRole", "r")
    binding = _obj(
        "rbac.authorization.k8s.io/v1",
        "ClusterRoleBinding",
        "b",
        roleRef={"kind": "ClusterRole", "name": "r"},
        subjects=[{"kind": "ServiceAccount", "name": "sa", "namespace": "a"}],
    )
    claim = _obj("v1", "PersistentVolumeClaim", "p", "a")
    settings = _obj("v1", "ConfigMap", "m", "a")
    volumes = [{"persistentVolumeClaim": {"claimName": "p"}}, {"configMap": {"name": "m"}}]
    workload = _deployment("w", serviceAccountName="sa", volumes=volumes)
    edges = order([workload, account, role, binding, claim, settings, _namespace("a")], [])
    namespace = Key("", "Namespace", "", "a")
    assert edges[workload.key] == {account.key, binding.key, claim.key, settings.key, namespace}
    assert edges[binding.key] == {role.key, account.key}


def test_a_custom_resource_waits_for_its_definition() -> None:
    edges = order([_widget("w")], [WIDGETS])
    assert edges == {_widget("w").key: {WIDGETS.key}, WIDGETS.key: frozenset()}


def test_what_is_judged_waits_for_the_webhook_and_for_who_answers_it() -> None:
    judge = _judge("j", "svc", _rule("example.org", "widgets"))
    backend, service = _deployment("judge"), _service("svc", "judge")
    edges = order([_widget("w"), judge, backend, service], [WIDGETS])
    assert edges[_widget("w").key] == {WIDGETS.key, judge.key, service.key}
    assert edges[judge.key] == {service.key}
    assert edges[service.key] == {backend.key}


def test_a_backend_and_what_it_takes_are_not_judged_by_itself() -> None:
    account = _obj("v1", "ServiceAccount", "sa", "a")
    everything = _judge("j", "svc", _rule("*", "*"))
    backend = _deployment("judge", serviceAccountName="sa")
    edges = order([everything, backend, _service("svc", "judge"), account, _namespace("a")], [])
    assert everything.key not in edges[backend.key] | edges[account.key]


def test_injection_holds_workloads_back_only_where_the_pod_is_injected() -> None:
    judge = _judge(
        "injector",
        "svc",
        namespaceSelector={"matchLabels": {"injection": "on"}},
        objectSelector={"matchExpressions": [{"key": "no", "operator": "DoesNotExist"}]},
    )
    injected, spared = _deployment("in"), _deployment("out", {"no": "1"})
    backend = _deployment("judge", {"no": "1"})
    objects = [judge, injected, spared, backend, _service("svc", "judge")]
    edges = order([*objects, _namespace("a", injection="on")], [])
    assert judge.key in edges[injected.key]
    assert judge.key not in edges[spared.key]
    assert judge.key not in order([*objects, _namespace("a")], [])[injected.key]


@pytest.mark.parametrize(
    ("hook", "guarded"),
    [
        ({}, True),
        ({"failurePolicy": "Ignore"}, False),
        ({"rules": [_rule("example.org", "widgets", operations=["UPDATE"])]}, False),
        ({"rules": [_rule("example.org", "widgets/*", operations=["*"])]}, True),
        ({"rules": [_rule("example.org", "gadgets")]}, False),
        ({"rules": [_rule("example.org", "widgets", scope="Cluster")]}, False),
        ({"rules": [_rule("example.org", "widgets", scope="Namespaced")]}, True),
        ({"rules": [_rule("example.org", "widgets", apiVersions=["v2"])]}, True),
        ({"rules": [_rule("example.org", "*", apiVersions=["v2"])], "matchPolicy": "Exact"}, False),
        ({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "a"}}}, True),
        ({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "b"}}}, False),
        ({"objectSelector": {"matchExpressions": [{"key": "k", "operator": "Exists"}]}}, False),
        (
            {
                "objectSelector": {
                    "matchExpressions": [{"key": "k", "operator": "NotIn", "values": ["v"]}]
                }
            },
            True,
        ),
    ],
)
def test_rules_and_selectors_match_as_the_api_server_does(hook: Body, guarded: bool) -> None:
    hook = {"rules": [_rule("example.org", "*")], **hook}
    inventory = take_inventory([_widget("w")], [WIDGETS])
    assert [guards(hook, each) for each in requests(_widget("w"), inventory)] == [guarded]


def test_a_controller_that_patches_its_own_ca_comes_after_its_configurations() -> None:
    _, _, namespace, name = SELF_PATCHING[0].service
    spec = {"template": {"metadata": {"labels": {"app": "x"}}, "spec": {}}}
    controller = _obj("apps/v1", "Deployment", "x", namespace, spec=spec)
    service = _obj("v1", "Service", name, namespace, spec={"selector": {"app": "x"}})
    config = {"service": {"namespace": namespace, "name": name}}
    hooks = [{"name": "h", "clientConfig": config, "rules": [_rule("example.org", "widgets")]}]
    judge = _obj(f"{ADMISSION}/v1", "ValidatingWebhookConfiguration", "j", webhooks=hooks)
    edges = order([controller, service, judge, _widget("w")], [WIDGETS])
    assert edges[judge.key] == frozenset()
    assert edges[controller.key] == {judge.key}
    assert edges[_widget("w").key] == {WIDGETS.key, judge.key, service.key}


def test_an_api_service_waits_for_who_answers_it_and_so_goes_before_it() -> None:
    spec = {"group": "metrics.example.org", "service": {"namespace": "a", "name": "svc"}}
    api = _obj("apiregistration.k8s.io/v1", "APIService", "v1.metrics.example.org", spec=spec)
    local = _obj("apiregistration.k8s.io/v1", "APIService", "v1.example.org", spec={})
    edges = order([api, local, _service("svc", "adapter"), _deployment("adapter")], [])
    assert edges[api.key] == {_service("svc", "adapter").key}
    assert edges[_service("svc", "adapter").key] == {_deployment("adapter").key}
    assert edges[local.key] == frozenset()


def test_a_cycle_is_an_error_that_prints_the_way_around() -> None:
    left = _judge("left", "l", objectSelector={"matchLabels": {"app": "right"}})
    right = _judge("right", "r", objectSelector={"matchLabels": {"app": "left"}})
    objects = [left, right, _deployment("left"), _deployment("right")]
    with pytest.raises(CycleError) as error:
        order([*objects, _service("l", "left"), _service("r", "right")], [])
    way = str(error.value).removeprefix("objects wait for each other: ").split(" -> ")
    assert way[0] == way[-1]
    assert {"Deployment a/left", "Deployment a/right"} < set(way)
    assert way[way.index("Service a/l") + 1] == "Deployment a/left"


_PARTS: tuple[Obj, ...] = (
    _namespace("a"),
    _obj("v1", "ConfigMap", "m", "a"),
    _obj("v1", "Secret", "s", "a"),
    _obj("v1", "ServiceAccount", "default", "a"),
    _deployment("judge"),
    _deployment("w", volumes=[{"configMap": {"name": "m"}}, {"secret": {"secretName": "s"}}]),
    _service("svc", "judge"),
    _judge("pods", "svc"),
    _judge("widgets", "svc", _rule("example.org", "widgets")),
    _widget("one"),
    _widget("two"),
)


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(st.sampled_from(_PARTS), unique_by=lambda obj: obj.key), st.randoms())
def test_any_set_of_objects_is_sortable_whatever_its_sequence(
    objs: list[Obj], chance: random.Random
) -> None:
    edges = order(objs, [WIDGETS])
    chance.shuffle(objs)
    assert order(objs, [WIDGETS]) == edges
    placed: set[Key] = set()
    for wave in levels(edges):
        assert all(edges[key] <= placed for key in wave)
        placed |= wave
    assert placed == edges.keys()
    for obj in objs:
        if obj.kind == "Widget":
            assert WIDGETS.key in edges[obj.key]
            if {o.name for o in objs} >= {"widgets", "svc", "judge"}:
                assert _deployment("judge").key in needs(obj.key, edges)


def test_a_release_is_acyclic_and_every_custom_resource_reaches_definition_and_judges(
    any_release: Release,
) -> None:
    edges = order(any_release.objects, any_release.all_crds)
    inventory = take_inventory(any_release.objects, any_release.all_crds)
    total = len(any_release.objects) + len(any_release.all_crds)
    assert sum(len(wave) for wave in levels(edges)) == len(edges) == total
    for obj in any_release.objects:
        reached = needs(obj.key, edges)
        if definition := inventory.crds.get((obj.key.group, obj.kind)):
            assert definition in reached
        for judge in configurations(inventory):
            asked = requests(obj, inventory)
            if any(guards(hook, each) for hook in webhooks(judge) for each in asked):
                assert judge.key in reached, f"{obj.key} is judged by {judge.key}"
                for service in services(judge):
                    assert reached >= set(inventory.backends(service))


def test_backwards_nothing_goes_before_what_needs_it(any_release: Release) -> None:
    """Gone first: a custom resource before CRD and judges, a judge before who answers for it, a
    namespace last. A judge whose workload puts its own CA into it goes after that workload: by
    then everything that it judges is gone, as the test above says."""
    edges = order(any_release.objects, any_release.all_crds)
    inventory = take_inventory(any_release.objects, any_release.all_crds)
    self_patching = {row.service for row in SELF_PATCHING}
    seen = 0
    for judge in configurations(inventory):
        for service in services(judge):
            for backend in inventory.backends(service):
                seen += 1
                first, last = (judge.key, backend)
                if service in self_patching:
                    first, last = last, first
                assert last in needs(first, edges), f"{last} goes before {first}"
    assert seen > 20
    for obj in any_release.objects:
        place = Key("", "Namespace", "", obj.namespace)
        if place in inventory.objects:
            assert place in edges[obj.key], f"{place} goes before {obj.key}"


def test_the_deepest_chain_of_26_03_is_as_measured_by_hand(release: Release) -> None:
    edges = order(release.objects, release.all_crds)
    runtime = Key("serving.kserve.io", "ClusterServingRuntime", "", "kserve-sklearnserver")
    reached = {str(key) for key in needs(runtime, edges)}
    assert reached >= {
        "ValidatingWebhookConfiguration clusterservingruntime.serving.kserve.io",
        "Certificate kubeflow/serving-cert",
        "Issuer kubeflow/selfsigned-issuer",
        "ValidatingWebhookConfiguration cert-manager-webhook",
        "Deployment cert-manager/cert-manager-webhook",
        "Deployment cert-manager/cert-manager-cainjector",
        "Namespace cert-manager",
    }


def test_every_exception_says_why_and_names_real_objects(release: Release) -> None:
    real = {obj.key for obj in release.objects}
    assert all(row.reason and row.service in real for row in SELF_PATCHING)
    assert all(row.reason and row.after | row.before <= real for row in WAITS)


def test_injected_pods_wait_for_the_cni_on_every_node(release: Release) -> None:
    edges = order(release.objects, release.all_crds)
    dashboard = Key("apps", "Deployment", "kubeflow", "centraldashboard")
    assert Key("apps", "DaemonSet", "kube-system", "istio-cni-node") in needs(dashboard, edges)
