"""The gate asks a cluster that answers, in previews too, and writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import pytest
from google.protobuf import struct_pb2
from pulumi.runtime import rpc

from components.platform import control_planes
from components.platform.control_planes import UnfitClusterError, _Gate
from kube.client import Resource
from kube.errors import ApiStatusError, KubeError, NoSuchKindError
from plan.control_planes import INGRESS
from tests.plan.test_control_planes import EXISTING, MANAGED

MESH = "extensionProviders:\n- name: oauth2-proxy\n"
LABELS = {"app=istiod": "istiod", INGRESS: "istio-ingressgateway"}


class Cluster:
    """A cluster with istiod, an ingress gateway and a mesh configuration."""

    def __init__(self, version: str = "1.29.2", mesh: str = MESH, stack: str = "") -> None:
        self.version, self.mesh, self.stack = version, mesh, stack
        self.served = True

    def resource(self, api_version: str, kind: str) -> Resource:
        if not self.served and api_version != "apps/v1":
            raise NoSuchKindError(f"{kind} ({api_version}) is not served by this cluster")
        return Resource(
            api_version=api_version, kind=kind, plural="", is_namespaced=True, verbs=("list",)
        )

    def list(self, _: Resource, labels: str) -> Sequence[dict[str, Any]]:
        container = {"image": f"istio/pilot:{self.version}"}
        metadata = {
            "namespace": "istio-system",
            "name": LABELS[labels],
            "labels": {"kubeflow-stack/name": self.stack} if self.stack else {},
        }
        spec = {"template": {"spec": {"containers": [container]}}}
        return [{"metadata": metadata, "spec": spec}]

    def get(self, body: Mapping[str, Any]) -> dict[str, Any] | None:
        assert body["metadata"] == {"name": "istio", "namespace": "istio-system"}
        return {"data": {"mesh": self.mesh}} if self.mesh else None


class Nowhere:
    """No cluster."""

    def __init__(self, error: KubeError) -> None:
        self.error = error

    def resource(self, *_: str) -> Resource:
        raise self.error


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Put a cluster behind every kubeconfig; gives the gate's props."""

    def put(cluster: object, wanted: Any = EXISTING) -> dict[str, Any]:
        monkeypatch.setattr(control_planes, "Client", lambda _: cluster)
        row = control_planes._listed(asdict(wanted))
        return {"kubeconfig": "text", "wanted": [row], "stack": "mine"}

    return put


def reasons(props: dict[str, Any]) -> list[str]:
    return [failure.reason for failure in _Gate().check({}, props).failures]


def test_a_fit_cluster_is_let_through(found: Any) -> None:
    props = found(Cluster())
    assert reasons(props) == []
    assert _Gate().create(props).id == "control-planes"


@pytest.mark.parametrize(
    ("cluster", "wanted", "why"),
    [
        (Cluster("1.26.4"), EXISTING, "the cluster has Istio 1.26.4"),
        (Cluster(mesh=""), EXISTING, "no extensionProviders named oauth2-proxy"),
        (Cluster(mesh="extensionProviders: []"), EXISTING, "no extensionProviders named"),
        (Cluster(), MANAGED, "is not this stack's"),
        (Cluster("1.26.4", stack="mine"), MANAGED, "through 1.27, 1.28 first"),
    ],
)
def test_an_unfit_one_is_refused_in_preview_and_in_up(
    found: Any, cluster: Cluster, wanted: Any, why: str
) -> None:
    props = found(cluster, wanted)
    (reason,) = reasons(props)
    assert why in reason
    with pytest.raises(UnfitClusterError, match="kubeflow") as error:
        _Gate().create(props)
    assert str(error.value) == reason
    with pytest.raises(UnfitClusterError):
        _Gate().update("control-planes", props, props)


def test_missing_crds_are_named(found: Any) -> None:
    cluster = Cluster()
    cluster.served = False
    (reason,) = reasons(found(cluster))
    assert "does not serve networking.istio.io/v1 Gateway" in reason


def test_a_cluster_that_is_not_there_is_asked_when_it_is_built_on(found: Any) -> None:
    props = found(Nowhere(KubeError("no answer from https://127.0.0.1:1")))
    assert reasons(props) == []
    with pytest.raises(KubeError, match="no answer"):
        _Gate().create(props)


def test_a_cluster_that_is_yet_to_be_made_is_asked_when_it_is_built_on(found: Any) -> None:
    """What is unknown comes to a provider as Pulumi's own door hands it in."""
    sent = struct_pb2.Struct()
    sent["kubeconfig"] = rpc.UNKNOWN
    known = found(Nowhere(KubeError("nobody is to be asked")))
    props = {**known, **rpc.deserialize_properties(sent, keep_unknowns=True)}
    assert not isinstance(props["kubeconfig"], str)
    assert reasons(props) == []


def test_a_cluster_that_forbids_to_look_is_no_fit_cluster(found: Any) -> None:
    with pytest.raises(ApiStatusError):
        reasons(found(Nowhere(ApiStatusError("GET", 403, {"message": "forbidden"}))))


def test_only_what_is_wanted_counts_as_a_change(found: Any) -> None:
    props = found(Cluster())
    assert _Gate().diff("control-planes", props, {**props, "kubeconfig": "new"}).changes is False
    newer = control_planes._listed(asdict(replace(EXISTING, below="1.32.0")))
    assert _Gate().diff("control-planes", props, {**props, "wanted": [newer]}).changes is True
