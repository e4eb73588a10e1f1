"""Istio's sidecar, as the scheduler and Pod Security see it."""

import base64
import json
from typing import Any

import pytest

from rehearsal.standins.admission import Call, answer_call
from rehearsal.standins.injection import INJECT, injection_patch

VALUES = {
    "global": {
        "hub": "gcr.io/istio-release",
        "tag": "1.28.0",
        "proxy": {
            "image": "proxyv2",
            "resources": {"requests": {"cpu": "10m", "memory": "40Mi"}},
        },
    }
}


def _pod(**metadata: Any) -> dict[str, Any]:
    return {"metadata": metadata, "spec": {"containers": [{"name": "app", "image": "app"}]}}


def _added(pod: dict[str, Any]) -> dict[str, Any]:
    return {step["path"]: step["value"] for step in injection_patch(pod, VALUES)}


def test_the_sidecar_asks_for_what_the_injectors_values_say() -> None:
    sidecar = _added(_pod())["/spec/containers/-"]

    assert sidecar["name"] == "istio-proxy"
    assert sidecar["image"] == "gcr.io/istio-release/proxyv2:1.28.0"
    assert sidecar["resources"] == {"requests": {"cpu": "10m", "memory": "40Mi"}}


def test_annotations_of_the_pod_win_over_the_values() -> None:
    pod = _pod(
        annotations={"sidecar.istio.io/proxyCPU": "1", "sidecar.istio.io/proxyCPULimit": "2"}
    )

    assert _added(pod)["/spec/containers/-"]["resources"] == {
        "requests": {"cpu": "1", "memory": "40Mi"},
        "limits": {"cpu": "2"},
    }


def test_what_is_added_passes_the_restricted_level() -> None:
    added = _added(_pod())

    for container in (added["/spec/containers/-"], added["/spec/initContainers"][0]):
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["runAsNonRoot"] is True
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}


def test_validation_runs_before_the_pods_own_init_containers() -> None:
    pod = _pod()
    pod["spec"]["initContainers"] = [{"name": "own", "image": "own"}]

    assert _added(pod)["/spec/initContainers/0"]["name"] == "istio-validation"


def test_marks_are_added_beside_those_there_are() -> None:
    added = _added(_pod(labels={"app": "web"}))

    assert added["/metadata/labels/security.istio.io~1tlsMode"] == "istio"
    assert list(added["/metadata/annotations"]) == ["sidecar.istio.io/status"]


@pytest.mark.parametrize(
    "pod",
    [
        _pod(labels={INJECT: "false"}),
        _pod(annotations={INJECT: "false"}),
        {**_pod(), "spec": {"hostNetwork": True, "containers": []}},
        {**_pod(), "spec": {"containers": [{"name": "istio-proxy"}]}},
    ],
)
def test_pods_that_do_not_want_it_stay_as_they_are(pod: dict[str, Any]) -> None:
    assert injection_patch(pod, VALUES) == []


def _review(path: str, service: str) -> Any:
    request = {"uid": "1", "object": _pod()}
    body = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}
    call = Call(namespace="istio-system", service=service, path=path, body=body)
    return answer_call(call, VALUES)["response"]


def test_only_istios_injector_changes_a_pod() -> None:
    injected = _review("/inject", "istiod")

    assert _review("/validate", "istiod") == {"uid": "1", "allowed": True}
    assert _review("/inject", "other") == {"uid": "1", "allowed": True}
    assert json.loads(base64.b64decode(injected["patch"])) == injection_patch(_pod(), VALUES)


def test_a_conversion_gives_every_object_in_the_version_asked_for() -> None:
    review = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "ConversionReview",
        "request": {
            "uid": "7",
            "desiredAPIVersion": "a/v2",
            "objects": [{"apiVersion": "a/v1", "kind": "A", "spec": {"x": 1}}],
        },
    }
    answer = answer_call(Call(namespace="n", service="s", path="/convert", body=review), {})

    assert answer["response"] == {
        "uid": "7",
        "result": {"status": "Success"},
        "convertedObjects": [{"apiVersion": "a/v2", "kind": "A", "spec": {"x": 1}}],
    }
