"""An object that does not go says who is to let it go."""

from typing import Any

import pytest

from kube.finalizers import holds


def written_by(manager: str, finalizer: str) -> dict[str, Any]:
    """What the API server notes about who set a finalizer."""
    fields: dict[str, Any] = {"f:metadata": {"f:finalizers": {".": {}, f'v:"{finalizer}"': {}}}}
    return {"manager": manager, "operation": "Update", "fieldsV1": fields}


@pytest.mark.parametrize(
    ("live", "said"),
    [
        ({"metadata": {}}, "nothing it names"),
        (
            {"metadata": {"finalizers": ["profile-finalizer"]}},
            "profile-finalizer (of Deployment kubeflow/profiles-deployment)",
        ),
        (
            {"metadata": {"finalizers": ["a", "kubernetes.io/pvc-protection"]}},
            "a (of a controller that we do not know; set by nobody on record), "
            "kubernetes.io/pvc-protection (of Kubernetes, once no pod uses it)",
        ),
        (
            {
                "metadata": {
                    "finalizers": ["a.b/c"],
                    "managedFields": [written_by("x", "a.b/d"), written_by("robot", "a.b/c")],
                }
            },
            "a.b/c (of a controller that we do not know; set by robot)",
        ),
        (
            {
                "metadata": {},
                "status": {
                    "conditions": [
                        {"type": "NamespaceDeletionContentFailure", "status": "False"},
                        {
                            "type": "NamespaceFinalizersRemaining",
                            "status": "True",
                            "message": "a.b/c in 1 resource instances",
                        },
                    ]
                },
            },
            "a.b/c in 1 resource instances",
        ),
    ],
)
def test_what_holds_an_object_is_said_with_its_owner(live: dict[str, Any], said: str) -> None:
    assert holds(live) == said
