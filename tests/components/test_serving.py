"""KServe's mode is the one in the settings, down to what takes requests in."""

import json
from dataclasses import replace
from typing import Any

from components.platform.patches.model import apply_patches
from components.platform.patches.serving import serving_patches
from plan.components import choose
from plan.model import KserveMode
from upstream.model import Obj, Release
from upstream.order import order
from upstream.pins import release_map


def served(release: Release, mode: KserveMode) -> tuple[Release, tuple[Obj, ...]]:
    names = choose(["kserve"], mode, release_map(release.name)).components
    some = replace(
        release,
        components={n: release.components[n] for n in names},
        crds={n: release.crds[n] for n in names},
    )
    return some, apply_patches(some.objects, serving_patches(mode))


def config(objs: tuple[Obj, ...]) -> dict[str, Any]:
    (body,) = [obj.body for obj in objs if obj.name == "inferenceservice-config"]
    return dict(body["data"])


def test_upstreams_configuration_is_left_alone_with_knative(release: Release) -> None:
    some, objs = served(release, "Serverless")
    assert "knative" in some.components
    assert objs == some.objects


def test_without_knative_plain_deployments_are_the_default(release: Release) -> None:
    some, objs = served(release, "RawDeployment")
    assert "knative" not in some.components
    before, after = config(some.objects), config(objs)
    assert json.loads(before["deploy"]) == {"defaultDeploymentMode": "Serverless"}
    assert json.loads(after["deploy"]) == {"defaultDeploymentMode": "Standard"}
    # The names are the ones that this release explains, and everything else stays.
    assert '"defaultDeploymentMode": "Standard"' in before["_example"]
    assert json.loads(after["ingress"]).keys() == json.loads(before["ingress"]).keys()
    same = before.keys() - {"deploy"}
    assert {key: _read(after[key]) for key in same} == {key: _read(before[key]) for key in same}


def test_without_knative_istio_answers_the_ingresses_that_kserve_makes(release: Release) -> None:
    some, objs = served(release, "RawDeployment")
    ingress = json.loads(config(objs)["ingress"])
    classes = {obj.name: obj.body["spec"] for obj in objs if obj.kind == "IngressClass"}
    assert classes == {ingress["ingressClassName"]: {"controller": "istio.io/ingress-controller"}}
    assert not ingress["disableIngressCreation"]
    # The Gateway API would be the other way in; none of its CRDs are installed.
    assert not ingress["enableGatewayApi"]
    assert not [crd for crd in some.all_crds if crd.group == "gateway.networking.k8s.io"]


def test_without_knative_nothing_waits_for_it(release: Release) -> None:
    some, objs = served(release, "RawDeployment")
    edges = order(objs, some.all_crds)
    assert not [key for key in edges if "knative" in f"{key.group} {key.namespace}"]


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def test_a_stack_without_kserve_gets_no_class(release: Release) -> None:
    katib = release.components["katib"]
    assert apply_patches(katib, serving_patches("RawDeployment")) == katib
