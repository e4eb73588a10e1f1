"""A served model as the cluster takes it. Pure."""

from typing import Any

Json = dict[str, Any]

KEPT_AWAKE = "autoscaling.knative.dev/scale-to-zero-pod-retention-period"
REQUESTS = {"cpu": "100m", "memory": "512Mi"}
LIMITS = {"cpu": "1", "memory": "640Mi"}


def served_model(
    name: str, team: str, uri: str, *, at_least: int = 0, canary_percent: int | None = None
) -> Json:
    """An InferenceService of a scikit-learn model at `uri`, e.g. what a pipeline run stored.

    With `at_least` 0 it sleeps when nobody asks, ten minutes after the last who did. Of a new
    `uri` only `canary_percent` of the requests are sent to it, and the rest to what was there; None
    sends it all of them.
    """
    predictor: Json = {
        "minReplicas": at_least,
        "model": {
            "modelFormat": {"name": "sklearn"},
            "storageUri": uri,
            "resources": {"requests": REQUESTS, "limits": LIMITS},
        },
    }
    if canary_percent is not None:
        predictor["canaryTrafficPercent"] = canary_percent
    return {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {"name": name, "namespace": team, "annotations": {KEPT_AWAKE: "10m"}},
        "spec": {"predictor": predictor},
    }
