"""The pod that KFP's driver and Argo make of a step of a compiled pipeline."""

from pathlib import Path
from typing import Any

import yaml

from tests.e2e.kubeflow_pods import NO_SIDECAR, NON_ROOT

Json = dict[str, Any]


def pod_of(package: Path, step: str, namespace: str, attempt: int) -> Json:
    """What runs `step` for the `attempt`-th time; each attempt is a pod of its own name."""
    spec, platform = yaml.safe_load_all(package.read_text())
    said = spec["deploymentSpec"]["executors"][f"exec-{step}"]["container"]
    executors = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    place = executors[f"exec-{step}"]
    main = {
        "name": "main",
        "image": said["image"],
        "command": ["argoexec", "emissary", "--", "/kfp-launcher/launch", *said["command"]],
        "args": said["args"],
        "env": [*said.get("env", []), *_references(place)],
        "resources": _resources(said["resources"]),
        "securityContext": NON_ROOT,
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"run-{step}-{attempt}",
            "namespace": namespace,
            "labels": {"pipelines.kubeflow.org/v2_component": "true"},
            "annotations": NO_SIDECAR,
        },
        "spec": {
            "restartPolicy": "Never",
            "serviceAccountName": "default-editor",
            "nodeSelector": place["nodeSelector"]["labels"],
            "tolerations": place["tolerations"],
            "initContainers": [_argos("init"), _argos("kfp-launcher")],
            "containers": [_argos("wait"), main],
        },
    }


def _argos(name: str) -> Json:
    """A container that asks for nothing."""
    return {"name": name, "image": f"example/{name}:1", "securityContext": NON_ROOT}


def _resources(said: Json) -> Json:
    """Requests and limits; GPUs are a limit."""
    gpus = said["accelerator"]
    return {
        "requests": {
            "cpu": said["resourceCpuRequest"],
            "memory": said["resourceMemoryRequest"],
        },
        "limits": {
            "memory": said["resourceMemoryLimit"],
            gpus["resourceType"]: gpus["resourceCount"],
        },
    }


def _references(place: Json) -> list[Json]:
    """Variables that come from Secrets and ConfigMaps of the namespace."""
    found = []
    for one in place.get("secretAsEnv", []):
        for key in one["keyToEnv"]:
            source = {"name": one["secretName"], "key": key["secretKey"]}
            found.append({"name": key["envVar"], "valueFrom": {"secretKeyRef": source}})
    for one in place.get("configMapAsEnv", []):
        for key in one["keyToEnv"]:
            source = {"name": one["configMapName"], "key": key["configMapKey"]}
            source |= {"optional": one["optional"]}
            found.append({"name": key["envVar"], "valueFrom": {"configMapKeyRef": source}})
    return found
