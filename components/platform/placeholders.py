"""What a stack's patches are made of where nothing is generated yet, and nothing secret is read."""

from collections.abc import Iterable
from dataclasses import fields

from components.platform.credentials import Credentials
from components.platform.ingress import make_ingress
from components.platform.patches.table import PatchArgs
from components.platform.stores import make_stores
from plan.model import Plan

GENERATED = "[generated"  # how every placeholder begins


def placeholder_args(plan: Plan) -> PatchArgs:
    """The stack's own, with a placeholder for each secret: the same objects, of the same size."""
    kubeflow, stores, ingress = plan.kubeflow, plan.stores, plan.ingress
    placeholders = {one.name: f"{GENERATED} {one.name}]" for one in fields(Credentials)}
    return PatchArgs(
        credentials=Credentials(**placeholders),
        stores=make_stores(
            stores, _placeholders((*stores.secrets, *stores.made_keys)), f"{GENERATED} host]"
        ),
        ingress=make_ingress(ingress, _placeholders(ingress.secrets if ingress else ())),
        admin_email=kubeflow.admin_email,
        storage_class=plan.cluster.storage_class,
        node_ports=plan.node_ports,
        load_balancer=plan.load_balancer,
        components=kubeflow.components,
        existing=kubeflow.existing,
        kserve_mode=kubeflow.kserve_mode,
        is_highly_available=plan.environment == "prod",
        own=kubeflow.patches,
        pools=plan.cluster.pools,
        idle_notebook_minutes=kubeflow.idle_notebook_minutes,
        monitoring=plan.monitoring,
        alert_secrets=_placeholders(plan.alert_secrets),
        watched=plan.watched,
    )


def _placeholders(keys: Iterable[str]) -> dict[str, str]:
    return {key: f"{GENERATED} from {key}]" for key in keys}
