"""Settings of teams become teams, with every mistake in them named. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from plan.ingress import serving_namespaces
from plan.model import Member, Pool, Role, Team
from plan.quotas import MEASURES, decide_quota, overcommitted, shares, too_large, too_small
from settings.ingress import domain_of
from settings.model import Settings
from settings.teams import TeamSettings

# Namespaces of the platform, of the cluster itself, and of what usually stands beside them.
RESERVED = frozenset(
    {
        "auth",
        "cert-manager",
        "default",
        "istio-system",
        "knative-eventing",
        "knative-serving",
        "kubeflow",
        "kubeflow-system",
        "monitoring",
        "oauth2-proxy",
    }
)
ROLES: tuple[Role, ...] = ("admin", "edit", "view")


def decide_teams(settings: Settings) -> tuple[Team, ...]:
    """Every team, sorted by name: the order in the file means nothing."""
    return tuple(sorted(map(_team, settings.teams), key=lambda team: team.name))


def _team(said: TeamSettings) -> Team:
    return Team(
        name=said.name,
        owner=said.owner,
        members=tuple(_members(said)),
        quota=decide_quota(said),
        labels=dict(said.labels),
        public_models=tuple(sorted(said.public_models)),
    )


def _members(said: TeamSettings) -> Iterator[Member]:
    for role in ROLES:
        for person in sorted(getattr(said.members, role)):
            yield Member(person=person, role=role)


def binding_name(person: str, role: Role) -> str:
    """What the dashboard's access management calls what it makes for a contributor."""
    return re.sub(r"[^a-z0-9]+", "-", f"user-{person.lower()}-clusterrole-{role}")


def team_mistakes(
    settings: Settings, components: Sequence[str], pools: Sequence[Pool]
) -> Iterator[str]:
    """What the values of single settings do not tell; `pools` empty: nothing to fit against."""
    if settings.teams and "profiles" not in components:
        yield "teams: need the component profiles; add it to kubeflow.components"
    for number, said in enumerate(settings.teams):
        place = f"teams[{number}]"
        if said.name in RESERVED or said.name.startswith("kube-"):
            yield f"{place}.name: {said.name!r} is a namespace of the platform; choose another"
        yield from (f"{place}.members: {line}" for line in _alike(said))
        if settings.ingress.domain:
            yield from _shut_out(said, place, settings.ingress.auth.domains)
        if said.public_models:
            yield from (
                f"{place}.publicModels: {line}"
                for line in _unreachable(said.name, settings, components)
            )
        if said.aws_policies and settings.cluster.provider != "aws":
            yield (
                f"{place}.awsPolicies: only a cluster that the stack makes on AWS gives pods an "
                "identity; remove it"
            )
        yield from _quota_mistakes(said, place, pools)
    if pools and _refuses_overcommit(settings):
        yield from (
            f"quota.overcommit: {line}; {_WAY_OUT}" for line in _overcommit(settings, pools)
        )


_WAY_OUT = "lower quotas, raise maxNodes, or set it to warn"


def _unreachable(name: str, settings: Settings, components: Sequence[str]) -> Iterator[str]:
    """What is missing before anybody can call a model of the team."""
    if "kserve" not in components:
        yield "nothing serves models here; add kserve to kubeflow.components, or remove it"
    if settings.ingress.domain is None:
        yield "without ingress.domain nobody is outside; name a domain, or remove it"
    elif settings.ingress.tls.challenge == "http01":
        yield (
            "its models have no certificate: Let's Encrypt gives wildcards by DNS only; let "
            "ingress.tls.challenge be route53 or digitalocean, or remove it"
        )
    elif name not in serving_namespaces(settings, components) and not settings.ingress.insecure:
        yield (
            f"its models have no certificate; add {name} to ingress.servingNamespaces, or remove it"
        )


def _shut_out(said: TeamSettings, place: str, domains: Sequence[str]) -> Iterator[str]:
    """Who could not log in, whatever a team lets them do."""
    people = [(f"{place}.owner", said.owner)]
    people += [(f"{place}.members.{one.role}", one.person) for one in _members(said)]
    for path, person in people:
        if domain_of(person) not in domains:
            yield (
                f"{path}: {person!r} could not log in: addresses of {' and '.join(domains)} may; "
                f"add {domain_of(person)} to ingress.auth.emailDomains, or name somebody else"
            )


def _alike(said: TeamSettings) -> Iterator[str]:
    names = Counter(binding_name(one.person, one.role) for one in _members(said))
    for name, many in sorted(names.items()):
        if many > 1:
            people = [o.person for o in _members(said) if binding_name(o.person, o.role) == name]
            yield (
                f"{' and '.join(people)} differ only in punctuation, which Kubeflow's access "
                "management does not tell apart; use another address"
            )


def _quota_mistakes(said: TeamSettings, place: str, pools: Sequence[Pool]) -> Iterator[str]:
    quota = decide_quota(said)
    if quota is None:
        return
    for measure, why in (*too_small(quota), *(too_large(quota, pools) if pools else ())):
        is_own = getattr(said.quota, measure.key) is not None
        yield f"{place}.{f'quota.{measure.key}' if is_own else 'size'}: {why}"


def _refuses_overcommit(settings: Settings) -> bool:
    default = "refuse" if settings.environment == "prod" else "warn"
    return (settings.quota.overcommit or default) == "refuse"


def _overcommit(settings: Settings, pools: Sequence[Pool]) -> Iterator[str]:
    quotas = (decide_quota(said) for said in settings.teams)
    return overcommitted((quota for quota in quotas if quota), pools)


def team_warnings(settings: Settings, pools: Sequence[Pool]) -> tuple[str, ...]:
    """What is allowed and perhaps not meant."""
    owners = Counter(said.owner for said in settings.teams)
    many = [
        f"teams: {owner} owns {number} teams; that is allowed, members are preferred"
        for owner, number in sorted(owners.items())
        if number > 1
    ]
    return (*many, *(f"teams: {line}" for line in _overcommit(settings, pools)))


def report(teams: Sequence[Team], pools: Sequence[Pool]) -> str:
    """One line per team: its quota, and its share of the cluster at its largest."""
    return "\n".join(f"team {team.name}: {_quota_line(team, pools)}" for team in teams)


def _quota_line(team: Team, pools: Sequence[Pool]) -> str:
    if team.quota is None:
        return "no quota: it may use all there is"
    parts = shares(team.quota, pools)
    amounts = []
    for measure in MEASURES:
        amount = getattr(team.quota, measure.field)
        share = f" ({parts[measure.key]:.0%})" if measure.key in parts and amount else ""
        if amount is not None:
            amounts.append(f"{measure.key} {_bare(measure.tell(amount), measure.key)}{share}")
    return "quota, and share of the pools at their largest: " + ", ".join(amounts)


def _bare(told: str, key: str) -> str:
    return told if key in ("memory", "storage") else told.partition(" ")[0]
