"""The sink on the cluster, and a model that tells it what it is asked. Pure."""

from pathlib import Path
from typing import Any

from examples.serve.model import served_model

Json = dict[str, Any]

NAME = "payload-sink"
IMAGE = "python:3.11-slim"
PROGRAM = Path(__file__).with_name("sink.py")
KEPT = "/data/payloads.jsonl"


def watched_model(name: str, team: str, uri: str) -> Json:
    """The model of examples/serve, each request of which is also sent to the sink."""
    model = served_model(name, team, uri, at_least=1)
    logger = {"mode": "request", "url": f"http://{NAME}.{team}.svc.cluster.local"}
    predictor = {**model["spec"]["predictor"], "logger": logger}
    return {**model, "spec": {"predictor": predictor}}


def payload_sink(team: str) -> list[Json]:
    """Its program, its volume, one pod and its address."""
    labels = {"app": NAME}
    place = {"name": NAME, "namespace": team, "labels": labels}
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": place,
            "data": {"sink.py": PROGRAM.read_text()},
        },
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": place,
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "1Gi"}},
            },
        },
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": place,
            "spec": {
                "replicas": 1,
                "strategy": {"type": "Recreate"},  # the volume is for one pod
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": _pod()},
            },
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": place,
            "spec": {
                "selector": labels,
                "ports": [{"name": "http", "port": 80, "targetPort": 8080}],
            },
        },
    ]


def _pod() -> Json:
    container = {
        "name": "sink",
        "image": IMAGE,
        "command": ["python", "/program/sink.py", KEPT],
        "ports": [{"containerPort": 8080}],
        "readinessProbe": {"httpGet": {"path": "/", "port": 8080}},
        "resources": {
            "requests": {"cpu": "20m", "memory": "48Mi"},
            "limits": {"cpu": "200m", "memory": "64Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": [
            {"name": "program", "mountPath": "/program", "readOnly": True},
            {"name": "data", "mountPath": "/data"},
        ],
    }
    return {
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65532,
            "fsGroup": 65532,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": [
            {"name": "program", "configMap": {"name": NAME}},
            {"name": "data", "persistentVolumeClaim": {"claimName": NAME}},
        ],
    }
