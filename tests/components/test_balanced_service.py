"""The address of a load balancer comes from the Service that asked for it."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components.objects import BalancedService, address_of
from rehearsal.engine.operator import Made
from tests.conftest import Graph
from upstream.model import Obj
from upstream.render import as_object

SERVICE: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "entry", "namespace": "istio-system"},
    "spec": {"type": "LoadBalancer"},
}


def service() -> Obj:
    return as_object(SERVICE, "istio")


def test_the_address_is_what_the_cloud_gave(
    deploy: Callable[..., Graph], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"loadBalancer": {"ingress": [{"ip": "203.0.113.9"}]}}
    monkeypatch.setattr(
        Graph,
        "declare",
        lambda self, goal: (
            self.goals.update({(goal.type, goal.name): goal})
            or Made(id=goal.name, outputs={**goal.inputs, "status": given})
        ),
    )

    def program() -> None:
        made = BalancedService(service(), {}, {}, pulumi.ResourceOptions())
        pulumi.export("address", made.address)

    graph = deploy(program)
    assert graph.outputs == {"address": "203.0.113.9"}
    assert graph["kubernetes:core/v1:Service", "istio-system/entry"].keys() == SERVICE.keys()


@pytest.mark.parametrize(
    ("status", "address"),
    [
        ({"loadBalancer": {"ingress": [{"hostname": "lb.corp.test"}]}}, "lb.corp.test"),
        ({"loadBalancer": {}}, ""),
        ({}, ""),
        (None, ""),
    ],
)
def test_a_cloud_may_give_names_or_nothing_yet(status: dict[str, Any] | None, address: str) -> None:
    assert address_of(status) == address
