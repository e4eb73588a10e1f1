"""What DigitalOcean would tell, as far as the program reads it."""

from collections.abc import Callable, Mapping
from typing import Any

from rehearsal.engine.goal import Goal

Json = dict[str, Any]

# Per type, what the program reads of it that is neither an input nor the id.
OUTPUTS: Mapping[str, Callable[[Goal], Json]] = {
    "digitalocean:index/kubernetesCluster:KubernetesCluster": lambda goal: {
        "endpoint": f"https://{goal.name}.k8s.invalid",
        "kubeConfigs": [{"clusterCaCertificate": "bm90IGEgY2VydGlmaWNhdGU="}],
    },
    "digitalocean:index/spacesKey:SpacesKey": lambda goal: {
        "accessKey": f"DO-{goal.name}",
        "secretKey": f"no secret of {goal.name}",
    },
}
# What it is asked while declaring: it offers every minor.
ANSWERS: Mapping[str, Callable[[Json], Json]] = {
    "digitalocean:index/getKubernetesVersions:getKubernetesVersions": lambda asked: {
        "latestVersion": f"{asked['versionPrefix']}9-do.0",
    },
}
