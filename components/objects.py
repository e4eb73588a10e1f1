"""Any Kubernetes object as a resource of its own, straight from its body."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import pulumi

from upstream.model import Obj

PROVIDER_VERSION = version("pulumi-kubernetes")


class KubernetesObject(pulumi.CustomResource):
    """One object; its URN tells component, kind, namespace and name."""

    def __init__(
        self,
        obj: Obj,
        annotations: Mapping[str, pulumi.Input[str]],
        labels: Mapping[str, str],
        opts: pulumi.ResourceOptions,
    ) -> None:
        metadata = _merged(obj.body["metadata"], annotations, labels)
        own = pulumi.ResourceOptions(version=PROVIDER_VERSION)
        super().__init__(
            type_token(obj.api_version, obj.kind),
            logical_name(obj),
            {**obj.body, "metadata": metadata},
            pulumi.ResourceOptions.merge(opts, own),
        )


def type_token(api_version: str, kind: str) -> str:
    """The Pulumi type of a kind: `kubernetes:apps/v1:Deployment`, core for the unnamed group."""
    return f"kubernetes:{api_version if '/' in api_version else f'core/{api_version}'}:{kind}"


def logical_name(obj: Obj) -> str:
    """`namespace/name`, or the name alone: with the type it is unique on a cluster."""
    return f"{obj.namespace}/{obj.name}" if obj.namespace else obj.name


def _merged(
    metadata: Mapping[str, Any],
    annotations: Mapping[str, pulumi.Input[str]],
    labels: Mapping[str, str],
) -> dict[str, Any]:
    merged = {**metadata, "labels": {**metadata.get("labels", {}), **labels}}
    if annotations:
        merged["annotations"] = {**metadata.get("annotations", {}), **annotations}
    return merged
