"""A team's room on the cluster: everything in it, in the order it has to be there."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.cluster.handle import ClusterHandle
from components.objects import KubernetesObject
from components.platform.registry import PULL_SECRET, pull_secret
from components.teams.limits import hard, limits, no_priority
from components.teams.models import model_callers, public_models
from components.teams.network import network
from components.teams.pod_defaults import pod_defaults
from components.teams.profile import namespace, profile
from components.teams.pulling_accounts import PullingAccounts, PullingAccountsArgs
from components.teams.rights import programs, rights
from kube.ready import WAIT_FOR
from plan.ingress import LoginPlan
from plan.model import Pool, Team
from plan.monitoring import MonitoringPlan
from upstream.gates import gates
from upstream.model import Obj


@dataclass(frozen=True, kw_only=True)
class Outside:
    """Who vouches for callers from outside: the login, and the cluster for programs."""

    login: LoginPlan
    machines: Any  # an entry of `jwtRules`


@dataclass(frozen=True, kw_only=True)
class TeamArgs:
    """Which team, on which cluster, beside which components of Kubeflow."""

    team: Team
    cluster: ClusterHandle
    labels: Mapping[str, str]
    components: Collection[str]
    monitoring: MonitoringPlan | None
    ready: pulumi.Resource  # what every team comes after
    outside: Outside | None  # None: nobody is outside, there is no domain
    registry_credentials: pulumi.Output[str] | None = None


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
    outside: Outside | None,
) -> TeamObjects:
    """The objects of a team: what the settings say now, whatever they said before."""
    return TeamObjects(
        namespace=namespace(team),
        walls=(
            *limits(team),
            no_priority(team),
            network(team, monitoring),
            *rights(team),
            *_ways_in(team, components, outside),
        ),
        profile=profile(team, hard(team.quota)),
        comforts=pod_defaults(team, components, pools),
    )


def _ways_in(team: Team, components: Collection[str], outside: Outside | None) -> tuple[Obj, ...]:
    if outside is None:
        return ()
    callers = tuple(model_callers(team, outside.login, outside.machines))
    return (programs(team), *((*callers, *public_models(team)) if "kserve" in components else ()))


class TeamRoom(pulumi.ComponentResource):
    """The namespace of a team, with its rights, its quota and its Profile."""

    last: tuple[pulumi.Resource, ...]  # what is there when all of it is

    def __init__(
        self, name: str, args: TeamArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("kubeflow:teams:TeamRoom", name, None, opts)
        objects = team_objects(
            args.team, args.components, args.cluster.pools, args.monitoring, args.outside
        )
        room = self._made(args, objects.namespace, [args.ready])
        walls = [self._made(args, obj, [room]) for obj in objects.walls]
        pulling = self._pulling(args, args.registry_credentials, room)
        known = self._made(args, objects.profile, [room, *walls, *pulling])
        comforts = [self._made(args, obj, [known]) for obj in objects.comforts]
        self.last = (known, *comforts)
        self.register_outputs({})

    def _pulling(
        self, args: TeamArgs, credentials: pulumi.Output[str] | None, room: pulumi.Resource
    ) -> list[pulumi.Resource]:
        """What lets the team's pods pull from a registry that wants a login."""
        if credentials is None:
            return []
        name = args.team.name
        secret = self._made(args, pull_secret(PULL_SECRET, name, "teams", credentials), [room])
        accounts = PullingAccounts(
            f"{name}-accounts",
            PullingAccountsArgs(
                kubeconfig=args.cluster.kubeconfig, namespace=name, secret=PULL_SECRET
            ),
            pulumi.ResourceOptions(parent=self, depends_on=[room, secret]),
        )
        return [secret, accounts]

    def _made(self, args: TeamArgs, obj: Obj, needs: list[pulumi.Resource]) -> pulumi.Resource:
        waits = gates(obj)
        return KubernetesObject(
            obj,
            {WAIT_FOR: waits[0]} if waits else {},
            args.labels,
            pulumi.ResourceOptions(parent=self, provider=args.cluster.provider, depends_on=needs),
        )
