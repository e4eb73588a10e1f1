"""Of a control plane that the cluster has, only what the platform says to it is declared."""

from dataclasses import replace

import pytest

from components.platform.existing import own_crds, wanted_control_planes
from components.platform.patches.model import PatchMissedError
from components.platform.patches.table import platform_objects
from plan.model import UserPatch
from tests.components.conftest import ARGS
from upstream.advice import advice
from upstream.model import CrdRef, Obj, Release
from upstream.order import order

BOTH = ("istio", "cert-manager")
MESHED = ("knative-serving", "kubeflow", "kubeflow-system")


@pytest.fixture(scope="module")
def declared(release: Release) -> tuple[Obj, ...]:
    return platform_objects(release.objects, replace(ARGS, existing=BOTH))


def named(objs: tuple[Obj, ...], *components: str) -> set[str]:
    return {str(obj.key) for obj in objs if obj.component in components}


def test_control_planes_stay_the_clusters(declared: tuple[Obj, ...]) -> None:
    assert named(declared, "cert-manager") == {"ClusterIssuer kubeflow-self-signing-issuer"}
    assert named(declared, "istio") == {
        "AuthorizationPolicy istio-system/istio-ingressgateway",
        "Gateway istio-system/istio-ingressgateway",
        "Sidecar kubeflow/ml-pipeline-ui-exception",
        "Sidecar kubeflow/notebook-controller-exception",
        *(f"AuthorizationPolicy {place}/global-deny-all" for place in MESHED),
        *(f"Sidecar {place}/default" for place in MESHED),
        *(f"PeerAuthentication {place}/default" for place in MESHED),
    }


def test_nothing_is_said_to_the_whole_of_a_mesh_that_others_use(
    declared: tuple[Obj, ...],
) -> None:
    of_mesh = [o for o in declared if "istio.io" in o.key.group and o.namespace == "istio-system"]
    assert of_mesh
    assert all(not {"selector", "workloadSelector"}.isdisjoint(obj.body["spec"]) for obj in of_mesh)
    for obj in declared:
        assert obj.body["metadata"].get("namespace", "") == obj.namespace


def test_the_rest_is_what_it_is_without(release: Release, declared: tuple[Obj, ...]) -> None:
    managed = platform_objects(release.objects, ARGS)
    rest = [obj for obj in managed if obj.component not in BOTH]
    assert [obj for obj in declared if obj.component not in BOTH] == rest


def test_the_order_needs_nothing_that_the_cluster_has(
    release: Release, declared: tuple[Obj, ...]
) -> None:
    crds = own_crds(release.crds, BOTH)
    assert crds["istio"] == crds["cert-manager"] == ()
    assert crds["kserve"] == release.crds["kserve"]
    refs: list[CrdRef] = [ref for found in crds.values() for ref in found]
    known = {obj.key for obj in declared} | {ref.key for ref in refs}
    edges = order(declared, refs)
    assert set(edges) == known
    assert {key for found in edges.values() for key in found} <= known


def test_an_owners_patch_of_what_the_cluster_has_finds_nothing(release: Release) -> None:
    patch = UserPatch(
        path="kubeflow.patches.0",
        kind="Deployment",
        namespace=".*",
        name="istiod",
        why="a test",
        strategic_merge={"spec": {"replicas": 2}},
        json_patch=(),
    )
    platform_objects(release.objects, replace(ARGS, own=(patch,)))
    with pytest.raises(PatchMissedError, match=r"kubeflow\.patches\.0"):
        platform_objects(release.objects, replace(ARGS, own=(patch,), existing=BOTH))


def test_what_is_wanted_is_what_is_declared(release: Release, declared: tuple[Obj, ...]) -> None:
    istio, issuer = wanted_control_planes(release.name, declared, BOTH)
    assert (istio.component, istio.source, istio.brings) == ("istio", "existing", "")
    assert istio.providers == ("oauth2-proxy",)
    assert "networking.istio.io/v1alpha3 Gateway" in istio.kinds
    assert "security.istio.io/v1beta1 AuthorizationPolicy" in istio.kinds
    assert issuer.kinds == tuple(
        f"cert-manager.io/v1 {kind}" for kind in ("Certificate", "ClusterIssuer", "Issuer")
    )


def test_what_is_shipped_is_in_the_range_that_works(release: Release) -> None:
    """The range begins where the proxies of the platform are: istiod must not be older."""
    managed = platform_objects(release.objects, ARGS)
    istio, issuer = wanted_control_planes(release.name, managed, ())
    assert istio.source == issuer.source == "managed"
    for wanted in (istio, issuer):
        brings, low, high = (
            [int(part) for part in text.split(".")]
            for text in (wanted.brings, wanted.at_least, wanted.below)
        )
        assert low <= brings < high
    assert istio.at_least == istio.brings
    assert all(len(one.source) > 40 for one in advice(release.name).works_with.values())
