"""The cluster autoscaler: which image for which Kubernetes, and what its pod asks for. Pure."""

from collections.abc import Mapping

from plan.capacity import PodDemand

SOURCE = "kubernetes/kops, pkg/model/components/clusterautoscaler.go, read 2026-11-25"
NAME, NAMESPACE = "cluster-autoscaler", "kube-system"
LABELS = {"app": NAME}
PORT = 8085  # of its figures, too
REPOSITORY = "registry.k8s.io/autoscaling/cluster-autoscaler"
# One per minor of Kubernetes: it simulates the scheduler of that minor.
TAGS: Mapping[str, str] = {
    "1.32": "v1.32.7",
    "1.33": "v1.33.5",
    "1.34": "v1.34.4",
    "1.35": "v1.35.1",
}
DEMAND = PodDemand(
    name=f"{NAMESPACE}/{NAME}",
    replicas=1,
    is_per_node=False,
    cpu_m=100,
    memory_mib=300,
    gpus=0,
    volumes=0,
    tolerates_all=False,
)
