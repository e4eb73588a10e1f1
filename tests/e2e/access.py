"""What people may do, as the API server answers once it knows every right that was written."""

from typing import Any
from uuid import uuid4

from kube.client import Client
from tests.e2e.watching import until

RBAC = "rbac.authorization.k8s.io/v1"
MANAGER = "somebody"
SECONDS = 60


def may(client: Client, person: str, verb: str, what: str, namespace: str) -> bool:
    """What the API server says to a SubjectAccessReview; `what` is like `pods.group/part`."""
    resource, _, group = what.partition(".")
    resource, _, part = resource.partition("/")
    asked = {"verb": verb, "resource": resource, "group": group, "subresource": part}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": person,
            "resourceAttributes": {**asked, **({"namespace": namespace} if namespace else {})},
        },
    }
    path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
    answer = client.call("POST", path, {}, review, "application/json")
    return bool(answer["status"]["allowed"])


def until_rights_count(client: Client) -> None:
    """Until the API server judges by all roles and bindings that have been written so far.

    It judges by what its own watches told it, a little after a write. They tell in the order of
    writes: when a role and a binding that come last count, so does whatever came before, and what
    was taken away counts no more.
    """
    name = f"last-{uuid4()}"
    role = {
        "apiVersion": RBAC,
        "kind": "ClusterRole",
        "metadata": {"name": name},
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
    }
    binding: dict[str, Any] = {
        "apiVersion": RBAC,
        "kind": "RoleBinding",
        "metadata": {"name": name, "namespace": "default"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": name}],
    }
    client.apply(role, MANAGER)

    def lacking() -> list[str]:
        # Written anew at each look: its event is what the next look waits for.
        noted = {**binding["metadata"], "annotations": {"look": str(uuid4())}}
        client.apply({**binding, "metadata": noted}, MANAGER)
        return [] if may(client, name, "get", "pods", "default") else [name]

    until(client, RBAC, "RoleBinding", lacking, SECONDS)
    client.delete(binding)
    client.delete(role)
