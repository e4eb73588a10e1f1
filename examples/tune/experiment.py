"""An Experiment of Katib's over a random forest. Pure."""

from typing import Any, Literal

Json = dict[str, Any]
Algorithm = Literal["random", "grid", "bayesianoptimization"]

IMAGE = "python:3.11-slim"
# What each trial runs: it prints the figure that Katib's collector reads.
PROGRAM = """\
import sys
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_val_score
trees, depth = int(sys.argv[1]), int(sys.argv[2])
points, classes = make_classification(n_samples=2000, n_features=8, n_informative=5, random_state=7)
forest = RandomForestClassifier(n_estimators=trees, max_depth=depth, random_state=7)
print(f"accuracy={cross_val_score(forest, points, classes, cv=3).mean():.4f}", flush=True)
"""
INSTALL = "pip install --quiet --disable-pip-version-check scikit-learn==1.9.1"
RUN = f'{INSTALL} && python -c "$PROGRAM" ${{trialParameters.trees}} ${{trialParameters.depth}}'


def experiment(name: str, team: str, algorithm: Algorithm, *, trials: int, at_once: int) -> Json:
    """`trials` in all, `at_once` at the same time, for the best accuracy of three folds.

    A grid tries each pair of steps; the others draw from the ranges.
    """
    return {
        "apiVersion": "kubeflow.org/v1beta1",
        "kind": "Experiment",
        "metadata": {"name": name, "namespace": team},
        "spec": {
            "objective": {"type": "maximize", "goal": 0.97, "objectiveMetricName": "accuracy"},
            "algorithm": {"algorithmName": algorithm},
            "maxTrialCount": trials,
            "parallelTrialCount": at_once,
            "maxFailedTrialCount": 3,
            "parameters": [
                _range("trees", low=10, high=200, step=50),
                _range("depth", low=2, high=16, step=4),
            ],
            "trialTemplate": {
                "primaryContainerName": "training",
                "trialParameters": [
                    {"name": "trees", "reference": "trees", "description": "how many trees"},
                    {"name": "depth", "reference": "depth", "description": "how deep each is"},
                ],
                "trialSpec": _trial(),
            },
        },
    }


def _range(name: str, *, low: int, high: int, step: int) -> Json:
    space = {"min": str(low), "max": str(high), "step": str(step)}
    return {"name": name, "parameterType": "int", "feasibleSpace": space}


def _trial() -> Json:
    container = {
        "name": "training",
        "image": IMAGE,
        "command": ["sh", "-c", RUN],
        "env": [{"name": "PROGRAM", "value": PROGRAM}],
        "resources": {
            "requests": {"cpu": "500m", "memory": "512Mi"},
            "limits": {"cpu": "1", "memory": "640Mi"},
        },
    }
    # A sidecar would outlive the training, and the Job would never end.
    template = {
        "metadata": {"annotations": {"sidecar.istio.io/inject": "false"}},
        "spec": {"containers": [container], "restartPolicy": "Never"},
    }
    return {"apiVersion": "batch/v1", "kind": "Job", "spec": {"template": template}}
