"""The same rules as a policy pack: `pulumi preview --policy-pack policies`.

As for prod: `--policy-pack-config policies/dev.json` makes it as for dev, where nothing blocks.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    PolicyComplianceFramework,
    PolicyConfigSchema,
    PolicyPack,
    PolicyResource,
    ReportViolation,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # Pulumi runs the folder as it is

from policies.judge import judge
from policies.model import UNKNOWN, Resource, Rule
from policies.rules import RULES


def _plain(value: Any) -> Any:
    """What stands there, where the SDK raises at the first thing that is not known."""
    if isinstance(value, Mapping):
        return {key: _known(value, key) for key in value}
    if isinstance(value, list) or type(value).__name__ == "_ListProxy":
        return [_known(value, index) for index in range(len(value))]
    return value


def _known(holder: Any, key: Any) -> Any:
    try:
        return _plain(holder[key])
    except UnknownValueError:
        return UNKNOWN


class _Inputs(Mapping[str, Any]):
    """Made plain where a rule looks: every rule is handed every resource, and reads few."""

    def __init__(self, props: Mapping[str, Any]) -> None:
        self._props = props

    def __getitem__(self, key: str) -> Any:
        return _known(self._props, key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._props)

    def __len__(self) -> int:
        return len(self._props)


def _inputs(one: PolicyResource, rule: Rule, args: StackValidationArgs) -> Mapping[str, Any]:
    """Those of the resource, and where the rule can be configured, by what."""
    inputs = _Inputs(one.props)
    return {**inputs, "config": args.get_config()} if rule.config else inputs


def _validate(rule: Rule) -> Callable[[StackValidationArgs, ReportViolation], None]:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        resources = [
            Resource(type=one.resource_type, name=one.name, inputs=_inputs(one, rule, args))
            for one in args.resources
        ]
        urns = {(one.resource_type, one.name): one.urn for one in args.resources}
        for found in judge(resources, "prod", (rule,)):
            report(str(found), urns[found.type, found.name])

    return validate


PolicyPack(
    "kubeflow",
    [
        StackValidationPolicy(
            name=rule.name,
            description=rule.wants,
            validate=_validate(rule),
            enforcement_level=EnforcementLevel.ADVISORY if rule.setting else None,
            config_schema=PolicyConfigSchema(
                properties={k: dict(v) for k, v in rule.config.items()}
            )
            if rule.config
            else None,
            severity=Severity(rule.severity),
            framework=PolicyComplianceFramework(name=", ".join(rule.ids)) if rule.ids else None,
        )
        for rule in RULES
    ],
    EnforcementLevel.MANDATORY,
)
