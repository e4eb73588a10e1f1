"""The gate looks at a cluster that answers, in previews too, while nothing stands on it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import pytest
from google.protobuf import struct_pb2
from pulumi.runtime import rpc

from components.cluster import expectations
from components.cluster.expectations import UnfitClusterError, _Gate, look
from kube.client import Client
from kube.errors import ApiStatusError, KubeError
from plan.expectations import FoundCluster
from tests.plan.test_expectations import EXPECTED

DEFAULT = {"storageclass.kubernetes.io/is-default-class": "true"}


def node(**spec: Any) -> dict[str, Any]:
    return {"spec": spec, "status": {"allocatable": {"cpu": "3900m", "memory": "13Gi"}}}


class Cluster:
    """Four nodes, one of them cordoned; two classes, one claim; Cilium as it should be."""

    minor = "35+"

    def call(self, method: str, path: str) -> dict[str, Any]:
        assert (method, path) == ("GET", "/version")
        return {"major": "1", "minor": self.minor}

    def resource(self, _: str, kind: str) -> str:
        return kind

    def list(self, kind: str, labels: str = "") -> Sequence[Mapping[str, Any]]:
        assert labels == ("kubeflow-stack/name=x" if kind == "PersistentVolumeClaim" else "")
        every: dict[str, list[dict[str, Any]]] = {
            "Node": [node(), node(), node(), node(unschedulable=True)],
            "StorageClass": [
                {"metadata": {"name": "fast", "annotations": DEFAULT}},
                {"metadata": {"name": "slow"}},
            ],
            "PersistentVolumeClaim": [
                {
                    "metadata": {"name": "data", "namespace": "kubeflow"},
                    "spec": {"storageClassName": "fast"},
                }
            ],
        }
        return every[kind]

    def get(self, body: Mapping[str, Any]) -> dict[str, Any] | None:
        assert body["metadata"] == {"name": "cilium-config", "namespace": "kube-system"}
        return {"data": {"cni-exclusive": "false"}}


class Old(Cluster):
    """The same, of long ago."""

    minor = "30"


class Nowhere(Cluster):
    """No cluster."""

    def __init__(self, error: KubeError) -> None:
        self.error = error

    def call(self, method: str, path: str) -> dict[str, Any]:
        raise self.error


@pytest.fixture
def props(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Put a cluster behind every kubeconfig; gives the gate's props."""

    def put(cluster: object) -> dict[str, Any]:
        monkeypatch.setattr(expectations, "Client", lambda _: cluster)
        return {"kubeconfig": "text", "expected": asdict(EXPECTED)}

    return put


def reasons(news: dict[str, Any], olds: dict[str, Any] | None = None) -> list[str]:
    return [failure.reason for failure in _Gate().check(olds or {}, news).failures]


def test_it_sees_version_classes_room_and_cilium(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster: Any = Cluster()
    client: Client = cluster
    assert look(client, "x") == FoundCluster(
        version="1.35",
        classes={"fast": True, "slow": False},
        nodes=3,
        cpu_m=11_700,
        memory_mib=39_936,
        cilium={"cni-exclusive": "false"},
        claims={"kubeflow/data": "fast"},
    )


def test_a_fit_cluster_is_let_through(props: Any) -> None:
    assert reasons(props(Cluster())) == []
    assert _Gate().create(props(Cluster())).id == "expectations"


def test_an_unfit_one_is_refused_in_preview_and_in_up(props: Any) -> None:
    said = props(Old())
    (reason,) = reasons(said)
    assert "runs Kubernetes 1.30" in reason
    for refuse in (lambda: _Gate().create(said), lambda: _Gate().update("x", said, said)):
        with pytest.raises(UnfitClusterError) as caught:
            refuse()
        assert str(caught.value) == reason


def test_once_it_stands_only_other_expectations_are_judged(props: Any) -> None:
    said = props(Old())
    assert reasons(said, olds=said) == []
    other = {**said, "expected": asdict(replace(EXPECTED, storage_class="none"))}
    assert len(reasons(other, olds=said)) == 3


def test_another_class_of_storage_is_refused_while_claims_have_the_old_one(props: Any) -> None:
    said = props(Cluster())
    other = {**said, "expected": asdict(replace(EXPECTED, storage_class="slow"))}
    (reason,) = reasons(other, olds=said)
    assert reason.startswith(
        "cluster.storageClass: 'slow' is not the class of kubeflow/data (fast)"
    )
    with pytest.raises(UnfitClusterError, match="put the setting back"):
        _Gate().update("x", said, other)


def test_once_it_stands_its_room_is_its_own_business(props: Any) -> None:
    said = props(Cluster())
    more = {**said, "expected": asdict(replace(EXPECTED, cpu_m=15_600))}
    assert len(reasons(more)) == 1
    assert reasons(more, olds=said) == []
    assert _Gate().update("x", said, more).outs == more


def test_a_cluster_that_does_not_answer_is_judged_when_it_is_built_on(props: Any) -> None:
    said = props(Nowhere(KubeError("no answer from https://127.0.0.1:1")))
    assert reasons(said) == []
    with pytest.raises(KubeError, match="no answer"):
        _Gate().create(said)


def test_a_cluster_that_is_yet_to_be_made_is_judged_when_it_is_built_on(props: Any) -> None:
    """What is unknown comes to a provider as Pulumi's own door hands it in."""
    sent = struct_pb2.Struct()
    sent["kubeconfig"] = rpc.UNKNOWN
    known = props(Nowhere(KubeError("nobody is to be asked")))
    news = {**known, **rpc.deserialize_properties(sent, keep_unknowns=True)}
    assert not isinstance(news["kubeconfig"], str)
    assert reasons(news) == []


def test_a_cluster_that_forbids_to_look_is_no_fit_cluster(props: Any) -> None:
    with pytest.raises(ApiStatusError):
        reasons(props(Nowhere(ApiStatusError("GET", 403, {"message": "forbidden"}))))


def test_numbers_come_back_from_pulumi_as_floats(props: Any) -> None:
    said = props(Cluster())
    floats = {key: float(v) if isinstance(v, int) else v for key, v in said["expected"].items()}
    assert reasons({**said, "expected": floats}) == []
    assert _Gate().diff("x", said, {**said, "expected": floats}).changes is False
