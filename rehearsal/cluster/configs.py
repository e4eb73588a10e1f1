"""The configuration files of the cluster's programs, as text. Pure but for the stages file."""

import base64
import json
from pathlib import Path
from typing import Any

from rehearsal.cluster.pki import Pair
from rehearsal.cluster.versions import KUBERNETES

STAGES = Path(__file__).parents[1] / "kwok" / "stages.yaml"
POD_NETWORK = "10.64.0.0/12"


def kubeconfig(server: str, authority: str, user: str, pair: Pair) -> str:
    """A kubeconfig with everything inline (JSON, which is YAML too)."""
    credentials = {
        "client-certificate-data": _base64(pair.certificate),
        "client-key-data": _base64(pair.key),
    }
    cluster = {"server": server, "certificate-authority-data": _base64(authority)}
    return _text(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "rehearsal", "cluster": cluster}],
            "users": [{"name": user, "user": credentials}],
            "contexts": [{"name": "rehearsal", "context": {"cluster": "rehearsal", "user": user}}],
            "current-context": "rehearsal",
        }
    )


def audit_policy() -> str:
    """Who changed what, without bodies; reads, events and leases are left out."""
    noise = {
        "level": "None",
        "resources": [
            {"group": "", "resources": ["events"]},
            {"group": "events.k8s.io", "resources": ["events"]},
            {"group": "coordination.k8s.io", "resources": ["leases"]},
            {"group": "authentication.k8s.io"},
            {"group": "authorization.k8s.io"},
        ],
    }
    return _text(
        {
            "apiVersion": "audit.k8s.io/v1",
            "kind": "Policy",
            "omitStages": ["RequestReceived"],
            "rules": [
                {"level": "None", "verbs": ["get", "list", "watch"]},
                noise,
                {"level": "Metadata"},
            ],
        }
    )


def egress_selector(socket: str) -> str:
    """Everything the API server asks of the cluster (webhooks) goes to the admission stand-in."""
    through_socket = {
        "proxyProtocol": "HTTPConnect",
        "transport": {"uds": {"udsName": socket}},
    }
    direct = {"proxyProtocol": "Direct"}
    return _text(
        {
            "apiVersion": "apiserver.k8s.io/v1beta1",
            "kind": "EgressSelectorConfiguration",
            "egressSelections": [
                {"name": "cluster", "connection": through_socket},
                {"name": "controlplane", "connection": direct},
                {"name": "etcd", "connection": direct},
            ],
        }
    )


def scheduler(kubeconfig_file: Path) -> str:
    """The real scheduler, only less patient: a pod that did not fit is tried again soon."""
    return _text(
        {
            "apiVersion": "kubescheduler.config.k8s.io/v1",
            "kind": "KubeSchedulerConfiguration",
            "clientConnection": {"kubeconfig": str(kubeconfig_file), "qps": 300, "burst": 500},
            "leaderElection": {"leaderElect": False},
            "enableProfiling": False,
            "podInitialBackoffSeconds": 1,
            "podMaxBackoffSeconds": 2,
        }
    )


def kwok(slowest_seconds: float) -> str:
    """The node simulator's options and its stages; without stages it exits at once."""
    options = {
        "apiVersion": "config.kwok.x-k8s.io/v1alpha1",
        "kind": "KwokConfiguration",
        "options": {
            "manageNodesWithAnnotationSelector": "kwok.x-k8s.io/node=fake",
            "cidr": POD_NETWORK,
            "nodeLeaseDurationSeconds": 40,
            # Without these four it has no defaults, and exits or does nothing.
            "nodeLeaseParallelism": 4,
            "nodePlayStageParallelism": 4,
            "podPlayStageParallelism": 8,
            "podsOnNodeSyncParallelism": 4,
        },
    }
    stages = STAGES.read_text().replace("@KUBELET_VERSION@", f"v{KUBERNETES}")
    # It draws below this number, and there is none below 0.
    stages = stages.replace("@SLOWEST_MILLISECONDS@", str(max(1, round(slowest_seconds * 1000))))
    return f"{_text(options)}\n---\n{stages}"


def _text(body: dict[str, Any]) -> str:
    return json.dumps(body, indent=2)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
