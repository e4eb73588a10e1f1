"""Who the CI is in a team's namespace. Pure."""

from typing import Any

from examples.reach import ACCOUNT

Json = dict[str, Any]

NAME = "ci"
RBAC = "rbac.authorization.k8s.io"


def account(team: str) -> list[Json]:
    """It may ask for tokens of the account that runs the team's pipelines, and nothing else."""
    place = {"name": NAME, "namespace": team}
    rule = {
        "apiGroups": [""],
        "resources": ["serviceaccounts/token"],
        "resourceNames": [ACCOUNT],
        "verbs": ["create"],
    }
    return [
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": place,
            "automountServiceAccountToken": False,
        },
        {"apiVersion": f"{RBAC}/v1", "kind": "Role", "metadata": place, "rules": [rule]},
        {
            "apiVersion": f"{RBAC}/v1",
            "kind": "RoleBinding",
            "metadata": place,
            "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": NAME},
            "subjects": [{"kind": "ServiceAccount", **place}],
        },
    ]
