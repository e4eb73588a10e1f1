"""The default StorageClass: encrypted gp3 volumes that may grow."""

from collections.abc import Mapping

import pulumi

from components.objects import KubernetesObject
from upstream.model import Obj


def default_storage_class(
    name: str, labels: Mapping[str, str], opts: pulumi.ResourceOptions
) -> KubernetesObject:
    """EKS has had none since 1.30, and without one no claim of Kubeflow is ever bound."""
    body = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": name,
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": "ebs.csi.aws.com",
        "parameters": {"type": "gp3", "encrypted": "true"},
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "WaitForFirstConsumer",
        "allowVolumeExpansion": True,
    }
    obj = Obj(
        api_version="storage.k8s.io/v1",
        kind="StorageClass",
        namespace="",
        name=name,
        body=body,
        component="cluster",
    )
    return KubernetesObject(obj, {}, labels, opts)
