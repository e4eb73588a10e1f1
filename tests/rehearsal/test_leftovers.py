"""What a control plane of the cluster's own has is no leftover of ours; nothing else is excused."""

from typing import Any, cast

import pytest

from kube.client import Client, Resource
from rehearsal.leftovers import is_kept, is_of_control_plane, leftovers


def item(kind: str, name: str, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": name}, **fields}


def crd(group: str) -> dict[str, Any]:
    return item("CustomResourceDefinition", f"things.{group}", spec={"group": group})


def webhook(namespace: str) -> dict[str, Any]:
    service = {"namespace": namespace, "name": "webhook"}
    hooks = [{"clientConfig": {"url": "https://a.test"}}, {"clientConfig": {"service": service}}]
    return item("MutatingWebhookConfiguration", "hook", webhooks=hooks)


@pytest.mark.parametrize(
    ("found", "existing", "foreign"),
    [
        (item("Namespace", "istio-system"), ("istio",), True),
        (item("Namespace", "istio-system"), ("cert-manager",), False),
        (item("Namespace", "kubeflow"), ("istio", "cert-manager"), False),
        (crd("networking.istio.io"), ("istio",), True),
        (crd("acme.cert-manager.io"), ("cert-manager",), True),
        (crd("networking.istio.io"), (), False),
        (crd("kubeflow.org"), ("istio", "cert-manager"), False),
        (webhook("istio-system"), ("istio",), True),
        (webhook("kubeflow"), ("istio",), False),
        (item("PersistentVolume", "pvc-1"), ("istio",), False),
    ],
)
def test_only_what_the_cluster_brought_is_excused(
    found: dict[str, Any], existing: tuple[str, ...], foreign: bool
) -> None:
    assert is_of_control_plane(found, existing) is foreign


def claim(namespace: str) -> dict[str, Any]:
    return {"kind": "PersistentVolumeClaim", "metadata": {"name": "data", "namespace": namespace}}


def volume(**spec: Any) -> dict[str, Any]:
    return item("PersistentVolume", "pvc-1", spec=spec)


@pytest.mark.parametrize(
    ("found", "kept"),
    [
        (item("Namespace", "kubeflow"), True),
        (item("Namespace", "auth"), False),
        (claim("kubeflow"), True),
        (claim("auth"), False),
        (volume(claimRef={"namespace": "kubeflow", "name": "data"}), True),
        (volume(claimRef={"namespace": "auth", "name": "data"}), False),
        (volume(), False),
        ({"kind": "Pod", "metadata": {"name": "data", "namespace": "kubeflow"}}, False),
    ],
)
def test_only_a_kept_namespace_and_its_volumes_are_no_leftovers(
    found: dict[str, Any], kept: bool
) -> None:
    assert is_kept(found, {"kubeflow"}) is kept
    assert is_kept(found, ()) is False


ENDPOINTS = Resource(
    api_version="v1", kind="Endpoints", plural="endpoints", is_namespaced=True, verbs=("list",)
)


class Following:
    """A cluster where endpoints with our label go some looks later than their Service."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def every_resource(self) -> list[Resource]:
        self.looks -= 1
        return [ENDPOINTS]

    def list(self, kind: Resource, label: str) -> list[dict[str, Any]]:
        assert (kind, label) == (ENDPOINTS, "ours")
        found = {"kind": "Endpoints", "metadata": {"name": "db", "namespace": "kubeflow"}}
        return [found] if self.looks > 0 else []


@pytest.mark.parametrize(
    ("looks", "namespaces", "left"),
    [
        (3, {"kubeflow"}, ()),
        (3, set(), ("Endpoints kubeflow/db",)),
        (99, {"kubeflow"}, ("Endpoints kubeflow/db",)),
    ],
)
def test_what_follows_in_a_kept_namespace_is_waited_for_and_not_for_ever(
    looks: int, namespaces: set[str], left: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rehearsal.leftovers.FOLLOW_SECONDS", 0.2)
    monkeypatch.setattr("rehearsal.leftovers.LOOK_SECONDS", 0.01)
    cluster = cast("Client", Following(looks))
    found = leftovers(cluster, "ours", keeps_crds=False, kept_namespaces=namespaces, existing=())
    assert found == left
