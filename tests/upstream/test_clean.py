"""Each clean-up cures its defect, leaves everything else alone, and is needed by a real release."""

from pathlib import Path
from typing import Any

import pytest

from upstream.cache import cache_dir
from upstream.clean import CLEAN_UPS, clean
from upstream.documents import read_documents
from upstream.kinds import BUILT_IN, known_kinds
from upstream.load import prepared_tree
from upstream.mirror import find_mirror
from upstream.model import Release
from upstream.pins import release_map
from upstream.render import render_folders
from upstream.renderer import Renderer

ADMISSION = "admissionregistration.k8s.io/v1"
RBAC = "rbac.authorization.k8s.io/v1"

# How many objects of 26.03 each row cures.
HITS = {
    "namespace of cluster-scoped objects": 11,
    "creationTimestamp: null": 14,
    "status": 4,
    "empty data of Secrets": 2,
    "rules of aggregated ClusterRoles": 13,
    "empty rules of roles": 4,
    "empty caBundle": 1,
    "unresolved inject-ca-from": 1,
    "istio-validator fails open": 1,
    "webhook timeout of 30 s": 2,
    "webhook on pods of kube-system and of its own namespace": 5,
}


def _object(api_version: str, kind: str, **fields: Any) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}, **fields}


def _meta(**fields: Any) -> dict[str, Any]:
    return {"metadata": {"name": "x", **fields}}


def _webhook(kind: str, **fields: Any) -> dict[str, Any]:
    hook = {"name": "a", "clientConfig": {"service": {"name": "s", "namespace": "n"}}, **fields}
    return _object(ADMISSION, kind, webhooks=[hook])


def _already_rendered() -> Renderer:
    raise AssertionError("the example fixture has rendered everything")


def _quiet(_: str) -> None:
    """Nobody listens."""


PODS = {"apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"], "operations": ["CREATE"]}
SERVICE = {"service": {"name": "s", "namespace": "n"}}
ISTIO = {"name": "istio-validator-istio-system"}
NOTE = {"cert-manager.io/inject-ca-from": "$(NAMESPACE)/$(NAME)", "kept": "yes"}


@pytest.mark.parametrize(
    ("row", "before", "after"),
    [
        (
            "namespace of cluster-scoped objects",
            _object(RBAC, "ClusterRole", **_meta(namespace="n")),
            _object(RBAC, "ClusterRole"),
        ),
        (
            "creationTimestamp: null",
            _object(
                "apps/v1",
                "Deployment",
                **_meta(creationTimestamp=None),
                spec={"template": {"metadata": {"creationTimestamp": None}, "spec": {}}},
            ),
            _object("apps/v1", "Deployment", spec={"template": {"metadata": {}, "spec": {}}}),
        ),
        ("status", _object("v1", "Service", status={}), _object("v1", "Service")),
        (
            "empty data of Secrets",
            _object("v1", "Secret", data={}, type="Opaque"),
            _object("v1", "Secret", type="Opaque"),
        ),
        (
            "rules of aggregated ClusterRoles",
            _object(RBAC, "ClusterRole", aggregationRule={}, rules=[]),
            _object(RBAC, "ClusterRole", aggregationRule={}),
        ),
        (
            "empty rules of roles",
            _object(RBAC, "ClusterRole", rules=[]),
            _object(RBAC, "ClusterRole"),
        ),
        (
            "empty caBundle",
            _webhook("MutatingWebhookConfiguration", clientConfig={**SERVICE, "caBundle": ""}),
            _webhook("MutatingWebhookConfiguration"),
        ),
        (
            "unresolved inject-ca-from",
            _object("v1", "Service", **_meta(annotations=NOTE)),
            _object("v1", "Service", **_meta(annotations={"kept": "yes"})),
        ),
        (
            "istio-validator fails open",
            {
                **_webhook("ValidatingWebhookConfiguration", failurePolicy="Ignore"),
                "metadata": ISTIO,
            },
            {**_webhook("ValidatingWebhookConfiguration", failurePolicy="Fail"), "metadata": ISTIO},
        ),
        (
            "webhook timeout of 30 s",
            _webhook("ValidatingWebhookConfiguration", timeoutSeconds=30),
            _webhook("ValidatingWebhookConfiguration", timeoutSeconds=29),
        ),
        (
            "webhook on pods of kube-system and of its own namespace",
            _webhook("MutatingWebhookConfiguration", rules=[PODS]),
            _webhook(
                "MutatingWebhookConfiguration",
                rules=[PODS],
                namespaceSelector={
                    "matchExpressions": [
                        {
                            "key": "kubernetes.io/metadata.name",
                            "operator": "NotIn",
                            "values": ["kube-system", "n"],
                        }
                    ]
                },
            ),
        ),
    ],
)
def test_each_clean_up_cures_its_defect_and_nothing_else(
    row: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert [each.name for each in CLEAN_UPS if each.has(before, BUILT_IN)] == [row]
    assert clean(before, BUILT_IN) == after
    assert clean(after, BUILT_IN) == after


def test_a_real_ca_and_a_real_source_of_one_stay() -> None:
    notes = {"cert-manager.io/inject-ca-from": "kubeflow/serving-cert"}
    for body in (
        _webhook("MutatingWebhookConfiguration", clientConfig={**SERVICE, "caBundle": "abc"}),
        _object("v1", "Service", **_meta(annotations=notes)),
        _webhook("ValidatingWebhookConfiguration", failurePolicy="Ignore"),
        _object(RBAC, "ClusterRole", rules=[{"verbs": ["get"]}]),
    ):
        assert clean(body, BUILT_IN) == body


def test_every_row_says_why_and_is_needed_by_the_real_release(
    release: Release, project: Path
) -> None:
    tree = prepared_tree(release_map("26.03"), find_mirror(None, project), _quiet)
    texts = render_folders(release_map("26.03"), tree, _already_rendered, cache_dir())
    bodies = [body for text in texts.values() for body in read_documents(text)]
    kinds = known_kinds(release.all_crds)
    found = {row.name: sum(row.has(body, kinds) for body in bodies) for row in CLEAN_UPS}
    assert found == HITS
    assert all(row.reason for row in CLEAN_UPS)


def test_nothing_namespaced_is_left_without_a_namespace(release: Release) -> None:
    kinds = known_kinds(release.all_crds)
    for obj in release.objects:
        assert kinds[obj.key.group, obj.kind].namespaced == bool(obj.namespace), str(obj.key)


@pytest.mark.parametrize(
    "fields",
    [
        {"rules": [{**PODS, "resources": ["configmaps"]}]},
        {"rules": [{**PODS, "apiGroups": ["batch"]}]},
        {"rules": [{**PODS, "operations": ["DELETE"]}]},
        {"rules": [PODS], "failurePolicy": "Ignore"},
        {"rules": [PODS], "namespaceSelector": {"matchLabels": {"team": "yes"}}},
    ],
)
def test_a_webhook_that_cannot_stop_the_clusters_own_pods_stays_as_it_is(
    fields: dict[str, Any],
) -> None:
    body = _webhook("MutatingWebhookConfiguration", **fields)
    assert clean(body, BUILT_IN) == body
