"""What every team has around it, and who may own one."""

from policies.model import Resource, Rule, Stack, each

PROFILE = ":Profile"
QUOTA = ":ResourceQuota"
DEMO = "user@example.com"


def _has(kind: str, team: str, stack: Stack) -> bool:
    return any(one.get("metadata.namespace") == team for one in stack.of(kind))


def _needs_no_defaults(quota: Resource) -> bool:
    """Whether it counts objects alone, and so nothing that a container has to state."""
    return not any(
        name.startswith(("requests.", "limits.")) or name in ("cpu", "memory")
        for name in quota.get("spec.hard", {})
    )


def _is_shut(one: Resource, stack: Stack) -> bool:
    """Whether some policy covers every pod of the team, and lets in only some."""
    return any(
        policy.get("spec.podSelector") == {} and all(policy.get("spec.ingress", [{}]))
        for policy in stack.of(":NetworkPolicy")
        if policy.get("metadata.namespace") == one.name
    )


RULES = (
    Rule(name="teams-are-apart", types=(PROFILE,), severity="critical", checks=("SEC-23",),
         ids=("CIS EKS 4.3.2", "NSA/CISA network separation"), holds=_is_shut,
         wants="a NetworkPolicy covers every pod of the team"),
    Rule(name="teams-have-a-namespace", types=(PROFILE,), checks=("REL-26",),
         wants="the team's namespace is of this stack, so that it goes with the team",
         holds=lambda one, stack: any(space.name == one.name for space in stack.of(":Namespace"))),
    Rule(name="quotas-have-defaults", types=(QUOTA,), checks=("REL-25",),
         wants="a quota comes with a LimitRange: else it refuses Kubeflow's own pods",
         holds=lambda one, stack: _needs_no_defaults(one)
         or _has(":LimitRange", one.get("metadata.namespace", ""), stack)),
    Rule(name="nobody-owns-by-demo", types=(PROFILE,), severity="critical", checks=("SEC-17",),
         wants=f"no team is of {DEMO}, upstream's account of everybody",
         holds=each(lambda one: one.get("spec.owner.name") not in (None, DEMO))),
    Rule(name="teams-are-of-people", types=(PROFILE,), severity="medium", checks=("SEC-24",),
         wants="a team is owned by a person, not by a group or an account",
         holds=each(lambda one: one.get("spec.owner.kind") == "User")),
)  # fmt: skip
