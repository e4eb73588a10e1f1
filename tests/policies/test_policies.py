"""Every stack of the repository passes, and every rule finds what it is for."""

import json
import re
import time
from collections.abc import Iterable
from dataclasses import replace
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from policies.judge import Environment, Finding, judge, told
from policies.model import STACK, UNKNOWN, Resource, Rule, Stack, UnknownInputError, each
from policies.rules import RULES
from settings.kubeflow import ComponentName, KubeflowSettings
from tests.policies.mutations import MUTATIONS, Mutation
from tests.policies.stacks import DEV, PROD, Resources, broken, declared, declared_with, without
from upstream.pins import release_map

BY_NAME = {rule.name: rule for rule in RULES}
# No stack of the repository makes what they are about: they have fixtures of their own.
BUCKET = Resource(type="aws:s3/bucket:Bucket", name="objects", inputs={"forceDestroy": False})
BLOCK = Resource(
    type="aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    name="objects",
    inputs={
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    },
)
DATABASE = Resource(
    type="aws:rds/instance:Instance",
    name="records",
    inputs={
        "publiclyAccessible": False,
        "storageEncrypted": True,
        "backupRetentionPeriod": 14,
        "autoMinorVersionUpgrade": True,
        "multiAz": True,
        "deletionProtection": True,
        "skipFinalSnapshot": False,
    },
)


BILL = {
    "monthly": {"low": 400.0, "expected": 500.0, "high": 900.0},
    "complete": True,
    "shares": {"teams": {"vision": {"low": 90.0, "expected": 100.0, "high": 150.0}}},
}


def _billed(budget: dict[str, object], config: dict[str, object], **other: object) -> Resource:
    cost = {**BILL, **({"budget": {"level": "refuse", **budget}} if budget else {}), **other}
    return Resource(type=STACK, name="kubeflow-prod", inputs={"cost": cost, "config": config})


def _another(**inputs: object) -> tuple[Resources, Resources]:
    return (DATABASE,), (replace(DATABASE, inputs={**DATABASE.inputs, **inputs}),)


SHY: dict[str, tuple[Resources, Resources]] = {
    "no-default-vpc": (
        (),
        (Resource(type="aws:ec2/defaultVpc:DefaultVpc", name="its", inputs={}),),
    ),
    "buckets-are-private": ((BUCKET, BLOCK), (BUCKET,)),
    "buckets-block-all-of-it": ((BLOCK,), (replace(BLOCK, inputs={"blockPublicAcls": True}),)),
    "buckets-are-not-emptied": ((BUCKET,), (replace(BUCKET, inputs={"forceDestroy": True}),)),
    "databases-are-private": _another(publiclyAccessible=True),
    "databases-are-encrypted": _another(storageEncrypted=False),
    "databases-are-backed-up": _another(backupRetentionPeriod=0),
    "databases-are-mended": _another(autoMinorVersionUpgrade=False),
    "databases-have-a-standby": _another(multiAz=False),
    "databases-are-kept": _another(deletionProtection=False),
    "databases-leave-a-snapshot": _another(skipFinalSnapshot=True),
    "one-default-class": ((), ()),
    "bill-is-within-budget": (
        (_billed({"monthly": 500, "perTeam": 100}, {"monthly": 500}),),
        (_billed({"monthly": 499.99}, {}),),
    ),
}


def names(findings: Iterable[Finding]) -> set[str]:
    return {one.rule for one in findings}


@cache
def broken_as_it_is(stack: str) -> set[str]:
    return names(judge(declared(stack), "prod"))


def mutated(mutation: Mutation) -> Resources:
    whole = declared(mutation.stack)
    if not mutation.path and mutation.value is ...:
        return without(whole, mutation.type, mutation.name)
    return broken(whole, mutation.type, mutation.name, mutation.path, mutation.value)


@pytest.mark.parametrize("stack", [*PROD, *DEV])
def test_every_stack_of_the_repository_passes_and_nothing_in_it_cannot_be_judged(
    stack: str,
) -> None:
    environment: Environment = "prod" if stack in PROD else "dev"
    assert [str(one) for one in judge(declared(stack), environment)] == []


@pytest.mark.parametrize("release", get_args(KubeflowSettings.model_fields["release"].annotation))
def test_prod_may_have_every_component_of_every_release(release: str) -> None:
    components = [
        name for name in get_args(ComponentName) if name in release_map(release).components
    ]
    whole = declared_with("aws-prod", kubeflow={"release": release, "components": components})
    assert [str(one) for one in judge(whole, "prod")] == []


@pytest.mark.parametrize(
    "mutation", MUTATIONS, ids=[f"{number}-{one.rule}" for number, one in enumerate(MUTATIONS)]
)
def test_one_broken_property_is_found_by_its_rule(mutation: Mutation) -> None:
    before = broken_as_it_is(mutation.stack)
    found = judge(mutated(mutation), "prod")
    assert mutation.rule not in before
    assert mutation.rule in names(found)
    assert all(one.blocks != bool(BY_NAME[one.rule].setting) and not one.unknown for one in found)


def test_every_rule_is_broken_by_some_mutation() -> None:
    assert len(MUTATIONS) >= 60
    tried = {one.rule for one in MUTATIONS} | set(SHY)
    assert tried == set(BY_NAME)


@pytest.mark.parametrize("name", sorted(set(SHY) - {"one-default-class"}))
def test_rules_about_what_no_stack_makes_find_it(name: str) -> None:
    good, bad = SHY[name]
    assert judge(good, "prod", [BY_NAME[name]]) == ()
    assert names(judge(bad, "prod", [BY_NAME[name]])) == {name}


@pytest.mark.parametrize(
    ("stack", "keeps"),
    [
        (_billed({}, {}), True),
        (_billed({}, {}, complete=False), True),
        (_billed({"maxIncrease": 0}, {}, complete=False), True),  # only the program knows it
        (_billed({"monthly": 899, "scenario": "high"}, {}), False),
        (_billed({"monthly": 900, "scenario": "high"}, {}), True),
        (_billed({"perTeam": 99.99}, {}), False),
        (_billed({"monthly": 1, "level": "warn"}, {}), True),  # the program has warned
        (_billed({"monthly": 500}, {}, complete=False), False),
        (_billed({}, {"monthly": 499}), False),
        (_billed({}, {"perTeam": 149, "scenario": "high"}), False),
        (_billed({}, {"perTeam": 150, "scenario": "high"}), True),
        (_billed({"monthly": 1, "level": "warn"}, {"monthly": 499}), False),
        (_billed({}, {"monthly": 1000}, complete=False), False),
        (Resource(type=STACK, name="other", inputs={"config": {"monthly": 1000}}), False),
        (Resource(type=STACK, name="other", inputs={}), True),
    ],
)
@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_a_bill_is_within_its_budget_and_within_that_of_who_owns_the_pack(
    stack: Resource, keeps: bool, environment: Environment
) -> None:
    found = judge([stack], environment, [BY_NAME["bill-is-within-budget"]])
    assert [one.blocks for one in found] == ([] if keeps else [True])


def test_a_second_default_class_is_found() -> None:
    whole = declared("aws-prod")
    (default,) = (one for one in whole if one.type.endswith(":StorageClass"))
    assert judge(whole, "prod", [BY_NAME["one-default-class"]]) == ()
    second = replace(default, name="gp2")
    found = judge((*whole, second), "prod", [BY_NAME["one-default-class"]])
    assert [one.name for one in found] == ["gp3", "gp2"]


def judged_with(rule: Rule, resource: Resource, whole: Resources) -> set[str]:
    """The inputs that a rule reads of one resource of a stack."""
    asked = replace(resource, read=set())
    rule.holds(asked, Stack(whole))
    return asked.read


def without_value(resource: Resource, path: str) -> Resource:
    """A resource of which one input is not known yet, and all that is in it."""
    inputs = json.loads(json.dumps(resource.inputs))
    *above, last = path.split(".")
    holder = inputs
    for part in above:
        holder = holder.setdefault(part, {})
    holder[last] = UNKNOWN
    return replace(resource, inputs=inputs)


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_no_rule_is_silent_about_what_it_cannot_know(name: str) -> None:
    rule = BY_NAME[name]
    tried = 0
    for stack in ("aws-prod", "digitalocean-prod", "README"):
        whole = (*declared(stack), *(SHY[name][0] if name in SHY else ()))
        asked = [one.name for one in MUTATIONS if one.rule == name]
        found = list(Stack(whole).of(*rule.types))
        for resource in (
            *found[:3],
            *(one for one in found[3:] if any(fnmatch(one.name, a) for a in asked)),
        ):
            for path in sorted(judged_with(rule, resource, whole)):
                dim = without_value(resource, path)
                others = tuple(dim if one is resource else one for one in whole)
                said = [f for f in judge(others, "prod", [rule]) if f.name == dim.name]
                if not said:
                    # What is not known may do only where being there at all is what is asked.
                    assert dim.has(path)
                    assert name in PRESENCE, path
                tried += 1
    assert tried or name in ALONE


# Whether something will be there is known, though what is not.
PRESENCE = {
    "cluster-has-an-identity",
    "cluster-is-in-a-network-of-its-own",
    "nodes-have-a-template",
    "secrets-are-encrypted",
    "upgrades-have-an-hour",
}
# They ask whether another resource is there, which is always known.
ALONE = {
    "a-way-out-per-zone",
    "buckets-are-private",
    "default-group-is-ours",
    "mesh-denies-by-default",
    "no-default-vpc",
    "objects-bypass-the-nat",
    "somebody-has-access",
    "teams-have-a-namespace",
    "traffic-is-logged",
    "two-zones",
    "teams-are-apart",
}


def test_what_is_not_known_is_a_finding_of_its_own() -> None:
    rule = Rule(name="r", wants="a", types=("t",), holds=each(lambda one: one.get("a.b") == 1))
    for inputs in ({"a": UNKNOWN}, {"a": {"b": UNKNOWN}}, {"a": {"b": [{"c": UNKNOWN}]}}):
        (found,) = judge([Resource(type="t", name="one", inputs=inputs)], "prod", [rule])
        assert (found.unknown, found.blocks) == ("a.b", True)
        assert "cannot be judged, a.b is not known" in str(found)
    with pytest.raises(UnknownInputError, match=r"^a$"):
        Resource(type="t", name="one", inputs={"a": [UNKNOWN]}).get("a")


def test_in_dev_nothing_blocks_and_what_is_accepted_is_not_said() -> None:
    rule = Rule(name="r", wants="a", types=("t",), holds=lambda *_: False)
    one = [Resource(type="t", name="one", inputs={})]
    assert [found.blocks for found in judge(one, "dev", [rule])] == [False]
    assert judge(one, "dev", [replace(rule, accepted={"dev": "cheap"})]) == ()


def test_a_finding_says_where_to_look_and_never_what_stands_there() -> None:
    secret = Resource(type="a:b:T", name="one", inputs={"password": "canary"})
    rule = Rule(
        name="r", wants="more", types=("a:b:T",), holds=each(lambda r: not r.get("password"))
    )
    found = judge([secret], "prod", [rule])
    assert str(found[0]) == "r: T one: more (look at password)"
    assert "canary" not in repr(found)
    assert told(found).splitlines()[0] == f"{len(RULES)} policies, 1 broken"


def test_all_policies_over_a_whole_stack_take_less_than_three_seconds() -> None:
    whole = declared("aws-prod")
    begun = time.monotonic()
    judge(whole, "prod")
    assert time.monotonic() - begun < 3


def test_the_packs_configuration_for_dev_is_what_the_rules_accept(project_root: Path) -> None:
    accepted = {rule.name: "disabled" for rule in RULES if "dev" in rule.accepted}
    said = json.loads((project_root / "policies" / "dev.json").read_text())
    asked_for = {rule.name: "mandatory" for rule in RULES if rule.is_asked_for}
    assert said == {"all": "advisory", **accepted, **asked_for}


def test_what_an_owner_decides_by_a_setting_is_said_and_never_blocks() -> None:
    rule = Rule(name="r", wants="a", types=("t",), holds=lambda *_: False, setting="some.setting")
    (found,) = judge([Resource(type="t", name="one", inputs={})], "prod", [rule])
    assert not found.blocks
    assert str(found) == "r: t one: a, unless some.setting says otherwise"


def test_such_settings_there_are(project_root: Path) -> None:
    said = json.loads((project_root / "stacks" / "settings.schema.json").read_text())
    keys = set(re.findall(r'"(\w+)": \{', json.dumps(said)))
    named = {rule.setting for rule in RULES if rule.setting}
    assert len(named) >= 6
    assert {part for setting in named for part in setting.split(".")} <= keys


def test_nothing_is_accepted_in_prod() -> None:
    assert [rule.name for rule in RULES if "prod" in rule.accepted] == []
