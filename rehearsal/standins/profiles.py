"""The profile controller's effect: a namespace with rights and quota for each Profile.

Only once the controller is Available. Like the real one it adopts a namespace whose `owner`
annotation names the Profile's owner, and marks the Profile Failed when it names another.
"""

from collections.abc import Iterator
from typing import Any

from rehearsal.standins.world import (
    ACCOUNT,
    BINDING,
    DEPLOYMENT,
    NAMESPACE,
    PROFILE,
    QUOTA,
    Body,
    Kind,
    World,
    is_available,
)
from rehearsal.standins.writing import Write

CONTROLLER = ("kubeflow", "profiles-deployment")
FINALIZER = "profile-finalizer"
QUOTA_NAME = "kf-resource-quota"
KINDS = frozenset({ACCOUNT, BINDING, DEPLOYMENT, NAMESPACE, PROFILE, QUOTA})
LABELS = {
    "app.kubernetes.io/part-of": "kubeflow-profile",
    "katib.kubeflow.org/metrics-collector-injection": "enabled",
    "pod-security.kubernetes.io/enforce": "baseline",
    "pipelines.kubeflow.org/enabled": "true",
    "serving.kubeflow.org/inferenceservice": "enabled",
}

_RBAC = "rbac.authorization.k8s.io"


def writes(world: World) -> Iterator[Write]:
    """What the controller would write next, namespace first and finalizer last."""
    controller = world.get(DEPLOYMENT, *CONTROLLER)
    if controller is None or not is_available(controller):
        return
    for profile in world.all(PROFILE):
        yield from _removal(profile) if _is_going(profile) else _growth(world, profile)


def _growth(world: World, profile: Body) -> Iterator[Write]:
    name = profile["metadata"]["name"]
    namespace = world.get(NAMESPACE, "", name)
    if namespace is None:
        yield Write(verb="create", kind=NAMESPACE, body=_namespace(profile))
    elif _is_going(namespace):
        return
    elif not _is_owner(profile, namespace):
        yield from _refusal(profile) if _is_heard(profile, namespace) else ()
    elif LABELS.keys() - (namespace["metadata"].get("labels") or {}).keys():
        there = namespace["metadata"].get("labels") or {}
        body = {"metadata": {"labels": {k: v for k, v in LABELS.items() if k not in there}}}
        yield Write(verb="merge", kind=NAMESPACE, name=name, body=body)
    else:
        yield from _room(world, profile)


def _room(world: World, profile: Body) -> Iterator[Write]:
    """What the namespace lacks; the finalizer only when it lacks nothing, people wait for it."""
    finalizers = profile["metadata"].get("finalizers", [])
    lacking = [*_quota(world, profile), *_rights(world, profile)]
    if not lacking and FINALIZER not in finalizers:
        lacking = [_finalizers(profile, [*finalizers, FINALIZER])]
    yield from lacking


def _removal(profile: Body) -> Iterator[Write]:
    """A namespace made for the Profile goes by its owner reference, an adopted one stays."""
    finalizers = profile["metadata"].get("finalizers", [])
    if FINALIZER in finalizers:
        yield _finalizers(profile, [one for one in finalizers if one != FINALIZER])


def _namespace(profile: Body) -> dict[str, Any]:
    metadata = profile["metadata"]
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": metadata["name"],
            "labels": {**LABELS, "istio-injection": "enabled"},  # an adopted one does not get it
            "annotations": {"owner": profile["spec"]["owner"]["name"]},
            "ownerReferences": [_owner_reference(profile)],
        },
    }


def _quota(world: World, profile: Body) -> Iterator[Write]:
    """Like the real one it leaves a quota that the Profile no longer has."""
    name = profile["metadata"]["name"]
    wanted = (profile["spec"].get("resourceQuotaSpec") or {}).get("hard") or {}
    found = world.get(QUOTA, name, QUOTA_NAME)
    spec = profile["spec"].get("resourceQuotaSpec")
    if found is None and wanted:
        metadata = {"name": QUOTA_NAME, "ownerReferences": [_owner_reference(profile)]}
        body = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": spec}
        yield Write(verb="create", kind=QUOTA, namespace=name, body=body)
    elif found is not None and wanted and found["spec"].get("hard") != wanted:
        replace = [{"op": "replace", "path": "/spec/hard", "value": wanted}]
        yield Write(verb="patch", kind=QUOTA, namespace=name, name=QUOTA_NAME, body=replace)


def _rights(world: World, profile: Body) -> Iterator[Write]:
    namespace = profile["metadata"]["name"]
    for kind, body in _wanted_rights(profile):
        name = body["metadata"]["name"]
        found = world.get(kind, namespace, name)
        if found is None:
            yield Write(verb="create", kind=kind, namespace=namespace, body=body)
        elif found.get("subjects") != body.get("subjects"):
            new = {"subjects": body["subjects"]}
            yield Write(verb="merge", kind=kind, namespace=namespace, name=name, body=new)


def _wanted_rights(profile: Body) -> Iterator[tuple[Kind, dict[str, Any]]]:
    name, owner = profile["metadata"]["name"], profile["spec"]["owner"]
    for account, role in (("default-editor", "kubeflow-edit"), ("default-viewer", "kubeflow-view")):
        metadata = {"name": account, "ownerReferences": [_owner_reference(profile)]}
        yield ACCOUNT, {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}
        subject = {"kind": "ServiceAccount", "name": account, "namespace": name}
        yield BINDING, _binding(profile, account, role, subject)
    subject = {"apiGroup": _RBAC, "kind": owner["kind"], "name": owner["name"]}
    yield BINDING, _binding(profile, "namespaceAdmin", "kubeflow-admin", subject)


def _binding(profile: Body, name: str, role: str, subject: Body) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": name, "ownerReferences": [_owner_reference(profile)]}
    if subject["kind"] != "ServiceAccount":
        metadata["annotations"] = {"role": "admin", "user": subject["name"]}
    return {
        "apiVersion": BINDING.api_version,
        "kind": BINDING.name,
        "metadata": metadata,
        "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": role},
        "subjects": [subject],
    }


def _finalizers(profile: Body, finalizers: list[str]) -> Write:
    body = {"metadata": {"finalizers": finalizers or None}}
    return Write(verb="merge", kind=PROFILE, name=profile["metadata"]["name"], body=body)


def _refusal(profile: Body) -> Iterator[Write]:
    conditions = (profile.get("status") or {}).get("conditions") or []
    if any(condition["type"] == "Failed" for condition in conditions):
        return
    message = "namespace already exist, but not owned by profile creator"
    failed = {"type": "Failed", "status": "True", "message": message}
    yield Write(
        verb="merge",
        kind=PROFILE,
        name=profile["metadata"]["name"],
        subresource="status",
        body={"status": {"conditions": [*conditions, failed]}},
    )


def _owner_reference(profile: Body) -> dict[str, Any]:
    return {
        "apiVersion": PROFILE.api_version,
        "kind": PROFILE.name,
        "name": profile["metadata"]["name"],
        "uid": profile["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def _is_owner(profile: Body, namespace: Body) -> bool:
    annotations = namespace["metadata"].get("annotations") or {}
    return bool(annotations.get("owner") == profile["spec"]["owner"]["name"])


def _is_heard(profile: Body, namespace: Body) -> bool:
    """Whether the controller looks at all: it hears of Profiles, and of namespaces it made.

    So when an adopted namespace gets another owner, it looks once the Profile has that one too.
    """
    changed = [int(body["metadata"].get("resourceVersion", 0)) for body in (profile, namespace)]
    return "ownerReferences" in namespace["metadata"] or changed[0] >= changed[1]


def _is_going(body: Body) -> bool:
    return "deletionTimestamp" in body["metadata"]
