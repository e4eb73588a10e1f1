"""What destroy leaves when volumes are to be kept: claims, and the namespace around them."""

from collections.abc import Callable
from typing import Any

import pytest

from components.platform.crds import Crds, CrdsArgs
from components.platform.kubeflow import established, is_kept
from plan.lock import claim_namespaces
from upstream.model import Key, Obj, Release
from upstream.pins import known_releases


def obj(kind: str, name: str, namespace: str = "") -> Obj:
    body = {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": namespace}}
    return Obj(
        api_version="v1", kind=kind, namespace=namespace, name=name, component="a", body=body
    )


@pytest.mark.parametrize(
    ("one", "kept"),
    [
        (obj("PersistentVolumeClaim", "data", "kubeflow"), True),
        (obj("Namespace", "kubeflow"), True),
        (obj("Namespace", "auth"), False),
        (obj("Secret", "kubeflow", "kubeflow"), False),
    ],
)
def test_a_claim_is_kept_with_its_namespace_and_nothing_else(one: Obj, kept: bool) -> None:
    assert is_kept(one, {"kubeflow"}) is kept
    assert is_kept(one, ()) is False


@pytest.mark.parametrize("release", known_releases())
def test_no_claim_of_any_component_is_elsewhere(release: str) -> None:
    assert claim_namespaces(release) == {"kubeflow"}


def test_every_claim_of_the_release_is_kept(release: Release) -> None:
    namespaces = claim_namespaces(release.name)
    claims = [one for one in release.objects if one.kind == "PersistentVolumeClaim"]
    assert claims
    assert all(is_kept(one, namespaces) for one in claims)


def test_an_object_is_no_better_known_than_the_definition_of_its_kind(
    deploy: Callable[..., Any],
) -> None:
    group, kind = "trainer.kubeflow.org", "ClusterTrainingRuntime"
    runtime = Obj(
        api_version=f"{group}/v1alpha1", kind=kind, namespace="", name="jax", component="a", body={}
    )
    key = Key("apiextensions.k8s.io", "CustomResourceDefinition", "", f"runtimes.{group}")

    def program() -> None:
        crds = Crds(
            "trainer-crds",
            CrdsArgs(kubeconfig="k", digests={}, labels={}, keeps_on_delete=False),
        )
        assert established({key: crds}, [key], runtime) is crds.established
        assert established({key: crds}, [key], obj("ConfigMap", "jax", "kubeflow")) is None

    deploy(program)
