"""Every pod that runs is on a node or waits, with the reason."""

from typing import Any

from rehearsal.placement import Waiting, place

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
