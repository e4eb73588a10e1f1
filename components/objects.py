"""Any Kubernetes object as a resource of its own, straight from its body."""

from collections.abc import Mapping
from dataclasses import replace
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
        kind_is_known: pulumi.Output[Any] | None = None,
    ) -> None:
        """`kind_is_known` is of a custom resource: while it is unknown, the provider asks nobody
        whether the object would do, for the API server would judge it by the CRD of before."""
        metadata = _merged(obj.body["metadata"], annotations, labels)
        own = pulumi.ResourceOptions(version=PROVIDER_VERSION)
        super().__init__(
            type_token(obj.api_version, obj.kind),
            logical_name(obj),
            {**_once(kind_is_known, obj.body), "metadata": metadata},
            pulumi.ResourceOptions.merge(opts, own),
        )


def _once(kind_is_known: pulumi.Output[Any] | None, body: Mapping[str, Any]) -> dict[str, Any]:
    if kind_is_known is None or "spec" not in body:
        return dict(body)
    return {**body, "spec": kind_is_known.apply(lambda _: body["spec"])}


class BalancedService(KubernetesObject):
    """A Service that asks for a load balancer: `address` is known once the cloud gave one."""

    status: pulumi.Output[Any]

    def __init__(
        self,
        obj: Obj,
        annotations: Mapping[str, pulumi.Input[str]],
        labels: Mapping[str, str],
        opts: pulumi.ResourceOptions,
        kind_is_known: pulumi.Output[Any] | None = None,
    ) -> None:
        # The SDK hands on those outputs alone that were named among the inputs.
        asked = replace(obj, body={**obj.body, "status": None})
        super().__init__(asked, annotations, labels, opts, kind_is_known)

    @property
    def address(self) -> pulumi.Output[str]:
        """The first one; empty in a preview after a run that ended before there was any."""
        return self.status.apply(address_of)


def address_of(status: Mapping[str, Any] | None) -> str:
    """The address or, of a cloud that gives names, the name."""
    (first, *_) = ((status or {}).get("loadBalancer") or {}).get("ingress") or [{}]
    return str(first.get("ip") or first.get("hostname") or "")


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
