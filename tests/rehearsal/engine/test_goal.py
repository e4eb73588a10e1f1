"""What is shown of a goal hides every secret, in its own place, and nothing beside it."""

from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime import rpc
from pulumi.runtime.proto import resource_pb2

from rehearsal.engine.goal import COMPUTED, SECRET, SECRET_MARK, SIGNATURE, Goal, goal_of


def goal(inputs: dict[str, Any]) -> Goal:
    """What a registration with these inputs, as they are on the wire, becomes."""
    wire = struct_pb2.Struct()
    wire.update(inputs)
    return goal_of(resource_pb2.RegisterResourceRequest(type="a:b:C", object=wire), "urn")


def secret(value: Any) -> dict[str, Any]:
    return {SIGNATURE: SECRET_MARK, "value": value}


def test_a_secret_and_an_unknown_are_hidden_where_they_are() -> None:
    inputs = {
        "spec": {"replicas": 2, "args": ["--plain", secret("hidden"), rpc.UNKNOWN]},
        "stringData": {"user": "me", "password": secret("hidden"), "key": secret(rpc.UNKNOWN)},
        "kubeconfig": secret({"token": "hidden"}),
    }
    found = goal(inputs)
    assert found.shown_inputs == {
        "spec": {"replicas": 2, "args": ["--plain", SECRET, COMPUTED]},
        "stringData": {"user": "me", "password": SECRET, "key": SECRET},
        "kubeconfig": SECRET,
    }
    assert "hidden" not in str(found.shown_inputs)


def test_the_state_encrypts_all_of_a_property_with_a_secret_in_it() -> None:
    found = goal({"stringData": {"user": "me", "password": secret("hidden")}})
    assert found.secrets == {"stringData"}
    assert found.inputs == {"stringData": {"user": "me", "password": "hidden"}}
