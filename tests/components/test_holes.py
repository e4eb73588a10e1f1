"""A configuration that opens a known hole is refused; upstream's own opens none."""

from dataclasses import replace
from typing import Any

import pytest

from components.platform.patches.holes import OpenHoleError, refuse_open_holes
from components.platform.patches.table import platform_objects
from plan.model import JsonOperation, UserPatch
from tests.components.conftest import ARGS
from upstream.model import Obj, Release


def configuration(text: str) -> Obj:
    return proxy("v1", "ConfigMap", {"data": {"oauth2_proxy.cfg": text}})


def container(**fields: Any) -> Obj:
    return proxy(
        "apps/v1", "Deployment", {"spec": {"template": {"spec": {"containers": [fields]}}}}
    )


def proxy(api_version: str, kind: str, body: dict[str, Any]) -> Obj:
    return Obj(
        api_version=api_version,
        kind=kind,
        namespace="oauth2-proxy",
        name="oauth2-proxy",
        body=body,
        component="oauth2-proxy",
    )


@pytest.mark.parametrize(
    "obj",
    [
        configuration('provider = "oidc"\nreverse_proxy = true\n'),
        configuration('reverse_proxy="true"'),
        container(args=["--http-address=0.0.0.0:4180", "--reverse-proxy"]),
        container(args=["--reverse-proxy=true"]),
        container(env=[{"name": "OAUTH2_PROXY_REVERSE_PROXY", "value": "true"}]),
        container(env=[{"name": "OAUTH2_PROXY_REVERSE_PROXY", "valueFrom": {}}]),
    ],
)
def test_a_reverse_proxy_that_trusts_everybody_is_refused(obj: Obj) -> None:
    with pytest.raises(OpenHoleError, match=r"CVE-2026-76835.*trusted_proxy_ips"):
        refuse_open_holes([obj])
    refuse_open_holes([replace(obj, namespace="elsewhere")])
    refuse_open_holes([obj, configuration('trusted_proxy_ips = [ "10.0.0.0/8" ]')])


@pytest.mark.parametrize(
    "obj",
    [
        configuration("# reverse_proxy = true\n"),
        configuration("reverse_proxy = false"),
        container(args=["--reverse-proxy=false"]),
        container(env=[{"name": "OAUTH2_PROXY_REVERSE_PROXY", "value": "false"}]),
    ],
)
def test_what_is_shut_is_let_through(obj: Obj) -> None:
    refuse_open_holes([obj])


def test_upstream_is_let_through_and_an_owner_who_opens_it_is_not(release: Release) -> None:
    platform_objects(release.objects, ARGS)
    opened = UserPatch(
        path="kubeflow.patches.0",
        kind="Deployment",
        namespace="oauth2-proxy",
        name="oauth2-proxy",
        why="a load balancer stands before it",
        strategic_merge=None,
        json_patch=(
            JsonOperation(
                op="add",
                path="/spec/template/spec/containers/0/args/-",
                value="--reverse-proxy=true",
            ),
        ),
    )
    with pytest.raises(OpenHoleError, match=r"kubeflow\.patches"):
        platform_objects(release.objects, replace(ARGS, own=(opened,)))
