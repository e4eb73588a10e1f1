"""Readiness is judged as the Kubernetes provider judges it."""

from typing import Any

import pytest

from kube.ready import endpoints_ready, is_awaited, missing, skips_await, waits


def body(kind: str, api_version: str = "v1", **fields: Any) -> dict[str, Any]:
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": "x", "generation": 2},
        **fields,
    }


def deployment(**status: int) -> dict[str, Any]:
    return body("Deployment", "apps/v1", spec={"replicas": 2}, status=status)


@pytest.mark.parametrize(
    ("live", "lack"),
    [
        (deployment(), "the controller to see it"),
        (deployment(observedGeneration=2, updatedReplicas=1), "1 of 2 pods updated"),
        (
            deployment(observedGeneration=2, updatedReplicas=2, replicas=3),
            "2 of 2 pods updated",
        ),
        (
            deployment(observedGeneration=2, updatedReplicas=2, replicas=2, availableReplicas=1),
            "1 of 2 pods available",
        ),
        (
            deployment(observedGeneration=2, updatedReplicas=2, replicas=2, availableReplicas=2),
            None,
        ),
        (body("PersistentVolumeClaim", status={"phase": "Pending"}), None),
        (body("PersistentVolumeClaim", status={"phase": "Lost"}), "phase Lost"),
        (body("Service", spec={"type": "LoadBalancer"}, status={"loadBalancer": {}}), "an address"),
        (body("Service", spec={"type": "ClusterIP"}), None),
        (
            body(
                "DaemonSet",
                "apps/v1",
                status={
                    "observedGeneration": 2,
                    "desiredNumberScheduled": 3,
                    "updatedNumberScheduled": 3,
                    "numberAvailable": 2,
                },
            ),
            "2 of 3 pods available",
        ),
        (body("ConfigMap"), None),
    ],
)
def test_what_is_missing_is_said(live: dict[str, Any], lack: str | None) -> None:
    assert missing(live, ()) == lack


@pytest.mark.parametrize(
    ("wait", "live", "holds"),
    [
        ("condition=Ready", {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}, 1),
        ("condition=Ready", {"status": {"conditions": [{"type": "Ready", "status": "False"}]}}, 0),
        ("condition=Ready", {}, 0),
        ("condition=Established", {"status": {"conditions": None}}, 0),
        (
            "condition=Gone=False",
            {"status": {"conditions": [{"type": "Gone", "status": "False"}]}},
            1,
        ),
        ("jsonpath={.webhooks[0].caBundle}", {"webhooks": [{"caBundle": "abc"}]}, 1),
        ("jsonpath={.webhooks[1].caBundle}", {"webhooks": [{"caBundle": "abc"}]}, 0),
        ("jsonpath={.status.phase}=Bound", {"status": {"phase": "Bound"}}, 1),
        ("jsonpath={.status.phase}=Bound", {"status": {"phase": "Lost"}}, 0),
    ],
)
def test_a_gate_holds_or_not(wait: str, live: dict[str, Any], holds: int) -> None:
    assert missing({**body("Widget"), **live}, (wait,)) == (None if holds else wait)


def test_an_unknown_form_of_gate_is_an_error() -> None:
    with pytest.raises(ValueError, match="neither condition= nor jsonpath="):
        missing(body("Widget"), ("delete",))


def test_annotations_say_what_to_wait_for() -> None:
    one = body("Widget")
    one["metadata"]["annotations"] = {"pulumi.com/waitFor": '["condition=A", "condition=B"]'}
    assert waits(one) == ("condition=A", "condition=B")
    assert is_awaited(one)
    service = body("Service", spec={})
    assert is_awaited(service)
    service["metadata"]["annotations"] = {"pulumi.com/skipAwait": "true"}
    assert skips_await(service)
    assert not is_awaited(service)
    assert not is_awaited(body("ConfigMap"))


def test_endpoints_take_traffic_when_one_is_ready() -> None:
    assert not endpoints_ready({})
    assert not endpoints_ready({"a": {"endpoints": None}})
    assert not endpoints_ready({"a": {"endpoints": [{"conditions": {"ready": False}}]}})
    assert endpoints_ready({"a": {"endpoints": [{"conditions": {"ready": True}}]}})
