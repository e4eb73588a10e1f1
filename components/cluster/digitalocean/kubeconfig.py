"""How to reach a DOKS cluster: by a token that `doctl` gets, so that it holds none.

The API's own kubeconfig has a token of seven days: the first destroy after a week would fail.
"""

import json

import pulumi
import pulumi_digitalocean as digitalocean


def kubeconfig_of(cluster: digitalocean.KubernetesCluster) -> pulumi.Output[str]:
    """The kubeconfig; a secret, for its source has a token beside the authority taken here."""
    told = pulumi.Output.all(
        name=cluster.name,
        cluster_id=cluster.id,
        server=cluster.endpoint,
        authority=cluster.kube_configs.apply(lambda found: found[0].cluster_ca_certificate),
    )
    return pulumi.Output.secret(told.apply(lambda known: kubeconfig(**known)))


def kubeconfig(*, name: str, cluster_id: str, server: str, authority: str) -> str:
    """One cluster, one user, one context, all of the cluster's name."""
    token = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "doctl",
        "args": [
            "kubernetes",
            "cluster",
            "kubeconfig",
            "exec-credential",
            "--version=v1beta1",
            cluster_id,
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
