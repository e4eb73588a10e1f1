"""Where every pod landed: what each node carries of what it offers, and what found no node."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kube.client import Client
from plan.model import POOL_LABEL
from plan.quantities import cpu_millicores, mebibytes, pod_requests
from rehearsal.cluster.waiting import until

Json = dict[str, Any]

UNSEEN = "not seen by the scheduler yet"
UNSEEN_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class NodeLoad:
    """One node: its pods' requests beside what it offers to pods."""

    node: str
    pool: str
    pods: int
    cpu_m: int
    memory_mib: int
    offered_pods: int
    offered_cpu_m: int
    offered_memory_mib: int


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A pod without a node, and the scheduler's reason."""

    pod: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Every node's load, and the pods that wait."""

    nodes: tuple[NodeLoad, ...]
    waiting: tuple[Waiting, ...]

    def as_output(self) -> Json:
        """Plain camelCase data, with the words of the stack's output `capacity`."""
        return {
            "nodes": [
                {
                    "node": load.node,
                    "pool": load.pool,
                    "pods": load.pods,
                    "cpuMillicores": load.cpu_m,
                    "memoryMib": load.memory_mib,
                    "offeredPods": load.offered_pods,
                    "offeredCpuMillicores": load.offered_cpu_m,
                    "offeredMemoryMib": load.offered_memory_mib,
                }
                for load in self.nodes
            ],
            "waiting": [{"pod": one.pod, "reason": one.reason} for one in self.waiting],
        }


def placement(client: Client) -> Placement:
    """Read nodes and pods once."""
    nodes = client.list(client.resource("v1", "Node"))
    pods = client.list(client.resource("v1", "Pod"))
    return place(nodes, pods)


def judged_placement(client: Client) -> Placement:
    """The same once the scheduler has spoken of every pod: an autoscaler's come when they come."""
    found: list[Placement] = []

    def lacking() -> str | None:
        found.append(placement(client))
        unseen = [one.pod for one in found[-1].waiting if one.reason == UNSEEN]
        return f"{UNSEEN}: {', '.join(unseen)}" if unseen else None

    until("the scheduler looks at every pod", lacking, UNSEEN_SECONDS)
    return found[-1]


def place(nodes: Sequence[Json], pods: Sequence[Json]) -> Placement:
    """The same from lists at hand; every pod that runs is on a live node or waits. Pure."""
    by_node: dict[str, list[Json]] = {str(node["metadata"]["name"]): [] for node in nodes}
    waiting: list[Waiting] = []
    for pod in pods:
        if pod.get("status", {}).get("phase") in ("Succeeded", "Failed"):
            continue
        node = pod["spec"].get("nodeName", "")
        if node in by_node:
            by_node[node].append(pod)
        else:
            waiting.append(_waiting(pod, f"its node {node} is gone" if node else ""))
    return Placement(
        nodes=tuple(
            _load(node, by_node[node["metadata"]["name"]])
            for node in sorted(nodes, key=lambda n: str(n["metadata"]["name"]))
        ),
        waiting=tuple(waiting),
    )


def _load(node: Mapping[str, Any], pods: list[Json]) -> NodeLoad:
    offered = node["status"]["allocatable"]
    asked = [pod_requests(pod["spec"]) for pod in pods]
    return NodeLoad(
        node=node["metadata"]["name"],
        pool=node["metadata"]["labels"].get(POOL_LABEL, ""),
        pods=len(pods),
        cpu_m=sum(cpu_millicores(one.get("cpu", 0)) for one in asked),
        memory_mib=sum(mebibytes(one.get("memory", 0)) for one in asked),
        offered_pods=int(offered["pods"]),
        offered_cpu_m=cpu_millicores(offered["cpu"]),
        offered_memory_mib=mebibytes(offered["memory"]),
    )


def _waiting(pod: Mapping[str, Any], known: str) -> Waiting:
    metadata = pod["metadata"]
    reasons = [
        str(condition.get("message", condition.get("reason", "")))
        for condition in pod.get("status", {}).get("conditions", ())
        if condition["type"] == "PodScheduled" and condition["status"] == "False"
    ]
    return Waiting(
        pod=f"{metadata['namespace']}/{metadata['name']}",
        reason=known or (reasons[0] if reasons else UNSEEN),
    )
