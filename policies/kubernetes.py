"""What pods and roles on the cluster may be. The lists are frozen: whoever joins them is seen."""

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import Any

from policies.model import UNKNOWN, Resource, Rule, UnknownInputError, each
from policies.roles import HOOK_WRITERS, SECRET_READERS, WILDCARDS

WORKLOADS = (":Deployment", ":StatefulSet", ":DaemonSet")
ROLES = (":ClusterRole", ":Role")
BINDINGS = (":ClusterRoleBinding", ":RoleBinding")

# Why each needs the machine that it stands on; `*` is the name of a pool.
ON_THE_MACHINE: Mapping[str, str] = {
    "kube-system/dcgm-exporter-*": "it reads GPUs, and asks the kubelet whose they are",
    "kube-system/istio-cni-node": "it sets up the mesh in the network of each pod",
    "kube-system/kubeflow-inotify": "it raises a limit of the kernel, on DigitalOcean",
    "kube-system/nvidia-device-plugin": "it tells the kubelet of GPUs",
    "monitoring/node-exporter": "it reads the disks, network and processes of its node",
}
ADMINS = frozenset({"profiles-cluster-rolebinding"})  # it makes roles for teams
# Namespaces of what is on the machine, which no level but `privileged` lets in.
UNENFORCED = frozenset({"monitoring"})
LEVEL = "pod-security.kubernetes.io/enforce"
# What upstream ships to everybody.
EVERYBODY_KNOWS = frozenset(
    {"12341234", "minio123", "postgres", "pUBnBOY80SnXgjibTYM9ZWNzY2xreNGQok", "test", "ROOT"}
)
MAY_BE_KNOWN = frozenset({"POSTGRES_USER", "username"})
UPSTREAMS_HASH = "$2y$12$4K/VkmDd1q1Orb3xAt82zu8gk7Ad6ReFR4LCP9UeYE90NLiN9Df72"


def _containers(one: Resource) -> list[dict[str, Any]]:
    pod = one.get("spec.template.spec.initContainers", [])
    return [*one.get("spec.template.spec.containers", []), *pod]


def _stays_off_the_machine(one: Resource) -> bool:
    if any(fnmatchcase(one.name, name) for name in ON_THE_MACHINE):
        return True
    shares = [one.get(f"spec.template.spec.{way}") for way in ("hostNetwork", "hostPID", "hostIPC")]
    mounts = [
        volume for volume in one.get("spec.template.spec.volumes", []) if "hostPath" in volume
    ]
    privileged = [
        container
        for container in _containers(one)
        if (container.get("securityContext") or {}).get("privileged")
    ]
    return not any(shares) and not mounts and not privileged


def _images_are_pinned(one: Resource) -> bool:
    images = [container["image"] for container in _containers(one)]
    return all("@" in image or _tag(image) not in ("", "latest") for image in images)


def _tag(image: str) -> str:
    return image.rpartition("/")[2].partition(":")[2]


def _stays_off_pools_of_others(one: Resource) -> bool:
    tolerated = one.get("spec.template.spec.tolerations", [])
    return all(entry.get("key") for entry in tolerated)


def _rules(one: Resource) -> Iterator[tuple[set[str], set[str], set[str]]]:
    for rule in one.get("rules", []):
        groups, resources, verbs = (
            rule.get(key) or () for key in ("apiGroups", "resources", "verbs")
        )
        yield set(groups), set(resources), set(verbs)


def _may(groups: set[str], resources: set[str], verbs: set[str]) -> Callable[[Resource], bool]:
    """Whether a role may do any of these."""
    return lambda one: any(
        in_groups & groups and of & resources and do & verbs for in_groups, of, do in _rules(one)
    )


_reads_secrets = _may({"", "*"}, {"secrets", "*"}, {"get", "list", "watch", "*"})
_writes_hooks = _may(
    {"admissionregistration.k8s.io", "*"},
    {"mutatingwebhookconfigurations", "validatingwebhookconfigurations", "*"},
    {"create", "update", "patch", "*"},
)


def _has_wildcards(one: Resource) -> bool:
    return any("*" in part for rule in _rules(one) for part in rule)


def _tells_nothing_known(one: Resource) -> bool:
    """A single value that is not known yet is made by the stack, and so known to nobody."""
    said = {**_values(one, "data"), **_values(one, "stringData")}
    return not any(_is_known(value) for key, value in said.items() if key not in MAY_BE_KNOWN)


def _values(one: Resource, key: str) -> Mapping[str, Any]:
    if one.has(key) and one.inputs[key] == UNKNOWN:
        raise UnknownInputError(key)
    found = one.inputs.get(key)
    return found if isinstance(found, Mapping) else {}  # else encrypted as a whole


def _is_known(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    with_decoded = {value}
    with suppress(binascii.Error, UnicodeDecodeError):
        with_decoded.add(base64.b64decode(value, validate=True).decode())
    return bool(with_decoded & EVERYBODY_KNOWS) or any(UPSTREAMS_HASH in v for v in with_decoded)


RULES = (
    Rule(name="pods-stay-off-the-machine", types=WORKLOADS, severity="critical",
         checks=("SEC-26",), ids=("CKV_K8S_16", "CKV_K8S_17", "CKV_K8S_18", "CKV_K8S_19"),
         wants=f"no pod is privileged or shares its machine's, but of {', '.join(ON_THE_MACHINE)}",
         holds=each(_stays_off_the_machine)),
    Rule(name="images-are-pinned", types=WORKLOADS, checks=("SEC-27",), ids=("CKV_K8S_14",),
         wants="every image has a tag, and not latest", holds=each(_images_are_pinned)),
    Rule(name="platform-stays-off-pools-of-others", types=(":Deployment", ":StatefulSet"),
         checks=("REL-19",), wants="no pod tolerates every taint",
         holds=each(_stays_off_pools_of_others)),
    Rule(name="namespaces-have-a-level", types=(":Namespace",), checks=("SEC-23",),
         ids=("CIS EKS 4.2.1",), wants="a namespace of the platform enforces restricted pods, "
         f"but {', '.join(UNENFORCED)}",
         holds=lambda one, stack: one.get("metadata.labels", {}).get(LEVEL) == "restricted"
         or one.name in UNENFORCED
         or one.name in {profile.name for profile in stack.of(":Profile")}),
    Rule(name="nobody-is-cluster-admin", types=BINDINGS, severity="critical", checks=("SEC-25",),
         ids=("CIS EKS 4.1.1",), wants=f"cluster-admin is bound by {', '.join(ADMINS)} alone",
         holds=each(lambda one: one.get("roleRef.name") != "cluster-admin"
                    or one.name in ADMINS)),
    Rule(name="no-new-wildcards", types=ROLES, severity="medium", checks=("SEC-25",),
         ids=("CKV_K8S_49", "CIS EKS 4.1.3"), wants="only upstream's known roles have a *",
         holds=each(lambda one: not _has_wildcards(one) or one.name in WILDCARDS)),
    Rule(name="no-new-readers-of-secrets", types=ROLES, checks=("SEC-25",),
         ids=("CKV2_K8S_5", "CIS EKS 4.1.2"), wants="only upstream's known roles read Secrets",
         holds=each(lambda one: not _reads_secrets(one) or one.name in SECRET_READERS)),
    Rule(name="no-new-writers-of-webhooks", types=ROLES, checks=("SEC-25",),
         ids=("CKV_K8S_155",), wants="only upstream's known roles write webhooks",
         holds=each(lambda one: not _writes_hooks(one) or one.name in HOOK_WRITERS)),
    Rule(name="no-secret-that-everybody-knows", types=(":Secret",), severity="critical",
         checks=("SEC-16",), wants="no Secret has a value that upstream ships to everybody",
         holds=each(_tells_nothing_known)),
    Rule(name="nodes-can-be-drained", types=(":PodDisruptionBudget",), checks=("REL-21",),
         wants="a budget lets one pod go: else no node can be drained",
         holds=each(lambda one: one.get("spec.maxUnavailable", 1) not in (0, "0", "0%")
                    and one.get("spec.minAvailable", 0) != "100%")),
)  # fmt: skip
