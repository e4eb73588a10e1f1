"""The cluster autoscaler's objects: pools grow for pods that wait, from none too. Pure."""

from typing import Any

import yaml

from plan.autoscaler import DEMAND, LABELS, NAME, NAMESPACE, PORT, REPOSITORY, TAGS
from plan.model import ClusterPlan
from upstream.model import Obj
from upstream.render import as_object

NOBODY = 65534
RBAC = "rbac.authorization.k8s.io"
READ = ("get", "list", "watch")
PRIORITIES = f"{NAME}-priority-expander"  # the name that it looks for
SPOT_FIRST, REST = 20, 10  # the higher one is tried first
Rule = dict[str, Any]


def autoscaler_objects(cluster: ClusterPlan) -> tuple[Obj, ...]:
    """Its account, its rights and its Deployment, the last one."""
    subject = {"kind": "ServiceAccount", "name": NAME, "namespace": NAMESPACE}
    bodies: tuple[dict[str, Any], ...] = (
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": _metadata()},
        {
            "apiVersion": f"{RBAC}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": NAME},
            "rules": _everywhere(),
        },
        {
            "apiVersion": f"{RBAC}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": NAME},
            "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": NAME},
            "subjects": [subject],
        },
        {
            "apiVersion": f"{RBAC}/v1",
            "kind": "Role",
            "metadata": _metadata(),
            "rules": _at_home(),
        },
        {
            "apiVersion": f"{RBAC}/v1",
            "kind": "RoleBinding",
            "metadata": _metadata(),
            "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": NAME},
            "subjects": [subject],
        },
        *_preferences(cluster),
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": _metadata(),
            "spec": {
                "replicas": DEMAND.replicas,
                "selector": {"matchLabels": LABELS},
                "template": {"metadata": {"labels": LABELS}, "spec": _pod(cluster)},
            },
        },
    )
    return tuple(as_object(body, "cluster") for body in bodies)


def _metadata() -> dict[str, str]:
    return {"name": NAME, "namespace": NAMESPACE}


def _pod(cluster: ClusterPlan) -> dict[str, Any]:
    tag = "k8s.io/cluster-autoscaler"
    return {
        "serviceAccountName": NAME,
        "priorityClassName": "system-cluster-critical",
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": NOBODY,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [
            {
                "name": NAME,
                "image": f"{REPOSITORY}:{TAGS[cluster.kubernetes]}",
                "command": [
                    "./cluster-autoscaler",
                    "--cloud-provider=aws",
                    # EKS puts both tags on the groups of its own node groups.
                    f"--node-group-auto-discovery=asg:tag={tag}/enabled,{tag}/{cluster.name}",
                    f"--expander={'priority,' if _on_spot(cluster) else ''}least-waste",
                    # A notebook has local storage: its node goes when it is empty, not before.
                    "--skip-nodes-with-local-storage=true",
                ],
                # Pods cannot ask the machine where they are: the hop limit is 1.
                "env": [{"name": "AWS_REGION", "value": cluster.region}],
                "ports": [{"name": "http", "containerPort": PORT, "protocol": "TCP"}],
                "livenessProbe": {"httpGet": {"path": "/health-check", "port": "http"}},
                "resources": {
                    "requests": {"cpu": f"{DEMAND.cpu_m}m", "memory": f"{DEMAND.memory_mib}Mi"},
                    "limits": {"memory": f"{2 * DEMAND.memory_mib}Mi"},
                },
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                    "capabilities": {"drop": ["ALL"]},
                },
            }
        ],
    }


def _on_spot(cluster: ClusterPlan) -> list[str]:
    return [pool.name for pool in cluster.pools if pool.is_spot]


def _preferences(cluster: ClusterPlan) -> list[dict[str, Any]]:
    """Spot first, so that a pool on demand beside it is what is left when there is none."""
    # EKS calls a group `eks-NODEGROUP-UUID`, and Pulumi a node group `POOL-` and seven digits.
    on_spot = [f"^eks-{name}-[0-9a-f]{{7}}-" for name in _on_spot(cluster)]
    if not on_spot:
        return []
    order = yaml.safe_dump({SPOT_FIRST: on_spot, REST: [".*"]})
    metadata = {"name": PRIORITIES, "namespace": NAMESPACE}
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": metadata,
            "data": {"priorities": order},
        }
    ]


def _everywhere() -> list[Rule]:
    return [
        _rule("", ("events",), ("create", "patch")),
        _rule("", ("pods/eviction",), ("create",)),
        _rule("", ("pods/status",), ("update",)),
        _rule("", ("nodes",), (*READ, "update")),
        _rule(
            "",
            (
                "namespaces",
                "persistentvolumeclaims",
                "persistentvolumes",
                "pods",
                "replicationcontrollers",
                "services",
            ),
            READ,
        ),
        _rule("apps", ("daemonsets", "replicasets", "statefulsets"), READ),
        _rule("batch", ("jobs",), READ),
        _rule("policy", ("poddisruptionbudgets",), READ),
        _rule(
            "storage.k8s.io",
            (
                "csidrivers",
                "csinodes",
                "csistoragecapacities",
                "storageclasses",
                "volumeattachments",
            ),
            READ,
        ),
        _rule("resource.k8s.io", ("deviceclasses", "resourceclaims", "resourceslices"), READ),
    ]


def _at_home() -> list[Rule]:
    return [
        _rule("coordination.k8s.io", ("leases",), ("create",)),
        {**_rule("coordination.k8s.io", ("leases",), ("get", "update")), "resourceNames": [NAME]},
        _rule("", ("configmaps",), ("create", "list", "watch")),
        {
            **_rule("", ("configmaps",), ("get", "update", "delete")),
            "resourceNames": [f"{NAME}-status"],
        },
    ]


def _rule(group: str, resources: tuple[str, ...], verbs: tuple[str, ...]) -> Rule:
    return {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs)}
