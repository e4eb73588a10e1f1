"""Which rules a stack breaks. Pure: the same answer for a preview, a policy pack and a state."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from policies.model import Resource, Rule, Severity, Stack, UnknownInputError
from policies.rules import RULES

Environment = Literal["dev", "prod"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One resource that breaks one rule, or that the rule could not judge.

    It names the inputs that were looked at and never their values: one may be a secret.
    """

    rule: str
    wants: str
    severity: Severity
    type: str
    name: str
    blocks: bool
    looked_at: tuple[str, ...]
    setting: str = ""  # by which an owner may decide otherwise
    unknown: str = ""  # the input that nobody knows before an `up`

    def __str__(self) -> str:
        where = f"{self.type.rpartition(':')[2]} {self.name}"
        if self.unknown:
            return (
                f"{self.rule}: {where}: cannot be judged, {self.unknown} is not known before it is "
                f"built; give it a value that is ({self.wants})"
            )
        seen = f" (look at {', '.join(self.looked_at)})" if self.looked_at else ""
        chosen = f", unless {self.setting} says otherwise" if self.setting else ""
        return f"{self.rule}: {where}: {self.wants}{chosen}{seen}"


def judge(
    resources: Iterable[Resource], environment: Environment, rules: Iterable[Rule] = RULES
) -> tuple[Finding, ...]:
    """Every finding, in the order of the rules. In prod they block, in dev they are said; what an
    owner may decide by a setting of its own never blocks, and what one asked for always does.

    What cannot be judged counts as broken: a rule that is silent about it would fail open.
    """
    stack = Stack(resources)
    found = (
        finding
        for rule in rules
        if environment not in rule.accepted
        for finding in _findings(rule, stack, blocks=_blocks(rule, environment))
    )
    return tuple(found)


def _blocks(rule: Rule, environment: Environment) -> bool:
    return rule.is_asked_for or (environment == "prod" and not rule.setting)


def _findings(rule: Rule, stack: Stack, *, blocks: bool) -> Iterator[Finding]:
    for resource in stack.of(*rule.types):
        asked = replace(resource, read=set())
        unknown = ""
        try:
            if rule.holds(asked, stack):
                continue
        except UnknownInputError as error:
            unknown = str(error)
        yield Finding(
            rule=rule.name,
            wants=rule.wants,
            severity=rule.severity,
            type=resource.type,
            name=resource.name,
            blocks=blocks,
            looked_at=tuple(sorted(asked.read)),
            setting=rule.setting,
            unknown=unknown,
        )


def told(findings: Iterable[Finding]) -> str:
    """One line per finding, or that there is none."""
    listed = [f"  {one}" for one in findings]
    count = f"{len(RULES)} policies, {len(listed)} broken"
    return "\n".join((count, *listed))
