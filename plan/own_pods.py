"""The pods that a cluster has before the platform comes, the cloud's and ours. Pure."""

from collections.abc import Mapping

from plan.autoscaler import DEMAND as AUTOSCALER
from plan.capacity import PodDemand
from plan.digitalocean import INOTIFY
from plan.model import Plan


def _addon(name: str, cpu_m: int, memory_mib: int, replicas: int | None = None) -> PodDemand:
    """What an add-on asks for, all its containers together; without `replicas` on every node."""
    return PodDemand(
        name=f"kube-system/{name}",
        replicas=1 if replicas is None else replicas,
        is_per_node=replicas is None,
        cpu_m=cpu_m,
        memory_mib=memory_mib,
        gpus=0,
        volumes=0,
        tolerates_all=replicas is None,
    )


# EKS runs them, so nothing that the program registers says what they ask for. Dated fact, 2026-11:
# the add-ons' defaults, with the configuration that components/cluster/aws/addons.py gives.
EKS_ADDONS: Mapping[str, tuple[PodDemand, ...]] = {
    "vpc-cni": (_addon("aws-node", 50, 0),),
    "kube-proxy": (_addon("kube-proxy", 100, 0),),
    "eks-pod-identity-agent": (_addon("eks-pod-identity-agent", 0, 0),),
    "coredns": (_addon("coredns", 100, 70, replicas=2),),
    "aws-ebs-csi-driver": (
        _addon("ebs-csi-node", 30, 120),
        _addon("ebs-csi-controller", 60, 240, replicas=2),
    ),
    "metrics-server": (_addon("metrics-server", 100, 200, replicas=2),),
}


def clouds_demands(plan: Plan) -> tuple[PodDemand, ...]:
    """Those that no object of the stack stands for.

    Not those of DOKS: no figure of what they ask for was found.
    """
    return () if plan.aws is None else tuple(pod for pods in EKS_ADDONS.values() for pod in pods)


def own_demands(plan: Plan) -> tuple[PodDemand, ...]:
    """All of them, as they are known before anything is registered."""
    ours = []
    if plan.digitalocean is not None:
        ours.append(INOTIFY)
    if plan.watched.has_autoscaler:
        ours.append(AUTOSCALER)
    return (*clouds_demands(plan), *ours)
