"""Every patch of the platform, in the order they are applied."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from components.platform.credentials import Credentials, Text
from components.platform.existing import without_control_planes
from components.platform.ingress import Ingress
from components.platform.patches.alerts import alert_additions
from components.platform.patches.autoscaler import autoscaler_patches
from components.platform.patches.autoscaling import autoscaling_patches
from components.platform.patches.availability import availability_patches
from components.platform.patches.credentials import credential_patches
from components.platform.patches.dashboard import dashboard_patches
from components.platform.patches.database import database_patches, database_removals
from components.platform.patches.entry import entry_patches
from components.platform.patches.floors import floor_patches
from components.platform.patches.gateway import gateway_patches
from components.platform.patches.gpus import gpu_patches
from components.platform.patches.grafana import dashboard_additions, grafana_patches
from components.platform.patches.holes import refuse_open_holes
from components.platform.patches.load_balancer import load_balancer_patches
from components.platform.patches.login import login_patches
from components.platform.patches.mesh import mesh_patches
from components.platform.patches.model import Entry, apply_patches
from components.platform.patches.models_domain import models_domain_patches
from components.platform.patches.monitoring import monitoring_patches
from components.platform.patches.notebooks import notebook_patches
from components.platform.patches.objectstore import object_store_patches, object_store_removals
from components.platform.patches.priority import priority_patches
from components.platform.patches.receivers import receiver_patches
from components.platform.patches.requests import request_patches
from components.platform.patches.roles import role_patches
from components.platform.patches.serving import serving_patches
from components.platform.patches.storage import storage_patches
from components.platform.patches.tags import tag_patches
from components.platform.patches.targets import GATEWAYS_COMPONENT, THE_GATEWAY, target_patches
from components.platform.patches.tls import tls_additions
from components.platform.patches.users import user_patches
from components.platform.stores import Stores, with_stores
from dashboards.boards import Shown, dashboards
from plan.clouds import LoadBalancerPlan
from plan.model import KserveMode, Pool, UserPatch
from plan.monitoring import MonitoringPlan, Watched
from upstream.model import Obj


@dataclass(frozen=True, kw_only=True)
class PatchArgs:
    """What the patches put in place of upstream's defaults; `components` are those installed,
    `existing` those that the cluster has itself, `own` the changes of the stack's owner,
    `node_ports` those of the gateway that a load balancer leads to.
    """

    components: Collection[str]
    existing: Collection[str]
    kserve_mode: KserveMode
    own: tuple[UserPatch, ...]
    credentials: Credentials
    stores: Stores
    ingress: Ingress | None
    admin_email: str
    storage_class: str
    node_ports: Mapping[str, int]
    load_balancer: LoadBalancerPlan | None
    is_highly_available: bool
    pools: tuple[Pool, ...]
    idle_notebook_minutes: int | None
    monitoring: MonitoringPlan | None
    alert_secrets: Mapping[str, Text]
    watched: Watched


def platform_patches(args: PatchArgs) -> tuple[Entry, ...]:
    """Ours; `apply_patches` leaves out those of components that are not installed."""
    return (
        *credential_patches(with_stores(args.credentials, args.stores), args.admin_email),
        *dashboard_patches(args.components),
        *serving_patches(args.kserve_mode),
        *tag_patches(),
        *mesh_patches(),
        *role_patches(),
        # Before the ingress, which changes every route there is.
        *(_monitoring(args, args.monitoring) if args.monitoring else ()),
        *(ingress_patches(args.ingress) if args.ingress else ()),
        *notebook_patches(args.pools, args.idle_notebook_minutes),
        *storage_patches(args.storage_class),
        *(entry_patches(args.node_ports) if args.node_ports else ()),
        *(load_balancer_patches(args.load_balancer) if args.load_balancer else ()),
        *request_patches(),
        *priority_patches(),
        *autoscaling_patches(),
        *floor_patches(),
        *(availability_patches() if args.is_highly_available else ()),
        *(object_store_patches(args.stores.objects) if args.stores.objects else ()),
        *(database_patches(args.stores.database) if args.stores.database else ()),
        # Last, so that the others need not know what stores elsewhere take the place of.
        *(object_store_removals() if args.stores.objects else ()),
        *(database_removals() if args.stores.database else ()),
    )


def _monitoring(args: PatchArgs, plan: MonitoringPlan) -> tuple[Entry, ...]:
    """Of a Prometheus and a Grafana that are the cluster's there is nothing to patch."""
    watched = (
        *target_patches(plan),
        *gpu_patches(args.pools, plan),
        *(autoscaler_patches(plan) if args.watched.has_autoscaler else ()),
        *alert_additions(plan),
    )
    own = dashboards(
        Shown(
            components=args.components,
            has_gpus=any(pool.allocatable.gpus for pool in args.pools),
            watched=args.watched,
        )
    )
    if plan.mode == "existing":
        shown = dashboard_additions(own, THE_GATEWAY, GATEWAYS_COMPONENT, plan.namespace)
        return (*shown, *watched)
    sized = monitoring_patches(
        plan, args.storage_class, is_highly_available=args.is_highly_available
    )
    password = args.credentials.grafana_password
    return (
        *sized,
        *grafana_patches(password, args.admin_email, args.ingress, own),
        *watched,
        *receiver_patches(plan.receivers, args.alert_secrets),
    )


def ingress_patches(ingress: Ingress) -> tuple[Entry, ...]:
    """All that a domain changes."""
    tls = ingress.plan.tls
    return (
        *login_patches(ingress),
        *gateway_patches(ingress.plan),
        *models_domain_patches(ingress.plan.serving),
        *(tls_additions(ingress, tls) if tls else ()),
    )


def platform_objects(rendered: Iterable[Obj], args: PatchArgs) -> tuple[Obj, ...]:
    """Upstream's objects and those that only the settings ask for, all patched; not those that the
    cluster has itself. The owner's patches come last: theirs is the last word.

    Raises `PatchMissedError` for patches without effect, `OpenHoleError` for those that go too far.
    """
    platform = apply_patches(rendered, platform_patches(args))
    declared = without_control_planes(platform, args.existing)
    patched = apply_patches(declared, user_patches(args.own))
    refuse_open_holes(patched)
    return patched
