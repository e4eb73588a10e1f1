"""Dynamic resources go as they came: by their own provider, on the cluster as it runs now."""

import base64
from typing import Any

import dill
import pytest
from pulumi import dynamic

from rehearsal.engine.dynamic_resources import CODE, DynamicResources
from rehearsal.errors import RehearsalError
from tests.rehearsal.engine.shapes import resource
from tests.rehearsal.engine.test_deployment import goal


class Recorder(dynamic.ResourceProvider):
    """Raises what it was asked to delete: it runs as a copy of its own, which cannot remember."""

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        raise AssertionError({key: value for key, value in props.items() if key != CODE})


class Doubter(dynamic.ResourceProvider):
    """Refuses everything."""

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> dynamic.CheckResult:
        failures = [dynamic.CheckFailure("size", why) for why in ("too big", "and too late")]
        return dynamic.CheckResult(news, failures)


def deleted(operator: DynamicResources, **fields: Any) -> dict[str, Any]:
    """What the provider was handed."""
    try:
        operator.delete(resource("crds", **fields))
    except AssertionError as said:
        found: dict[str, Any] = said.args[0]
        return found
    raise LookupError("the provider was not asked")


def props(**fields: Any) -> dict[str, Any]:
    return {CODE: base64.b64encode(dill.dumps(Recorder())).decode(), **fields}


def test_one_that_was_only_begun_is_deleted_by_its_inputs() -> None:
    begun = {"inputs": props(digests={"a": "1"}), "outputs": {}, "is_finished": False}
    assert deleted(DynamicResources(), **begun) == {"digests": {"a": "1"}}


def test_what_was_built_counts_before_what_was_asked() -> None:
    both = {"inputs": props(size=1), "outputs": props(size=2)}
    assert deleted(DynamicResources(), **both) == {"size": 2}


def test_it_is_deleted_where_the_cluster_is_now() -> None:
    known = props(kubeconfig="at the old port")
    asked = deleted(DynamicResources("at the new port"), inputs=known, outputs=known)
    assert asked == {"kubeconfig": "at the new port"}
    nowhere = deleted(DynamicResources("at the new port"), inputs=props(), outputs=props())
    assert nowhere == {}


def test_a_provider_that_refuses_is_heard_before_anything_is_planned() -> None:
    code = {CODE: base64.b64encode(dill.dumps(Doubter())).decode()}
    doubted = goal("gate", inputs={**code, "kubeconfig": "a cluster's"})
    with pytest.raises(RehearsalError, match="too big\nand too late"):
        DynamicResources("a cluster").check(doubted, None)
    DynamicResources().check(doubted, None)
    DynamicResources("a cluster").check(goal("crds", inputs=props()), None)


class Rememberer(dynamic.ResourceProvider):
    """Refuses what differs from what was asked for last."""

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> dynamic.CheckResult:
        changed = olds and olds["size"] != news["size"]
        return dynamic.CheckResult(news, [dynamic.CheckFailure("size", "no")] if changed else [])


def test_a_provider_hears_what_was_asked_for_last_also_without_a_cluster() -> None:
    code = {CODE: base64.b64encode(dill.dumps(Rememberer())).decode()}
    small = resource("guard", inputs={**code, "size": 1})
    large = goal("guard", inputs={**code, "size": 2})
    DynamicResources().check(large, None)
    with pytest.raises(RehearsalError, match="no"):
        DynamicResources().check(large, small)
