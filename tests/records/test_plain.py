"""Records become data: keys as on the wire, what is not known yet by name."""

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws
import pulumi_kubernetes

from records.plain import UNKNOWN, plain_records
from records.record import Record, Records


def noted(deploy: Callable[[Callable[[], Any]], Any], program: Callable[[], None]) -> Any:
    records = Records()

    def body() -> None:
        pulumi.runtime.register_stack_transformation(records.note)
        program()

    deploy(body)
    return {(one.type, one.name): one.inputs for one in plain_records(records)}


def test_inputs_of_a_cloud_are_named_as_its_provider_names_them(deploy: Any) -> None:
    def program() -> None:
        key = pulumi_aws.kms.Key("key", enable_key_rotation=True)
        pulumi_aws.eks.NodeGroup(
            "general",
            cluster_name="a",
            node_role_arn=key.arn,
            subnet_ids=["a", key.id],
            scaling_config=pulumi_aws.eks.NodeGroupScalingConfigArgs(
                min_size=1, desired_size=2, max_size=3
            ),
            launch_template={"id": key.id, "version": "1"},
            tags={"kubernetes.io/role/elb": "1"},
        )

    inputs = noted(deploy, program)["aws:eks/nodeGroup:NodeGroup", "general"]
    assert inputs == {
        "clusterName": "a",
        "nodeRoleArn": UNKNOWN,
        "subnetIds": ["a", UNKNOWN],
        "scalingConfig": {"minSize": 1, "desiredSize": 2, "maxSize": 3},
        "launchTemplate": {"id": UNKNOWN, "version": "1"},
        "tags": {"kubernetes.io/role/elb": "1"},
    }


def test_kubernetes_objects_keep_every_key_as_it_is(deploy: Any) -> None:
    labels = {"a_b": "1"}
    found = noted(
        deploy,
        lambda: pulumi_kubernetes.core.v1.ConfigMap("a", metadata={"labels": labels}),
    )
    inputs = found["kubernetes:core/v1:ConfigMap", "a"]
    assert inputs["metadata"] == {"labels": labels}


def test_order_and_names_stay() -> None:
    record = Record(
        urn="urn", type="t", name="n", inputs={"a_b": None}, depends_on=(), component="c"
    )
    (plain,) = plain_records([record])
    assert (plain.name, plain.component, plain.inputs) == ("n", "c", {})
