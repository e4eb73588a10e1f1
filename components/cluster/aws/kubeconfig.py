"""How to reach an EKS cluster: by a token that the `aws` CLI gets, so that it holds no secret."""

import json

import pulumi
from pulumi_aws import eks


def kubeconfig_of(cluster: eks.Cluster, region: str) -> pulumi.Output[str]:
    """The kubeconfig; a secret all the same, for it tells where the cluster is."""
    told = pulumi.Output.all(
        name=cluster.name,
        server=cluster.endpoint,
        authority=cluster.certificate_authority.data,
    )
    return pulumi.Output.secret(told.apply(lambda known: kubeconfig(region=region, **known)))


def kubeconfig(*, name: str, server: str, authority: str, region: str) -> str:
    """One cluster, one user, one context, all of the cluster's name."""
    token = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "aws",
        "args": [
            "--region",
            region,
            "eks",
            "get-token",
            "--cluster-name",
            name,
            "--output",
            "json",
        ],
        "interactiveMode": "Never",
    }
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": name,
                    "cluster": {"server": server, "certificate-authority-data": authority},
                }
            ],
            "users": [{"name": name, "user": {"exec": token}}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "current-context": name,
        }
    )
