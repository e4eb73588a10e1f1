"""A team's room on the cluster: everything in it, in the order it has to be there."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pulumi

from components.cluster.handle import ClusterHandle
from components.objects import KubernetesObject
from components.teams.limits import hard, limits
from components.teams.network import network
from components.teams.pod_defaults import pod_defaults
from components.teams.profile import namespace, profile
from components.teams.rights import rights
from kube.ready import WAIT_FOR
from plan.model import Pool, Team
from plan.monitoring import MonitoringPlan
from upstream.gates import gates
from upstream.model import Obj


@dataclass(frozen=True, kw_only=True)
class TeamArgs:
    """Which team, on which cluster, beside which components of Kubeflow."""

    team: Team
    cluster: ClusterHandle
    labels: Mapping[str, str]
    components: Collection[str]
    monitoring: MonitoringPlan | None
    ready: pulumi.Resource  # what every team comes after


@dataclass(frozen=True, kw_only=True)
class TeamObjects:
    """What a team consists of. Its walls stand before the Profile, which lets pods in."""

    namespace: Obj
    walls: tuple[Obj, ...]
    profile: Obj
    comforts: tuple[Obj, ...]

    @property
    def all(self) -> tuple[Obj, ...]:
        """Every object, in the order of creation."""
        return (self.namespace, *self.walls, self.profile, *self.comforts)


def team_objects(
    team: Team,
    components: Collection[str],
    pools: Collection[Pool],
    monitoring: MonitoringPlan | None,
) -> TeamObjects:
    """The objects of a team: what the settings say now, whatever they said before."""
    return TeamObjects(
        namespace=namespace(team),
        walls=(*limits(team), network(team, monitoring), *rights(team)),
        profile=profile(team, hard(team.quota)),
        comforts=pod_defaults(team, components, pools),
    )


class TeamRoom(pulumi.ComponentResource):
    """The namespace of a team, with its rights, its quota and its Profile."""

    last: tuple[pulumi.Resource, ...]  # what is there when all of it is

    def __init__(
        self, name: str, args: TeamArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("kubeflow:teams:TeamRoom", name, None, opts)
        objects = team_objects(args.team, args.components, args.cluster.pools, args.monitoring)
        room = self._made(args, objects.namespace, [args.ready])
        walls = [self._made(args, obj, [room]) for obj in objects.walls]
        known = self._made(args, objects.profile, [room, *walls])
        comforts = [self._made(args, obj, [known]) for obj in objects.comforts]
        self.last = (known, *comforts)
        self.register_outputs({})

    def _made(self, args: TeamArgs, obj: Obj, needs: list[pulumi.Resource]) -> pulumi.Resource:
        waits = gates(obj)
        return KubernetesObject(
            obj,
            {WAIT_FOR: waits[0]} if waits else {},
            args.labels,
            pulumi.ResourceOptions(parent=self, provider=args.cluster.provider, depends_on=needs),
        )
