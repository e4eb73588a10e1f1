"""Pods that roll when what they read changes. Pure."""

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import replace

import pulumi

from components.platform.credentials import Text
from upstream.inventory import pod_template
from upstream.model import Obj

CHECKSUM = "kubeflow-stack/config-checksum"


def with_rollout(obj: Obj, needs: Iterable[Obj], key: Text) -> Obj:
    """A workload whose pods roll when a ConfigMap or Secret they read changes; others as they are.

    Upstream relies on kustomize's name suffixes, which patches made here do not change. `key` is
    secret and the stack's own: without it nobody can try passwords against what pods carry openly.
    """
    template = pod_template(obj)
    if template is None or obj.kind not in ("Deployment", "StatefulSet", "DaemonSet"):
        return obj
    read = [
        {
            part: need.body[part]
            for part in ("data", "stringData", "binaryData")
            if part in need.body
        }
        for need in needs
        if need.key.group == "" and need.kind in ("ConfigMap", "Secret")
    ]
    if not read:
        return obj
    metadata = template.get("metadata", {})
    noted = {**metadata.get("annotations", {}), CHECKSUM: _checksum(read, key)}
    rolled = {**template, "metadata": {**metadata, "annotations": noted}}
    body = {**obj.body, "spec": {**obj.body["spec"], "template": rolled}}
    return replace(obj, body=body)


def _checksum(read: list[dict[str, object]], key: Text) -> pulumi.Input[str]:
    """A digest of what is read; one of secrets is keyed, and so tells nothing of them."""
    if not _has_output(read):
        return hashlib.sha256(json.dumps(read, sort_keys=True).encode()).hexdigest()
    text = pulumi.Output.json_dumps(read, sort_keys=True)
    digest = pulumi.Output.all(text, key).apply(
        lambda both: hmac.digest(both[1].encode(), both[0].encode(), "sha256").hex()
    )
    return pulumi.Output.unsecret(digest)


def _has_output(value: object) -> bool:
    if isinstance(value, dict):
        return any(_has_output(inner) for inner in value.values())
    if isinstance(value, list):
        return any(_has_output(inner) for inner in value)
    return isinstance(value, pulumi.Output)
