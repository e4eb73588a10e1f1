"""What a control plane of the cluster's own has is no leftover of ours; nothing else is excused."""

from typing import Any

import pytest

from rehearsal.leftovers import is_of_control_plane


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
