"""The program where there are no manifests: a stack's cluster, and what its lock file prices."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pulumi

from components.cluster.choice import build_cluster
from components.objects import KubernetesObject
from cost.planned import bill_of
from cost.report import as_text
from plan.build import make_plan
from plan.lock import locked_components
from plan.model import Plan
from records.plain import plain_records
from records.record import Records
from settings.load import load_secrets, load_settings
from upstream.model import Obj
from upstream.render import as_object

GATEWAY = {"name": "istio-ingressgateway", "namespace": "istio-system"}


def priced_objects(plan: Plan) -> tuple[Obj, ...]:
    """The volume claims of the lock file, and the Service that asks for a load balancer."""
    claims = tuple(
        _claim(name, size, plan.cluster.storage_class)
        for row in locked_components(plan.kubeflow).values()
        for name, size in row.claims.items()
    )
    balancer = plan.load_balancer
    return claims if balancer is None else (*claims, _service(dict(balancer.annotations)))


def _claim(place: str, size: str, storage_class: str) -> Obj:
    namespace, _, name = place.partition("/")
    spec = {"resources": {"requests": {"storage": size}}, "storageClassName": storage_class}
    return _object("PersistentVolumeClaim", {"name": name, "namespace": namespace}, spec)


def _service(annotations: dict[str, str]) -> Obj:
    return _object("Service", {**GATEWAY, "annotations": annotations}, {"type": "LoadBalancer"})


def _object(kind: str, metadata: Mapping[str, Any], spec: Mapping[str, Any]) -> Obj:
    body = {"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": spec}
    return as_object(body, "priced")


def main() -> None:
    """Register what costs money, and tell the bill."""
    plan = make_plan(load_settings(), pulumi.get_stack())
    records = Records()
    pulumi.runtime.register_stack_transformation(records.note)
    secrets = load_secrets({}, (), datetime.now(UTC))
    cluster = build_cluster("cluster", plan, secrets.kubeconfig)
    for obj in priced_objects(plan):
        opts = pulumi.ResourceOptions(provider=cluster.provider)
        KubernetesObject(obj, {}, plan.labels, opts)
    pulumi.log.info(as_text(bill_of(plain_records(records), plan, date.today())))


if __name__ == "__main__":
    main()
