"""What gets noted of a resource is what it asks for."""

from typing import Any

import pulumi

from components.objects import KubernetesObject
from records.record import Records
from upstream.model import Obj

SPEC = {"replicas": 2}


def test_a_spec_that_waits_for_its_kind_is_noted_as_it_is_written(deploy: Any) -> None:
    records = Records()
    obj = Obj(
        api_version="monitoring.coreos.com/v1",
        kind="Prometheus",
        namespace="monitoring",
        name="k8s",
        body={"metadata": {"name": "k8s", "namespace": "monitoring"}, "spec": SPEC},
        component="monitoring",
    )

    def program() -> None:
        pulumi.runtime.register_stack_transformation(records.note)
        known = pulumi.Output.from_input("established")
        KubernetesObject(obj, {}, {}, pulumi.ResourceOptions(), known)

    deploy(program)
    (noted,) = [one for one in records if one.type.endswith(":Prometheus")]
    assert noted.inputs["spec"] == SPEC
