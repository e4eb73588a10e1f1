"""The platform at its domain: what was decided, and the secrets it takes."""

from collections.abc import Mapping
from dataclasses import dataclass

from components.platform.credentials import Text
from plan.ingress import IngressPlan


@dataclass(frozen=True, kw_only=True)
class Ingress:
    """A plan with the stack's secrets that it names."""

    plan: IngressPlan
    secrets: Mapping[str, Text]


def make_ingress(plan: IngressPlan | None, secrets: Mapping[str, Text]) -> Ingress | None:
    """What the plan says with its secrets; None where there is no domain."""
    if plan is None:
        return None
    return Ingress(plan=plan, secrets={key: secrets[key] for key in plan.secrets})
