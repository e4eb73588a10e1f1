"""A dynamic resource is taken down by its own provider, however far it had come."""

import base64
from typing import Any

import dill
import pytest
from pulumi import dynamic

from rehearsal.engine.dynamic_resources import CODE, DynamicResources
from rehearsal.engine.state import Built

DELETED: list[dict[str, Any]] = []


class _Provider(dynamic.ResourceProvider):
    def delete(self, _id: str, props: dict[str, Any]) -> None:
        DELETED.append(props)


def _built(inputs: dict[str, Any], outputs: dict[str, Any]) -> Built:
    return Built(
        urn="urn:pulumi:s::p::t::n",
        type="t",
        name="n",
        parent="",
        is_custom=True,
        inputs=inputs,
        outputs=outputs,
        id="n",
        version="",
        dependencies=(),
        secrets=frozenset(),
        retains_on_delete=False,
        is_finished=bool(outputs),
    )


@pytest.mark.parametrize("is_finished", [True, False])
def test_one_that_a_kill_left_unfinished_is_deleted_by_what_was_asked_for(
    is_finished: bool,
) -> None:
    DELETED.clear()
    code = base64.b64encode(dill.dumps(_Provider())).decode()
    asked = {CODE: code, "digests": {"a": "1"}}
    DynamicResources().delete(_built(asked, asked if is_finished else {}))
    assert [props["digests"] for props in DELETED] == [{"a": "1"}]
