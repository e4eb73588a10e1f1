"""Bindings whose role changes from release to release, so that a preview can show it. Pure."""

from components.platform.patches.model import Addition, Entry, Json, Removal, Selector

BINDING = Selector(kind="ClusterRoleBinding", namespace="", name="llmisvc-manager-rolebinding")
WHY = (
    "26.03.1 gives it another role, which no binding can have changed, and the Kubernetes provider "
    "previews a replacement by asking for just that"
)
SOURCE = "kubeflow.md, section 5 (26.03 to 26.03.1); pulumi-kubernetes, await.go, Creation"


def role_patches() -> tuple[Entry, ...]:
    """Each such binding by a name that tells its role: another role is another binding."""
    return (
        Addition(
            name="llmisvc-binding-by-role",
            component="kserve",
            selector=BINDING,
            why=WHY,
            source=SOURCE,
            make=_named_by_role,
        ),
        Removal(
            name="llmisvc-binding",
            component="kserve",
            selector=BINDING,
            why=WHY,
            source=SOURCE,
        ),
    )


def _named_by_role(body: Json) -> Json:
    return {**body, "metadata": {**body["metadata"], "name": f"{body['roleRef']['name']}-binding"}}
