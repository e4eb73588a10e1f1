"""The simulated machines of a plan as Kubernetes objects. Pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from plan.model import POOL_LABEL, Allocatable, ClusterPlan, Pool

DIGEST_ANNOTATION = "kubeflow-stack/pool-digest"
SIMULATED = {"kwok.x-k8s.io/node": "fake"}
PROVISIONER = "rehearsal.kubeflow-stack/volumes"
DISK_GIB = 200
NODES_PER_NETWORK = 250

Body = dict[str, Any]


def node_bodies(plan: ClusterPlan) -> tuple[Body, ...]:
    """Every node that stands at the start."""
    return tuple(
        node_body(plan, pool, number) for pool in plan.pools for number in range(pool.nodes)
    )


def node_body(plan: ClusterPlan, pool: Pool, number: int) -> Body:
    """Node `number` of a pool, as large as the plan says and not yet Ready."""
    name = f"{pool.name}-{number}"
    size = _size(pool.allocatable)
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": _labels(plan, pool, name, number),
            "annotations": {**SIMULATED, DIGEST_ANNOTATION: pool_digest(pool)},
        },
        "spec": {
            "providerID": f"rehearsal:///{_zone(plan, pool, number)}/{name}",
            "taints": [{"key": t.key, "value": t.value, "effect": t.effect} for t in pool.taints],
        },
        "status": {
            "capacity": size,
            "allocatable": size,
            "addresses": [
                {"type": "InternalIP", "address": _address(plan, pool, number)},
                {"type": "Hostname", "address": name},
            ],
        },
    }


def storage_class_body(plan: ClusterPlan) -> Body:
    """The plan's storage class, the default one, served by the volumes stand-in."""
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": plan.storage_class,
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": PROVISIONER,
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "WaitForFirstConsumer",
        "allowVolumeExpansion": True,
    }


def pool_digest(pool: Pool) -> str:
    """Changes when nodes of this pool must be made anew; their number does not count."""
    said = asdict(pool)
    for count in ("nodes", "min_nodes", "max_nodes"):
        del said[count]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def plan_digest(plan: ClusterPlan) -> str:
    """Changes when anything of the cluster does."""
    return hashlib.sha256(json.dumps(asdict(plan), sort_keys=True).encode()).hexdigest()[:16]


def outdated(plan: ClusterPlan, node: Mapping[str, Any]) -> bool:
    """Whether a live node belongs to no pool of the plan as it is now."""
    labels, annotations = node["metadata"].get("labels", {}), node["metadata"]["annotations"]
    pools = {pool.name: pool for pool in plan.pools}
    pool = pools.get(labels.get(POOL_LABEL, ""))
    if pool is None or annotations.get(DIGEST_ANNOTATION) != pool_digest(pool):
        return True
    return node_number(node) >= max(pool.nodes, pool.max_nodes)


def node_number(node: Mapping[str, Any]) -> int:
    """The place of a node in its pool, from its name."""
    return int(node["metadata"]["name"].rpartition("-")[2])


def _labels(plan: ClusterPlan, pool: Pool, name: str, number: int) -> dict[str, str]:
    return {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "topology.kubernetes.io/region": plan.region,
        "topology.kubernetes.io/zone": _zone(plan, pool, number),
        "node.kubernetes.io/instance-type": pool.instance_types[0],
        POOL_LABEL: pool.name,
        **pool.labels,
    }


def _zone(plan: ClusterPlan, pool: Pool, number: int) -> str:
    zones = pool.zones or plan.zones or (plan.region,)
    return zones[number % len(zones)]


def _size(allocatable: Allocatable) -> dict[str, str]:
    size = {
        "cpu": f"{allocatable.cpu_m}m",
        "memory": f"{allocatable.memory_mib}Mi",
        "pods": str(allocatable.pods),
        "ephemeral-storage": f"{DISK_GIB}Gi",
    }
    if allocatable.gpus:
        size["nvidia.com/gpu"] = str(allocatable.gpus)
    return size


def _address(plan: ClusterPlan, pool: Pool, number: int) -> str:
    network = [other.name for other in plan.pools].index(pool.name)
    high, low = divmod(number, NODES_PER_NETWORK)
    return f"172.{16 + network % 16}.{high + 16 * (network // 16)}.{low + 1}"
