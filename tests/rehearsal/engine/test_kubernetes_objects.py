"""What a preview makes of an object that the API server cannot judge yet."""

from typing import Any

import pytest

from kube.client import Client
from kube.errors import ApiStatusError
from rehearsal.engine.goal import Goal
from rehearsal.engine.kubernetes_objects import KubernetesObjects, identity
from tests.rehearsal.engine.shapes import resource

Json = dict[str, Any]


def body(api_version: str, **spec: Any) -> Json:
    return {"apiVersion": api_version, "kind": "Thing", "metadata": {"name": "x"}, "spec": spec}


def wanted(inputs: Json) -> Goal:
    return Goal(
        urn="urn:x",
        type="kubernetes:x:Thing",
        name="x",
        parent="",
        is_custom=True,
        provider="",
        inputs=inputs,
        secrets=frozenset(),
        unknown=frozenset(),
        dependencies=(),
        retains_on_delete=False,
    )


class Refusing(Client):
    """An API server that has something against every dry run."""

    def __init__(self, status: int, message: str) -> None:
        self.error = ApiStatusError("PATCH /x", status, {"message": message})

    def apply(self, body: Any, manager: str, *, dry_run: bool = False) -> Json:
        assert dry_run
        raise self.error


UNDECLARED = "failed to create typed patch object: .spec.b: field not declared in schema"


@pytest.mark.parametrize(
    ("api_version", "status", "message", "is_left_to_up"),
    [
        ("trainer.kubeflow.org/v1alpha1", 500, UNDECLARED, True),
        ("trainer.kubeflow.org/v1alpha1", 422, "spec.b: Invalid value", True),
        ("trainer.kubeflow.org/v1alpha1", 500, "no etcd", False),
        ("trainer.kubeflow.org/v1alpha1", 403, "not yours", False),
        ("apps/v1", 500, UNDECLARED, False),
        ("networking.k8s.io/v1", 422, "spec.b: Invalid value", False),
    ],
)
def test_a_field_that_only_the_next_crd_knows_is_an_update(
    api_version: str, status: int, message: str, is_left_to_up: bool
) -> None:
    old, new = body(api_version, a=1), body(api_version, a=1, b=2)
    live = {**old, "metadata": {"name": "x", "resourceVersion": "7"}}
    objects = KubernetesObjects(client=Refusing(status, message), live={identity(live): live})
    was = resource("x", inputs=old, version="7")
    if is_left_to_up:
        assert objects.diff(was, wanted(new)).op == "update"
        return
    with pytest.raises(ApiStatusError):
        objects.diff(was, wanted(new))


def test_what_nobody_changed_is_an_error_all_the_same() -> None:
    same = body("trainer.kubeflow.org/v1alpha1", a=1)
    live = {**same, "metadata": {"name": "x", "resourceVersion": "8"}}
    objects = KubernetesObjects(client=Refusing(500, UNDECLARED), live={identity(live): live})
    with pytest.raises(ApiStatusError):
        objects.diff(resource("x", inputs=same, version="7"), wanted(same))


def test_what_pulumi_replaces_is_replaced_and_what_fails_its_preview_fails() -> None:
    old, new = body("apps/v1", a=1), body("apps/v1", a=2)
    live = {**old, "metadata": {"name": "x", "resourceVersion": "7"}}
    was = resource("x", inputs=old, version="7")

    def asked(message: str) -> KubernetesObjects:
        return KubernetesObjects(client=Refusing(422, message), live={identity(live): live})

    immutable = "spec.selector: Invalid value: {}: field is immutable"
    assert asked(immutable).diff(was, wanted(new)).op == "replace"
    for message in ("roleRef: Invalid value: {}: cannot change roleRef", "Forbidden: updates to"):
        with pytest.raises(ApiStatusError):
            asked(message).diff(was, wanted(new))
