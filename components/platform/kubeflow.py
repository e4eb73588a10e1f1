"""Kubeflow: every object of a release, in the order its manifests imply, with its gates."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter

import pulumi

from components.cluster.handle import ClusterHandle
from components.objects import BalancedService, KubernetesObject
from components.platform.authority import Authority, AuthorityArgs
from components.platform.control_planes import ControlPlanes, ControlPlanesArgs
from components.platform.crds import Crds, CrdsArgs
from components.platform.credentials import GeneratedCredentials, Text
from components.platform.existing import own_crds, wanted_control_planes
from components.platform.ingress import Ingress
from components.platform.patches.load_balancer import ENTRY
from components.platform.patches.table import PatchArgs, platform_objects
from components.platform.patches.tls import GATEWAY_CERTIFICATE, HOME
from components.platform.registry import with_registry
from components.platform.release_mark import release_mark
from components.platform.rollout import with_rollout
from components.platform.stores import Stores
from components.platform.webhook_probe import WebhookProbe, WebhookProbeArgs
from kube.ready import SKIP_AWAIT, WAIT_FOR
from plan.lock import claim_namespaces
from plan.model import KserveMode, UserPatch
from plan.monitoring import MonitoringPlan, Watched
from upstream.admission import backend_services
from upstream.crds import CRD_KIND
from upstream.gates import gates, skips_await
from upstream.inventory import take_inventory
from upstream.model import CrdRef, Key, Obj, Release
from upstream.order import order
from upstream.probes import Probe, find_probes, with_probes

CLAIM = "PersistentVolumeClaim"
NAMESPACE = "Namespace"


@dataclass(frozen=True, kw_only=True)
class KubeflowArgs:
    """Which release goes where, who may log in first, and whether a node may fail."""

    release: Release
    cluster: ClusterHandle
    labels: Mapping[str, str]
    admin_email: str
    existing: tuple[str, ...]
    kserve_mode: KserveMode
    patches: tuple[UserPatch, ...]
    stores: Stores
    ingress: Ingress | None
    keeps_crds: bool
    keeps_volumes: bool
    registry_mirror: str | None
    registry_credentials: pulumi.Output[str] | None
    is_highly_available: bool
    idle_notebook_minutes: int | None  # None: notebooks run until somebody stops them
    monitoring: MonitoringPlan | None
    alert_secrets: Mapping[str, pulumi.Output[str]]
    watched: Watched


class Part(pulumi.ComponentResource):
    """One component of a release: the parent its objects are counted under."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions) -> None:
        super().__init__("kubeflow:platform:Part", name, None, opts)


class Kubeflow(pulumi.ComponentResource):
    """A release on a cluster. Nothing is applied before what judges or feeds it answers."""

    admin_password: Text
    ca_certificate: pulumi.Output[str] | None  # None where others have signed
    crds: Mapping[str, tuple[str, ...]]  # whose objects users make, by component
    address: pulumi.Output[str] | None  # of the load balancer that Kubernetes asked for
    ready: pulumi.Resource  # there when all of it is
    last: tuple[pulumi.Resource, ...]  # all that nothing else of it depends on

    def __init__(
        self, name: str, args: KubeflowArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("kubeflow:platform:Kubeflow", name, None, opts)
        own = pulumi.ResourceOptions(parent=self)
        generated = GeneratedCredentials("credentials", own)
        credentials = generated.credentials
        patched = platform_objects(
            args.release.objects,
            PatchArgs(
                components=tuple(args.release.components),
                existing=args.existing,
                kserve_mode=args.kserve_mode,
                own=args.patches,
                credentials=credentials,
                stores=args.stores,
                ingress=args.ingress,
                admin_email=args.admin_email,
                storage_class=args.cluster.storage_class,
                node_ports=args.cluster.entry.node_ports if args.cluster.entry else {},
                load_balancer=args.cluster.load_balancer,
                is_highly_available=args.is_highly_available,
                pools=args.cluster.pools,
                idle_notebook_minutes=args.idle_notebook_minutes,
                monitoring=args.monitoring,
                alert_secrets=args.alert_secrets,
                watched=args.watched,
            ),
        )
        objs = with_registry(patched, args.registry_mirror, args.registry_credentials)
        crds = own_crds(args.release.crds, args.existing)
        all_crds = tuple(ref for refs in crds.values() for ref in refs)
        ordered = order(objs, all_crds)
        probes = {probe.key: probe for probe in find_probes(objs, all_crds, ordered)}
        edges = with_probes(ordered, probes.values())
        backends = backend_services(take_inventory(objs, all_crds))
        by_key = {obj.key: obj for obj in objs}

        gate = ControlPlanes(
            "control-planes",
            ControlPlanesArgs(
                kubeconfig=args.cluster.kubeconfig,
                wanted=wanted_control_planes(args.release.name, objs, args.existing),
                labels=args.labels,
            ),
            pulumi.ResourceOptions(parent=self, depends_on=list(args.cluster.ready)),
        )
        on_cluster = pulumi.ResourceOptions(
            provider=args.cluster.provider, depends_on=[*args.cluster.ready, gate]
        )
        parts = {component: Part(component, own) for component in args.release.components}
        kept = claim_namespaces(args.release.name) if args.keeps_volumes else frozenset()
        made = _crds(args, crds, parts, on_cluster)
        for key in TopologicalSorter(edges).static_order():
            if key in probes:
                needs = _apart(made, edges[key])
                made[key] = _probe(probes[key], args.cluster.kubeconfig, needs, own)
                continue
            if key not in by_key:
                continue  # a CRD: made above
            read = (by_key[need] for need in sorted(edges[key]) if need in by_key)
            obj = with_rollout(by_key[key], read, generated.checksum_key)
            registered = BalancedService if key == ENTRY else KubernetesObject
            made[key] = registered(
                obj,
                annotations(obj, backends),
                args.labels,
                pulumi.ResourceOptions.merge(
                    on_cluster,
                    pulumi.ResourceOptions(
                        parent=parts[obj.component],
                        depends_on=_apart(made, edges[key]),
                        retain_on_delete=is_kept(obj, kept),
                    ),
                ),
                established(made, edges[key], obj),
            )
        authority = _authority(args, made, own)
        entry = made.get(ENTRY)
        self.address = entry.address if isinstance(entry, BalancedService) else None
        lead_to = args.cluster.lead_to
        records = lead_to(self.address) if lead_to and self.address else ()
        needed = frozenset[Key]().union(*edges.values())
        last = _apart(made, made.keys() - needed)
        mark = release_mark(args.release.name)
        marked = KubernetesObject(
            mark,
            {},
            args.labels,
            pulumi.ResourceOptions.merge(
                on_cluster,
                pulumi.ResourceOptions(parent=parts[mark.component], depends_on=last),
            ),
        )
        self.crds = {one: tuple(ref.name for ref in refs) for one, refs in crds.items() if refs}
        self.ready = marked
        self.last = (generated, marked, *([authority] if authority else []), *records)
        self.admin_password = credentials.admin_password
        self.ca_certificate = authority.certificate if authority else None
        self.register_outputs({})


def _crds(
    args: KubeflowArgs,
    own: Mapping[str, tuple[CrdRef, ...]],
    parts: Mapping[str, Part],
    on_cluster: pulumi.ResourceOptions,
) -> dict[Key, pulumi.Resource]:
    """Every CRD's key, told by the one resource of its component that applies it."""
    made: dict[Key, pulumi.Resource] = {}
    for component, refs in own.items():
        if not refs:
            continue
        crds = Crds(
            f"{component}-crds",
            CrdsArgs(
                kubeconfig=args.cluster.kubeconfig,
                digests={ref.name: ref.digest for ref in refs},
                labels=args.labels,
                keeps_on_delete=args.keeps_crds,
            ),
            pulumi.ResourceOptions(parent=parts[component], depends_on=on_cluster.depends_on),
        )
        made.update({ref.key: crds for ref in refs})
    return made


def established(
    made: Mapping[Key, pulumi.Resource], needs: Iterable[Key], obj: Obj
) -> pulumi.Output[bool] | None:
    """Whether the CRD of a custom resource is there; None where it is no kind of ours."""
    group = obj.key.group
    kinds = (made[one] for one in needs if one.kind == CRD_KIND and one.name.endswith(f".{group}"))
    return next((one.established for one in kinds if isinstance(one, Crds)), None)


def _authority(
    args: KubeflowArgs, made: Mapping[Key, pulumi.Resource], own: pulumi.ResourceOptions
) -> Authority | None:
    """The CA's certificate, once it has signed the gateway's."""
    tls = args.ingress.plan.tls if args.ingress else None
    if tls is None or tls.mode != "selfSigned":
        return None
    signed = made[Key("cert-manager.io", "Certificate", HOME, GATEWAY_CERTIFICATE)]
    return Authority(
        "authority",
        AuthorityArgs(kubeconfig=args.cluster.kubeconfig),
        pulumi.ResourceOptions.merge(own, pulumi.ResourceOptions(depends_on=[signed])),
    )


def _apart(made: Mapping[Key, pulumi.Resource], keys: Iterable[Key]) -> list[pulumi.Resource]:
    """The resources of some objects, each once: the CRDs of a component share theirs."""
    return list({id(made[key]): made[key] for key in sorted(keys)}.values())


def _probe(
    probe: Probe,
    kubeconfig: pulumi.Input[str],
    needs: list[pulumi.Resource],
    own: pulumi.ResourceOptions,
) -> pulumi.Resource:
    return WebhookProbe(
        probe.key.name,
        WebhookProbeArgs(
            kubeconfig=kubeconfig,
            webhook=f"{probe.configuration.kind} {probe.configuration.name}",
            asked=probe.asked,
            sample=dict(probe.sample),
        ),
        pulumi.ResourceOptions.merge(own, pulumi.ResourceOptions(depends_on=needs)),
    )


def is_kept(obj: Obj, namespaces: Collection[str]) -> bool:
    """Whether destroy leaves it: a claim in one of the namespaces, or the namespace itself.

    Kubernetes deletes every claim in a namespace that goes.
    """
    return (obj.kind == CLAIM and obj.namespace in namespaces) or (
        obj.kind == NAMESPACE and obj.name in namespaces
    )


def annotations(obj: Obj, backends: frozenset[Key]) -> dict[str, str]:
    """What tells the provider how long an object is waited for: its gates, or not at all."""
    if SKIP_AWAIT in obj.body["metadata"].get("annotations", {}):
        return {}
    waits = gates(obj)
    if waits:
        return {WAIT_FOR: waits[0] if len(waits) == 1 else json.dumps(waits)}
    return {SKIP_AWAIT: "true"} if skips_await(obj, backends) else {}
