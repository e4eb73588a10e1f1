"""Every pod that runs is on a node or waits, with the reason."""

from typing import Any, cast

import pytest

from kube.client import Client
from rehearsal import placement as module
from rehearsal.errors import RehearsalError
from rehearsal.placement import Waiting, judged_placement, place

NODE = {
    "metadata": {"name": "general-0", "labels": {"kubeflow-stack/pool": "general"}},
    "status": {"allocatable": {"pods": "58", "cpu": "3920m", "memory": "14900Mi"}},
}


def pod(name: str, node: str = "", **status: Any) -> dict[str, Any]:
    requests = {"cpu": "250m", "memory": "128Mi"}
    spec = {"nodeName": node, "containers": [{"name": "c", "resources": {"requests": requests}}]}
    return {"metadata": {"namespace": "a", "name": name}, "spec": spec, "status": status}


def test_a_nodes_load_is_what_its_pods_ask_for() -> None:
    found = place([NODE], [pod("one", "general-0"), pod("two", "general-0")])
    (load,) = found.nodes
    assert (load.pool, load.pods, load.cpu_m, load.memory_mib) == ("general", 2, 500, 256)
    assert (load.offered_pods, load.offered_cpu_m, load.offered_memory_mib) == (58, 3920, 14900)
    assert found.waiting == ()


def test_what_has_ended_takes_no_room() -> None:
    ended = [pod("done", "general-0", phase="Succeeded"), pod("broken", phase="Failed")]
    found = place([NODE], ended)
    assert found.nodes[0].pods == 0
    assert found.waiting == ()


def test_a_pod_without_a_node_waits_with_the_schedulers_reason() -> None:
    said = {"type": "PodScheduled", "status": "False", "message": "0/1 nodes fit"}
    lost = [pod("full", conditions=[said]), pod("new"), pod("orphan", "gone-0")]
    assert place([NODE], lost).waiting == (
        Waiting(pod="a/full", reason="0/1 nodes fit"),
        Waiting(pod="a/new", reason="not seen by the scheduler yet"),
        Waiting(pod="a/orphan", reason="its node gone-0 is gone"),
    )


def test_programs_read_nodes_and_what_waits_in_camel_case() -> None:
    said = place([NODE], [pod("one", "general-0"), pod("new")]).as_output()
    assert said == {
        "nodes": [
            {
                "node": "general-0",
                "pool": "general",
                "pods": 1,
                "cpuMillicores": 250,
                "memoryMib": 128,
                "offeredPods": 58,
                "offeredCpuMillicores": 3920,
                "offeredMemoryMib": 14900,
            }
        ],
        "waiting": [{"pod": "a/new", "reason": "not seen by the scheduler yet"}],
    }


class Cluster:
    """One node, and at each look at its pods the next of these lists; the last one for good."""

    def __init__(self, *looks: list[dict[str, Any]]) -> None:
        self.looks = list(looks)

    def resource(self, _: str, kind: str) -> str:
        return kind

    def list(self, kind: str) -> list[dict[str, Any]]:
        if kind == "Node":
            return [NODE]
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]


REFUSED = pod("full", conditions=[{"type": "PodScheduled", "status": "False", "message": "0/1"}])


def test_a_pod_that_the_scheduler_has_not_seen_yet_is_waited_for() -> None:
    cluster = Cluster([pod("one")], [pod("one")], [pod("one", "general-0")])
    assert judged_placement(cast("Client", cluster)).waiting == ()
    cluster = Cluster([pod("one"), REFUSED], [pod("one", "general-0"), REFUSED])
    found = judged_placement(cast("Client", cluster))
    assert found.waiting == (Waiting(pod="a/full", reason="0/1"),), "its word is the last"


def test_one_that_it_never_sees_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "UNSEEN_SECONDS", 0)
    with pytest.raises(RehearsalError, match="not seen by the scheduler yet: a/one"):
        judged_placement(cast("Client", Cluster([pod("one")])))
