"""Every rule, subject by subject."""

from policies import (
    cluster,
    cost,
    identity,
    ingress,
    kubernetes,
    network,
    nodes,
    protection,
    storage,
    teams,
)
from policies.model import Rule

RULES: tuple[Rule, ...] = (
    *network.RULES,
    *cluster.RULES,
    *nodes.RULES,
    *storage.RULES,
    *identity.RULES,
    *kubernetes.RULES,
    *teams.RULES,
    *ingress.RULES,
    *cost.RULES,
    *protection.RULES,
)
