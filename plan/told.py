"""What a preview says of a plan before anything is declared, in the order of the settings. Pure."""

from collections.abc import Iterator
from datetime import date

from plan.components import report as components
from plan.ingress import report as ingress
from plan.model import Plan
from plan.monitoring import report as monitoring
from plan.stores import report as stores
from plan.teams import report as teams
from plan.versions import doks_support, doks_version, eks_version, support


def decisions(plan: Plan, today: date) -> Iterator[str]:
    """A text for each part of the plan; how long its Kubernetes is supported, seen from `today`."""
    yield components(plan.kubeflow)
    yield stores(plan.stores)
    yield ingress(plan.ingress, plan.hosted_zone)
    yield monitoring(plan.monitoring)
    if plan.teams:
        yield teams(plan.teams, plan.cluster.pools)
    if plan.aws is not None:
        yield support(eks_version(plan.cluster.kubernetes), today)
    if plan.digitalocean is not None:
        yield doks_support(doks_version(plan.cluster.kubernetes), today)
