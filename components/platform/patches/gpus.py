"""What Prometheus knows of GPUs: NVIDIA's DCGM exporter where pools have them. Pure.

Only on nodes that carry their pool's label: those that a stack makes, and an owner's who gave it.
"""

from collections.abc import Iterable, Iterator

from components.platform.patches.model import Addition, Json
from components.platform.patches.targets import beside_the_gateway, of_the_cluster
from plan.model import POOL_LABEL, Pool
from plan.monitoring import MonitoringPlan

# gpu-operator v26.3.3 names it beside the device plugin that AWS gets; read 2026-11-25.
IMAGE = "nvcr.io/nvidia/k8s/dcgm-exporter:4.5.3-4.8.2-distroless"
SOURCE = "github.com/NVIDIA/dcgm-exporter: README, deployment/templates/daemonset.yaml"
WHY = "a GPU that a pod has and does not use is the dearest thing on the cluster"
NAME, NAMESPACE = "dcgm-exporter", "kube-system"
LABELS = {"app.kubernetes.io/name": NAME}
PORT = 9400
COUNTERS_FILE = "counters.csv"
COUNTERS_FOLDER = "/etc/kubeflow-stack"
# Whose pods have which GPUs is for the kubelet to tell, by a socket in there.
POD_RESOURCES = "/var/lib/kubelet/pod-resources"
# Field, kind, help. None of DCGM_FI_PROF_…: they would need SYS_ADMIN.
COUNTERS = (
    ("DCGM_FI_DEV_GPU_UTIL", "gauge", "GPU utilization (in %)."),
    ("DCGM_FI_DEV_FB_USED", "gauge", "Framebuffer memory used (in MiB)."),
    ("DCGM_FI_DEV_FB_FREE", "gauge", "Framebuffer memory free (in MiB)."),
    ("DCGM_FI_DEV_POWER_USAGE", "gauge", "Power draw (in W)."),
    ("DCGM_FI_DEV_GPU_TEMP", "gauge", "GPU temperature (in C)."),
    ("DCGM_FI_DEV_XID_ERRORS", "gauge", "Value of the last XID error encountered."),
)


def gpu_patches(pools: Iterable[Pool], plan: MonitoringPlan) -> tuple[Addition, ...]:
    """Exporters, what they count, who reads them; nothing where no pool has a GPU."""
    with_gpus = [pool for pool in pools if pool.allocatable.gpus]
    if not with_gpus:
        return ()
    place = {"name": NAME, "namespace": NAMESPACE}
    bodies = (
        _counters(),
        *map(_exporter, with_gpus),
        *of_the_cluster(place, LABELS, PORT, plan),
    )
    return tuple(
        beside_the_gateway(
            f"gpus-{body['kind'].lower()}-{body['metadata']['name']}", WHY, SOURCE, body
        )
        for body in bodies
    )


def _counters() -> Json:
    lines = "".join(f"{', '.join(row)}\n" for row in COUNTERS)
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": NAME, "namespace": NAMESPACE},
        "data": {COUNTERS_FILE: lines},
    }


def _exporter(pool: Pool) -> Json:
    labels = {**LABELS, POOL_LABEL: pool.name}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": f"{NAME}-{pool.name}", "namespace": NAMESPACE},
        "spec": {
            "selector": {"matchLabels": labels},
            "updateStrategy": {"type": "RollingUpdate"},
            "template": {"metadata": {"labels": labels}, "spec": _pod(pool)},
        },
    }


def _pod(pool: Pool) -> Json:
    return {
        "nodeSelector": {POOL_LABEL: pool.name},
        "tolerations": [
            {"key": taint.key, "operator": "Exists", "effect": taint.effect}
            for taint in pool.taints
        ],
        "automountServiceAccountToken": False,
        "containers": [
            {
                "name": NAME,
                "image": IMAGE,
                "env": list(_environment()),
                "ports": [{"name": "metrics", "containerPort": PORT, "protocol": "TCP"}],
                "readinessProbe": {"httpGet": {"path": "/health", "port": "metrics"}},
                "resources": {
                    "requests": {"cpu": "50m", "memory": "256Mi"},
                    "limits": {"memory": "1Gi"},
                },
                "securityContext": {
                    "runAsUser": 0,
                    "allowPrivilegeEscalation": False,
                    "capabilities": {"drop": ["ALL"]},
                },
                "volumeMounts": [
                    {"name": "pod-resources", "mountPath": POD_RESOURCES, "readOnly": True},
                    {"name": "counters", "mountPath": COUNTERS_FOLDER},
                ],
            }
        ],
        "volumes": [
            {"name": "pod-resources", "hostPath": {"path": POD_RESOURCES, "type": "Directory"}},
            {"name": "counters", "configMap": {"name": NAME}},
        ],
    }


def _environment() -> Iterator[Json]:
    yield {"name": "DCGM_EXPORTER_LISTEN", "value": f":{PORT}"}
    yield {"name": "DCGM_EXPORTER_KUBERNETES", "value": "true"}
    yield {"name": "DCGM_EXPORTER_COLLECTORS", "value": f"{COUNTERS_FOLDER}/{COUNTERS_FILE}"}
    yield {"name": "NVIDIA_VISIBLE_DEVICES", "value": "all"}  # to see them, without having any
    # What its label `Hostname` says.
    yield {"name": "NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}
