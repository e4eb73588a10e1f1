"""A training on two nodes, and a computation by Spark. Pure."""

from typing import Any

Json = dict[str, Any]

TORCH = "pytorch/pytorch:2.9.1-cpu"
SPARK = "apache/spark:4.0.1"
NODES = 2
ZONE = "topology.kubernetes.io/zone"
STEP = "trainer.kubeflow.org/trainjob-ancestor-step"
RUNTIME = "torch-in-one-zone"
PROGRAM = """\
import torch, torch.distributed as workers
workers.init_process_group("gloo")
mine = torch.tensor([float(workers.get_rank() + 1)])
workers.all_reduce(mine)
print(f"rank {workers.get_rank()} of {workers.get_world_size()}: the sum is {mine.item()}")
"""


def runtime(team: str) -> Json:
    """How the team's trainings on several nodes run: on nodes of their own, all in one zone.

    What they send each other does not leave the zone, which is faster and costs nothing.
    """
    pod = {
        "affinity": {"podAffinity": _near(), "podAntiAffinity": _apart()},
        "containers": [{"name": "node", "image": TORCH}],
    }
    # A sidecar would outlive the training.
    template = {
        "metadata": {"annotations": {"sidecar.istio.io/inject": "false"}},
        "spec": pod,
    }
    job = {
        "name": "node",
        "template": {
            "metadata": {"labels": {STEP: "trainer"}},
            "spec": {"template": template},
        },
    }
    return {
        "apiVersion": "trainer.kubeflow.org/v1alpha1",
        "kind": "TrainingRuntime",
        "metadata": {
            "name": RUNTIME,
            "namespace": team,
            "labels": {"trainer.kubeflow.org/framework": "torch"},
        },
        "spec": {
            "mlPolicy": {"numNodes": NODES, "torch": {}},
            "template": {"spec": {"replicatedJobs": [job]}},
        },
    }


def training(name: str, team: str) -> Json:
    """Two workers that add up their ranks: it ends well only when they find each other."""
    return {
        "apiVersion": "trainer.kubeflow.org/v1alpha1",
        "kind": "TrainJob",
        "metadata": {"name": name, "namespace": team},
        "spec": {
            "runtimeRef": {
                "apiGroup": "trainer.kubeflow.org",
                "kind": "TrainingRuntime",
                "name": RUNTIME,
            },
            "trainer": {
                "numNodes": NODES,
                "numProcPerNode": 1,
                "command": ["torchrun", "--no-python", "python", "-c"],
                "args": [PROGRAM],
                "resourcesPerNode": {
                    "requests": {"cpu": "500m", "memory": "1Gi"},
                    "limits": {"cpu": "1", "memory": "1280Mi"},
                },
            },
        },
    }


def computation(name: str, team: str) -> Json:
    """Spark's own example, with a driver and two executors."""
    small = {"cores": 1, "coreRequest": "250m", "memory": "512m"}
    alone = {"annotations": {"sidecar.istio.io/inject": "false"}}
    return {
        "apiVersion": "sparkoperator.k8s.io/v1beta2",
        "kind": "SparkApplication",
        "metadata": {"name": name, "namespace": team},
        "spec": {
            "type": "Python",
            "mode": "cluster",
            "image": SPARK,
            "sparkVersion": SPARK.rpartition(":")[2],
            "mainApplicationFile": "local:///opt/spark/examples/src/main/python/pi.py",
            "restartPolicy": {"type": "OnFailure", "onFailureRetries": 2},
            "driver": {**small, **alone, "serviceAccount": "default-editor"},
            "executor": {**small, **alone, "instances": 2},
        },
    }


def _near() -> Json:
    """Where the others are, as far as the zone goes."""
    return {"requiredDuringSchedulingIgnoredDuringExecution": [_others(ZONE)]}


def _apart() -> Json:
    """Not on a node where another is, if there is a node without."""
    weighed = {"weight": 100, "podAffinityTerm": _others("kubernetes.io/hostname")}
    return {"preferredDuringSchedulingIgnoredDuringExecution": [weighed]}


def _others(topology: str) -> Json:
    """The pods of the same training: the JobSet that makes them labels them so."""
    selected = {
        "matchExpressions": [{"key": "jobset.sigs.k8s.io/jobset-name", "operator": "Exists"}]
    }
    return {
        "topologyKey": topology,
        "labelSelector": selected,
        "matchLabelKeys": ["jobset.sigs.k8s.io/jobset-uid"],
    }
