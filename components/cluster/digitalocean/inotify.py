"""More inotify instances on every node: DigitalOcean takes no user data, so a pod sets them. Pure.

Notebooks and the web apps' watchers run out of the usual 128, and say "too many open files".
"""

from typing import Any

from components.platform.registry import PULL_SECRET
from plan.digitalocean import INOTIFY
from upstream.images import from_mirror
from upstream.model import Obj
from upstream.render import as_object

SETTER, PAUSE = "docker.io/library/busybox:1.37.0", "registry.k8s.io/pause:3.10"
SYSCTLS = {"fs.inotify.max_user_instances": 8192, "fs.inotify.max_user_watches": 655360}


def inotify(mirror: str | None) -> Obj:
    """The DaemonSet; its pods end up as one that does nothing, without any rights."""
    found = as_object(_body(pulls_from_mirror=mirror is not None), "cluster")
    return found if mirror is None else from_mirror([found], mirror)[0]


def _body(*, pulls_from_mirror: bool) -> dict[str, Any]:
    namespace, _, name = INOTIFY.name.partition("/")
    labels = {"app": name}
    pod = {
        "automountServiceAccountToken": False,
        "priorityClassName": "system-node-critical",
        "tolerations": [{"operator": "Exists"}],
        "initContainers": [_setter()],
        "containers": [_pause()],
        # The platform brings it when the registry wants a login; until then pulling is tried again.
        **({"imagePullSecrets": [{"name": PULL_SECRET}]} if pulls_from_mirror else {}),
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def _setter() -> dict[str, Any]:
    words = [f"{key}={value}" for key, value in SYSCTLS.items()]
    return {
        "name": "set",
        "image": SETTER,
        "command": ["sysctl", "-w", *words],
        "securityContext": {"privileged": True},  # the node's own settings, for all its pods
        "resources": _resources(),
    }


def _pause() -> dict[str, Any]:
    return {
        "name": "pause",
        "image": PAUSE,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "runAsUser": 65535,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "resources": _resources(),
    }


def _resources() -> dict[str, Any]:
    memory = f"{INOTIFY.memory_mib}Mi"
    return {
        "requests": {"cpu": f"{INOTIFY.cpu_m}m", "memory": memory},
        "limits": {"memory": memory},
    }
