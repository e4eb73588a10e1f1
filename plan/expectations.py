"""What a cluster has to be before anything is put on it, and what is wrong with one. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from plan.model import ClusterPlan

AT_LEAST = "1.31"  # what Kubeflow 26.03 asks for
# Machines of one type differ by some MiB, and a few percent less still carry the same pods.
ENOUGH_PERCENT = 95
CILIUM = "kube-system/cilium-config"


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What is asked of a cluster for a stack. Of no room (0 and 0) any room is enough."""

    stack: str
    storage_class: str
    cpu_m: int
    memory_mib: int


@dataclass(frozen=True, kw_only=True)
class FoundCluster:
    """What the cluster shows: its minor, every class and whether it is a default one, the room on
    nodes that take pods, Cilium's configuration (empty: there is none), and the class of every
    claim that is the stack's.
    """

    version: str
    classes: Mapping[str, bool]
    nodes: int
    cpu_m: int
    memory_mib: int
    cilium: Mapping[str, str]
    claims: Mapping[str, str]


def expected_of(cluster: ClusterPlan) -> Expected:
    """What the plan counts on; a cluster of the stack's own has the room by being made."""
    is_ours = cluster.provider != "existing"
    return Expected(
        stack=cluster.name,
        storage_class=cluster.storage_class,
        cpu_m=0 if is_ours else sum(p.nodes * p.allocatable.cpu_m for p in cluster.pools),
        memory_mib=0 if is_ours else sum(p.nodes * p.allocatable.memory_mib for p in cluster.pools),
    )


def version_mistakes(minor: str) -> Iterator[str]:
    """`path: what is wrong` with the version that an existing cluster is said to have."""
    if _numbers(minor) < _numbers(AT_LEAST):
        yield (
            f"cluster.kubernetes: {minor!r} is too old; Kubeflow needs {AT_LEAST} or newer, "
            "upgrade the cluster first"
        )


def misfits(expected: Expected, found: FoundCluster) -> Iterator[str]:
    """Why the cluster will not do; each reason with the way out."""
    if _numbers(found.version) < _numbers(AT_LEAST):
        yield (
            f"the cluster runs Kubernetes {found.version}, and Kubeflow needs {AT_LEAST} or newer; "
            "upgrade it"
        )
    yield from _storage(expected.storage_class, found.classes)
    yield from _claims(expected.storage_class, found.claims)
    yield from _room(expected, found)
    yield from _cilium(found.cilium)


def _storage(wanted: str, classes: Mapping[str, bool]) -> Iterator[str]:
    known = ", ".join(sorted(classes)) or "none"
    defaults = sorted(name for name, is_default in classes.items() if is_default)
    if wanted not in classes:
        yield f"cluster.storageClass: the cluster has no class {wanted!r}; it has {known}"
    if len(defaults) != 1:
        yield (
            f"the cluster has {len(defaults)} default storage classes ({', '.join(defaults)})"
            if defaults
            else f"the cluster has no default storage class (it has {known})"
        ) + (
            ", and notebooks take the default one: annotate exactly one with "
            'storageclass.kubernetes.io/is-default-class: "true"'
        )


def _claims(wanted: str, claims: Mapping[str, str]) -> Iterator[str]:
    others = [f"{name} ({claims[name]})" for name in sorted(claims) if claims[name] != wanted]
    if others:
        yield (
            f"cluster.storageClass: {wanted!r} is not the class of {', '.join(others)}, and a "
            "claim's class never changes: there would be new volumes, without what these hold; put "
            "the setting back, or save what they hold, take their components out of "
            "kubeflow.components, delete what protection.volumes kept, and add them again"
        )


def _room(expected: Expected, found: FoundCluster) -> Iterator[str]:
    if (
        found.cpu_m * 100 >= expected.cpu_m * ENOUGH_PERCENT
        and found.memory_mib * 100 >= expected.memory_mib * ENOUGH_PERCENT
    ):
        return
    yield (
        f"pools: the settings say {_size(expected.cpu_m, expected.memory_mib)}, and the "
        f"{found.nodes} nodes that take pods have {_size(found.cpu_m, found.memory_mib)}; say the "
        "nodes that there are, or add some"
    )


def _cilium(said: Mapping[str, str]) -> Iterator[str]:
    """Istio's CNI plugin stands beside Cilium, and its redirection before Cilium's."""
    if not said:
        return
    if said.get("cni-exclusive", "true") != "false":
        yield (
            f"{CILIUM}: cni-exclusive is not false: Cilium would take Istio's CNI plugin away, and "
            "no pod would get its sidecar's rules; set cni.exclusive=false, or where Cilium is "
            "your provider's, ask it to"
        )
    replaces = said.get("kube-proxy-replacement", "false") not in ("false", "disabled", "")
    if replaces and said.get("bpf-lb-sock-hostns-only", "false") != "true":
        yield (
            f"{CILIUM}: bpf-lb-sock-hostns-only is not true: connections would pass by Istio's "
            "sidecars, and the dashboard would answer 'RBAC: access denied'; set "
            "socketLB.hostNamespaceOnly=true, or where Cilium is your provider's, ask it to"
        )


def _size(cpu_m: int, memory_mib: int) -> str:
    return f"{cpu_m / 1000:.1f} CPU and {memory_mib / 1024:.1f} GiB"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))
