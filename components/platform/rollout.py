"""Pods that roll when what they read changes. Pure."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace

import pulumi

from upstream.inventory import pod_template
from upstream.model import Obj

CHECKSUM = "kubeflow-stack/config-checksum"


def with_rollout(obj: Obj, needs: Iterable[Obj]) -> Obj:
    """A workload whose pods roll when a ConfigMap or Secret they read changes; others as they are.

    Upstream relies on kustomize's name suffixes, which patches made here do not change.
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
    noted = {**metadata.get("annotations", {}), CHECKSUM: _checksum(read)}
    rolled = {**template, "metadata": {**metadata, "annotations": noted}}
    body = {**obj.body, "spec": {**obj.body["spec"], "template": rolled}}
    return replace(obj, body=body)


def _checksum(read: list[dict[str, object]]) -> pulumi.Input[str]:
    """A digest of what is read. It hides the secrets in it, so it is none itself."""
    if not _has_output(read):
        return _digest(json.dumps(read, sort_keys=True))
    text = pulumi.Output.json_dumps(read, sort_keys=True)
    return pulumi.Output.unsecret(text.apply(_digest))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _has_output(value: object) -> bool:
    if isinstance(value, dict):
        return any(_has_output(inner) for inner in value.values())
    if isinstance(value, list):
        return any(_has_output(inner) for inner in value)
    return isinstance(value, pulumi.Output)
