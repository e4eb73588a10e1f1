"""NVIDIA's device plugin, on nodes with GPUs only: it offers their GPUs to pods. Pure."""

from collections.abc import Iterable

from plan.aws import GPU_LABEL, NVIDIA
from plan.model import Pool
from upstream.model import Obj
from upstream.render import as_object

# Source: NVIDIA/k8s-device-plugin, deployments/static, and gpu-operator v26.3.3, read 2026-11-25.
IMAGE = "nvcr.io/nvidia/k8s-device-plugin:v0.19.3"
NAME, NAMESPACE = "nvidia-device-plugin", "kube-system"
SOCKETS = "/var/lib/kubelet/device-plugins"
LABELS = {"app": NAME}


def device_plugin_objects(pools: Iterable[Pool]) -> tuple[Obj, ...]:
    """One DaemonSet that tolerates the taints of the pools with GPUs; none where there are none."""
    with_gpus = [pool for pool in pools if pool.allocatable.gpus]
    if not with_gpus:
        return ()
    taints = sorted({(taint.key, taint.effect) for pool in with_gpus for taint in pool.taints})
    pod = {
        "nodeSelector": {GPU_LABEL: NVIDIA},
        "tolerations": [
            {"key": key, "operator": "Exists", "effect": effect} for key, effect in taints
        ],
        "priorityClassName": "system-node-critical",
        "automountServiceAccountToken": False,
        "containers": [
            {
                "name": NAME,
                "image": IMAGE,
                "env": [{"name": "FAIL_ON_INIT_ERROR", "value": "false"}],
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "capabilities": {"drop": ["ALL"]},
                },
                "volumeMounts": [{"name": "sockets", "mountPath": SOCKETS}],
            }
        ],
        "volumes": [{"name": "sockets", "hostPath": {"path": SOCKETS, "type": "Directory"}}],
    }
    body = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": NAME, "namespace": NAMESPACE},
        "spec": {
            "selector": {"matchLabels": LABELS},
            "updateStrategy": {"type": "RollingUpdate"},
            "template": {"metadata": {"labels": LABELS}, "spec": pod},
        },
    }
    return (as_object(body, "cluster"),)
