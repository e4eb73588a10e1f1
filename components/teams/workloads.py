"""The teams' workloads, kept as a repository says by a controller that the cluster has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.cluster.handle import ClusterHandle
from components.objects import KubernetesObject
from components.teams.controller import Controller, ControllerArgs
from components.teams.gitops import KINDS, workloads
from plan.gitops import GitOpsPlan
from plan.model import Team


@dataclass(frozen=True, kw_only=True)
class WorkloadsArgs:
    """Whose workloads, on which cluster, by which controller and repository."""

    gitops: GitOpsPlan
    teams: Sequence[Team]
    cluster: ClusterHandle
    labels: Mapping[str, str]
    after: pulumi.Resource  # what goes from the cluster only when these are gone


class Workloads(pulumi.ComponentResource):
    """What Argo CD or Flux is told of each team, once the controller is seen there."""

    def __init__(
        self, name: str, args: WorkloadsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("kubeflow:teams:Workloads", name, None, opts)
        gitops = args.gitops
        seen = Controller(
            "gitops-controller",
            ControllerArgs(
                kubeconfig=args.cluster.kubeconfig,
                controller=gitops.controller,
                kinds=KINDS[gitops.controller],
                namespace=gitops.namespace if gitops.controller == "argocd" else "",
            ),
            pulumi.ResourceOptions(parent=self, depends_on=[args.after]),
        )
        for team in args.teams:
            before: pulumi.Resource = seen
            for obj in workloads(team, gitops):
                before = KubernetesObject(
                    obj,
                    {},
                    args.labels,
                    pulumi.ResourceOptions(
                        parent=self, provider=args.cluster.provider, depends_on=[before]
                    ),
                )
        self.register_outputs({})
