"""Pods as Kubeflow's own controllers make them in a team: what a quota has to let in."""

from typing import Any

Body = dict[str, Any]

NON_ROOT = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "runAsUser": 65532,
    "seccompProfile": {"type": "RuntimeDefault"},
}
NO_SIDECAR = {"sidecar.istio.io/inject": "false"}


def container(name: str, requests: Body | None = None, limits: Body | None = None) -> Body:
    said = {"requests": requests, "limits": limits}
    resources = {key: value for key, value in said.items() if value}
    return {"name": name, "image": f"example/{name}:1", "resources": resources}


def pod(name: str, *containers: Body, annotations: Body | None = None, **spec: Any) -> Body:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "annotations": annotations or {}},
        "spec": {"containers": list(containers), **spec},
    }


def pipeline_step() -> Body:
    """Argo's three containers; none of them asks for anything, as upstream configures it."""
    init, wait, main = (
        {**container(name), "securityContext": NON_ROOT} for name in ("init", "wait", "main")
    )
    launcher = {**container("kfp-launcher"), "securityContext": NON_ROOT}
    return pod(
        "step",
        wait,
        main,
        annotations=NO_SIDECAR,
        initContainers=[init, launcher],
        serviceAccountName="default-editor",
    )


def notebook() -> Body:
    """With the spawner's defaults: half a core and 1 GiB, limits 1.2 times that."""
    asked = {"cpu": "500m", "memory": "1Gi"}
    bound = {"cpu": "600m", "memory": "1288490188800m"}
    return pod("notebook", container("thinking", asked, bound), serviceAccountName="default-editor")


def tensorboard() -> Body:
    """Its controller asks for nothing."""
    return pod("tensorboard", container("tensorboard"))


def predictor() -> Body:
    """A served model: KServe's defaults, Knative's queue and the storage initializer."""
    big, small = {"cpu": "1", "memory": "2Gi"}, {"cpu": "100m", "memory": "100Mi"}
    return pod(
        "predictor",
        container("kserve-container", big, big),
        container("queue-proxy", {"cpu": "25m"}),
        initContainers=[container("storage-initializer", small, {"cpu": "1", "memory": "1Gi"})],
    )


def trial() -> Body:
    """A trial of Katib's with the collector of its metrics."""
    collector = container(
        "metrics-logger-and-collector",
        {"cpu": "50m", "memory": "10Mi"},
        {"cpu": "500m", "memory": "100Mi"},
    )
    return pod("trial", container("training"), collector, annotations=NO_SIDECAR)


def train_node() -> Body:
    """A node of a TrainJob, whose runtime asks for nothing."""
    return pod("train-node-0", container("node"), annotations=NO_SIDECAR)


EVERY = (pipeline_step(), notebook(), tensorboard(), predictor(), trial(), train_node())
