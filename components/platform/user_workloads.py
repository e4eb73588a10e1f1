"""What users made stands in the way of destroy: it is listed and kept, or removed first.

Kubernetes would delete it with its CRD and its namespace, or hang on a finalizer whose controller
is gone. So this resource depends on the whole platform, and goes before any of it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import pulumi
from pulumi import dynamic

from components.gate import judged
from components.plainly import PlainProvider
from kube.client import Client
from kube.crds import remove_crds
from kube.errors import KubeError
from kube.user_objects import CLAIM, Scope, UserObject, find_user_objects, remove_user_objects
from plan.model import UserWorkloads

DEADLINE_SECONDS = 600
SHOWN = 20  # of each namespace; a pipeline leaves thousands of Workflows
NAME = "user-workloads"
WATCHED = (
    "stack",
    "crds",
    "namespaces",
    "teams",
    "labels",
    "ending",
    "keepsCrds",
    "kubeconfig",
)


class UserWorkloadsError(KubeError):
    """Users still have objects, and nobody said that they may go; the message lists them."""


@dataclass(frozen=True, kw_only=True)
class UserWorkloadsArgs:
    """Whose objects are the users', and how they end; `keeps_crds` says that their CRDs stay.

    `crds` are names by component, as one resource applies them; `teams` are namespaces of the
    stack's that are full of what users made.
    """

    kubeconfig: pulumi.Input[str]
    crds: Mapping[str, Collection[str]]
    namespaces: Collection[str]
    teams: Collection[str]
    labels: Mapping[str, str]
    ending: UserWorkloads
    keeps_crds: bool


class _UserWorkloadsProvider(PlainProvider):
    """Does nothing until the platform, some of its kinds, or a team are to go.

    A component's CRDs go with it, later; those that it has no more go here, once users have none.
    """

    # It captures no secret: the kubeconfig is an input, encrypted there.
    serialize_as_secret_always = False

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> dynamic.CheckResult:
        """Refuses a team's end in a preview too, before a team of a new name is made beside it."""
        return judged(news, "teams", lambda: _ended_teams(olds, news))

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        return dynamic.CreateResult(id_=NAME, outs=props)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> dynamic.DiffResult:
        return dynamic.DiffResult(changes=any(olds.get(key) != news[key] for key in WATCHED))

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> dynamic.UpdateResult:
        leaving = _names(olds["crds"]) - _names(news["crds"])
        dropped = leaving & _names({one: olds["crds"].get(one, ()) for one in news["crds"]})
        # A whole component's CRDs end as the last run said, a single one's as this run says.
        with_component = frozenset() if olds["keepsCrds"] else leaving - dropped
        alone = frozenset() if news["keepsCrds"] else dropped
        _end(news, with_component | alone, _OF_KINDS)
        if teams := _leaving_teams(olds, news):
            _end(news, _names(news["crds"]), _OF_TEAM, only=teams)
        if alone:
            remove_crds(Client(news["kubeconfig"]), alone)
        return dynamic.UpdateResult(outs=news)

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        _end(props, _names(props["crds"]), _OF_DESTROY)


class UserWorkloadsGuard(dynamic.Resource, module="kubeflow", name="UserWorkloads"):
    """Everything on the cluster that no program declared."""

    def __init__(
        self, name: str, args: UserWorkloadsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        props = {
            "stack": pulumi.get_stack(),
            "kubeconfig": pulumi.Output.secret(args.kubeconfig),
            "crds": {component: sorted(names) for component, names in args.crds.items()},
            "namespaces": sorted(args.namespaces),
            "teams": sorted(args.teams),
            "labels": dict(args.labels),
            "ending": args.ending,
            "keepsCrds": args.keeps_crds,
        }
        super().__init__(_UserWorkloadsProvider(), name, props, opts)


def _names(crds: Mapping[str, Iterable[str]]) -> frozenset[str]:
    return frozenset(name for names in crds.values() for name in names)


def _leaving_teams(olds: Mapping[str, Any], news: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(olds.get("teams", ())) - frozenset(news["teams"])


def _ended_teams(olds: Mapping[str, Any], news: Mapping[str, Any]) -> Iterator[str]:
    """What stands against the end of the teams that leave, if anything."""
    teams, crds = _leaving_teams(olds, news), _names(news["crds"])
    if teams and crds and news["ending"] == "refuse":
        yield from _refusals(news, _scope(news, crds, teams), _OF_TEAM)


def _end(
    props: Mapping[str, Any],
    crds: frozenset[str],
    way_out: str,
    *,
    only: frozenset[str] | None = None,
) -> None:
    """Refuse while there is anything of these CRDs, or remove it: as the last `up` was told."""
    if not crds:
        return
    scope = _scope(props, crds, only)
    if props["ending"] == "delete":
        remove_user_objects(Client(props["kubeconfig"]), scope, DEADLINE_SECONDS)
        return
    for refusal in _refusals(props, scope, way_out):
        raise UserWorkloadsError(refusal)


def _scope(props: Mapping[str, Any], crds: frozenset[str], only: frozenset[str] | None) -> Scope:
    return Scope(
        crds=crds,
        platform_namespaces=frozenset(props["namespaces"]),
        labels=props["labels"],
        only=only,
    )


def _refusals(props: Mapping[str, Any], scope: Scope, way_out: str) -> Iterator[str]:
    """One text that lists what is there and says the way out, unless nothing is."""
    if found := find_user_objects(Client(props["kubeconfig"]), scope):
        listed = inventory(found, datetime.now(UTC))
        yield f"{listed}\n{way_out.format(stack=props['stack'])}"


_REMOVE = """\
Remove them yourself, or have them removed, volumes included:
  pulumi config set --path kubeflow:settings.teardown.userWorkloads delete -s {stack}
"""
_OF_DESTROY = f"""\
Nothing was deleted, for teardown.userWorkloads was `refuse` when the stack was last brought up.
{_REMOVE}\
  pulumi up -s {{stack}} --target '**::{NAME}'
  pulumi destroy -s {{stack}}"""
_OF_KINDS = f"""\
Nothing was deleted, but their kinds leave with a component or with the release, and they would go
with their CRDs, for teardown.userWorkloads is `refuse`. Put the component back, or keep the CRDs by
protection.crds: keep, brought up before a component leaves.
{_REMOVE}\
  pulumi up -s {{stack}}"""
_OF_TEAM = f"""\
Nothing was deleted, but their teams leave the settings, and they would go with their namespaces,
for teardown.userWorkloads is `refuse`. Put the team back. A namespace cannot be renamed: add a team
of the new name, move what is in the old one there, and take the old one out when it is empty.
{_REMOVE}\
  pulumi up -s {{stack}}"""


def inventory(found: Iterable[UserObject], now: datetime) -> str:
    """What users have, by namespace, with ages and the sizes of volumes."""
    objects = tuple(found)
    lines = [f"users have {len(objects)} objects on this platform:"]
    for namespace, group in groupby(objects, key=lambda one: one.namespace):
        here = tuple(group)
        lines.append(f"  {namespace or 'the whole cluster'}")
        lines += [f"    {_line(one, now)}" for one in here[:SHOWN]]
        if len(here) > SHOWN:
            lines.append(f"    and {len(here) - SHOWN} more")
    return "\n".join(lines)


def _line(one: UserObject, now: datetime) -> str:
    metadata = one.body["metadata"]
    age = _age(now - datetime.fromisoformat(metadata["creationTimestamp"]))
    place = "" if one.is_profile or not one.namespace else f"{one.namespace}/"
    size = f", volume of {_size(one)}" if one.kind == CLAIM else ""
    return f"{one.kind} {place}{one.name}, {age} old{size}"


def _size(claim: UserObject) -> str:
    asked = claim.body["spec"]["resources"]["requests"]["storage"]
    return str(claim.body.get("status", {}).get("capacity", {}).get("storage", asked))


def _age(age: timedelta) -> str:
    minutes = int(age.total_seconds()) // 60
    for unit, length in (("d", 24 * 60), ("h", 60)):
        if minutes >= length:
            return f"{minutes // length} {unit}"
    return f"{minutes} min"
