"""Each way in which a cluster's control planes do not fit is said with what was found and why."""

from dataclasses import replace

import pytest

from plan.control_planes import Running, Seen, Wanted, judge, version_of

MINE = "mine"
EXISTING = Wanted(
    component="istio",
    source="existing",
    brings="",
    at_least="1.29.2",
    below="1.31.0",
    kinds=("networking.istio.io/v1 Gateway",),
    providers=("oauth2-proxy",),
)
MANAGED = replace(EXISTING, source="managed", brings="1.29.2")


def istiod(version: str, **fields: str) -> Running:
    shape = {
        "namespace": "istio-system",
        "name": "istiod",
        "image": f"docker.io/istio/pilot:{version}",
        "stack": "",
    }
    return Running(**{**shape, **fields})


def said(wanted: Wanted, *running: Running) -> str:
    return "\n".join(judge(wanted, Seen(running=running), MINE))


@pytest.mark.parametrize("version", ["1.29.2", "1.29.10", "1.30.0-distroless", "v1.30.9"])
def test_an_existing_one_in_range_is_fit(version: str) -> None:
    assert said(EXISTING, istiod(version)) == ""


@pytest.mark.parametrize("version", ["1.29.1", "1.26.4", "1.31.0", "2.0.0"])
def test_an_existing_one_out_of_range_is_named_with_the_range(version: str) -> None:
    assert said(EXISTING, istiod(version)) == (
        f"kubeflow.istio is existing, and the cluster has Istio {version} (istio-system/istiod); "
        "this release of Kubeflow works with 1.29.2 or newer, older than 1.31.0: bring it there, "
        "or say kubeflow.istio: managed on a cluster without Istio"
    )


def test_an_existing_one_that_is_not_there() -> None:
    found = said(EXISTING)
    assert "namespace istio-system has no Deployment labelled app=istiod (elsewhere: none)" in found
    assert "install Istio 1.29.2 or newer, older than 1.31.0, or say" in found
    assert "elsewhere: mesh/istiod" in said(EXISTING, istiod("1.30.0", namespace="mesh"))


def test_an_existing_one_without_a_version() -> None:
    assert "has no version in its tag" in said(EXISTING, istiod("latest"))


def test_an_existing_one_that_is_our_own_would_be_deleted() -> None:
    assert "is this stack's own and would be deleted" in said(
        EXISTING, istiod("1.29.2", stack=MINE)
    )


def test_what_the_platform_takes_for_granted_is_named() -> None:
    seen = Seen(
        running=(istiod("1.30.0"),),
        missing_kinds=("networking.istio.io/v1 Gateway",),
        missing_providers=("oauth2-proxy",),
        has_ingress=False,
    )
    kinds, providers, ingress = judge(EXISTING, seen, MINE)
    assert "does not serve networking.istio.io/v1 Gateway" in kinds
    assert "no extensionProviders named oauth2-proxy" in providers
    assert "docs/existing.md" in providers
    assert "no Deployment labelled app=istio-ingressgateway,istio=ingressgateway" in ingress


def test_a_managed_one_needs_a_cluster_without() -> None:
    assert said(MANAGED) == ""
    assert said(MANAGED, istiod("1.29.2")) == (
        "kubeflow.istio is managed, but the cluster has Istio 1.29.2 (istio-system/istiod), which "
        "is not this stack's; say kubeflow.istio: existing to use it, or remove it"
    )
    assert "stack theirs's" in said(MANAGED, istiod("1.29.2", stack="theirs"))


@pytest.mark.parametrize(
    ("runs", "brings", "between"),
    [
        ("1.28.6", "1.29.2", None),
        ("1.29.2", "1.29.2", None),
        ("1.29.2", "1.30.1", None),
        ("1.30.1", "1.29.2", None),
        ("1.26.4", "1.29.2", "1.27, 1.28"),
        ("1.28.6", "1.30.1", "1.29"),
        ("1.32.0", "1.29.2", "1.31, 1.30"),
        ("1.29.2", "2.0.0", "every minor between 1.29 and 2.0"),
    ],
)
def test_our_own_istio_skips_no_minor(runs: str, brings: str, between: str | None) -> None:
    found = said(replace(MANAGED, brings=brings), istiod(runs, stack=MINE))
    if between is None:
        assert found == ""
    else:
        assert f"brings Istio {brings}, and istio-system/istiod runs {runs}" in found
        assert f"the CNI plugin through {between} first" in found


def test_our_own_cert_manager_may_skip_minors() -> None:
    own = replace(MANAGED, component="cert-manager", brings="1.19.4")
    running = Running(
        namespace="cert-manager",
        name="cert-manager",
        image="quay.io/jetstack/cert-manager-controller:v1.16.1",
        stack=MINE,
    )
    assert said(own, running) == ""
    assert "kubeflow.certManager is managed" in said(own, replace(running, stack=""))


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("gcr.io/istio-release/pilot:1.29.2", (1, 29, 2)),
        ("reg.corp:5000/kf/pilot:v1.30.1-distroless@sha256:" + "0" * 64, (1, 30, 1)),
        ("quay.io/jetstack/cert-manager-controller:v1.19.4", (1, 19, 4)),
        ("pilot", None),
        ("pilot@sha256:" + "0" * 64, None),
        ("pilot:1.29", None),
    ],
)
def test_the_version_is_the_tags(image: str, version: tuple[int, int, int] | None) -> None:
    assert version_of(image) == version
