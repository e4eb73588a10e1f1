"""`python -m bench.cost`: what recording and pricing a thousand resources adds to a run."""

import sys
from datetime import date
from time import perf_counter
from typing import Any

import pulumi

from cost.catalog import load_catalog
from cost.estimate import Terms, make_bill
from cost.model import Place
from cost.usage import USAGES
from records.plain import plain_records
from records.record import Records

Props = dict[str, Any]

RESOURCES = 1000
CLASS: Props = {"metadata": {"name": "gp3"}, "provisioner": "ebs.csi.aws.com", "parameters": {}}
POD: Props = {
    "metadata": {"name": "a", "namespace": "kubeflow", "labels": {"app": "a", "part": "b"}},
    "spec": {
        "replicas": 1,
        "template": {
            "spec": {
                "containers": [
                    {
                        "name": f"part-{number}",
                        "image": "a",
                        "env": [{"name": f"V{one}", "value": "x"} for one in range(20)],
                        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
                    }
                    for number in range(3)
                ]
            }
        },
    },
}
CLAIM: Props = {
    "metadata": {"name": "a", "namespace": "kubeflow"},
    "spec": {"storageClassName": "gp3", "resources": {"requests": {"storage": "20Gi"}}},
}
NODES: Props = {
    "instance_types": ["m5.xlarge"],
    "scaling_config": {"min_size": 1, "desired_size": 3, "max_size": 6},
    "disk_size": 100,
}


def overhead_seconds(resources: int = RESOURCES) -> float:
    """From the first registration to the bill, with the prices read anew."""
    load_catalog.cache_clear()
    declared = [_declared(number) for number in range(resources)]
    start = perf_counter()
    records = Records()
    for one in declared:
        records.note(one)
    terms = Terms(
        place=Place("aws", "us-east-1"),
        usage=USAGES["medium"],
        day=date(2026, 11, 25),
        catalog=load_catalog(),
    )
    bill = make_bill(plain_records(records), terms)
    took = perf_counter() - start
    priced = len({line.demand.resource for line in bill.lines})
    if priced < resources // 10:
        raise ValueError(f"only {priced} of {resources} resources were priced: nothing is proved")
    return took


def _declared(number: int) -> Any:
    """One in ten costs something."""
    kind, props = "kubernetes:apps/v1:Deployment", POD
    if number == 0:
        kind, props = "kubernetes:storage.k8s.io/v1:StorageClass", CLASS
    elif number % 10 == 1:
        kind, props = "kubernetes:core/v1:PersistentVolumeClaim", CLAIM
    elif number % 100 == 0:
        kind, props = "aws:eks/nodeGroup:NodeGroup", NODES
    return pulumi.ResourceTransformationArgs(
        resource=object(),  # type: ignore[arg-type]  # only told from others
        type_=kind,
        name=f"one-{number}",
        props=props,
        opts=pulumi.ResourceOptions(),
    )


if __name__ == "__main__":
    sys.stdout.write(f"{RESOURCES} resources: {overhead_seconds():.3f} s\n")
