"""What is left to declare of Istio and cert-manager where the cluster has its own. Pure.

The control planes are the cluster's: Deployments, rights, webhooks, CRDs, mesh configuration. What
the platform says to them stays: gateways, policies, issuers.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from plan.control_planes import HOMES, Wanted, image_of, version_of
from upstream.advice import advice
from upstream.inventory import labels
from upstream.model import CrdRef, Key, Obj

GROUPS: Mapping[str, str] = {"istio": "istio.io", "cert-manager": "cert-manager.io"}
# Without a selector, in Istio's root namespace, these hold for every namespace of the mesh.
SELECTORS: Mapping[str, str] = {
    "AuthorizationPolicy": "selector",
    "PeerAuthentication": "selector",
    "RequestAuthentication": "selector",
    "Sidecar": "workloadSelector",
}


def without_control_planes(objs: Iterable[Obj], existing: Collection[str]) -> tuple[Obj, ...]:
    """The objects without those of the control planes that the cluster has itself.

    What upstream says to the whole mesh is said to the platform's own namespaces instead: a mesh
    that somebody else runs has other tenants, and `global-deny-all` would shut them all out.
    """
    kept = [obj for obj in objs if obj.component not in existing or _is_wish(obj)]
    if "istio" not in existing:
        return tuple(kept)
    meshed = [obj.name for obj in kept if _is_meshed(obj)]
    return tuple(one for obj in kept for one in _at_home(obj, meshed))


def own_crds(
    crds: Mapping[str, tuple[CrdRef, ...]], existing: Collection[str]
) -> dict[str, tuple[CrdRef, ...]]:
    """The CRDs by component, none for the components that the cluster has itself."""
    return {name: () if name in existing else refs for name, refs in crds.items()}


def kinds_of(component: str, objs: Iterable[Obj]) -> tuple[str, ...]:
    """The kinds of a component's API that objects are of, e.g. `cert-manager.io/v1 Issuer`."""
    group = GROUPS[component]
    return tuple(sorted({f"{o.api_version} {o.kind}" for o in objs if belongs(o.key.group, group)}))


def providers_of(objs: Iterable[Obj]) -> tuple[str, ...]:
    """The extension providers that AuthorizationPolicies leave the decision to."""
    policies = (obj.body["spec"] for obj in objs if obj.kind == "AuthorizationPolicy")
    return tuple(sorted({spec["provider"]["name"] for spec in policies if "provider" in spec}))


def wanted_control_planes(
    release: str, objs: Iterable[Obj], existing: Collection[str]
) -> tuple[Wanted, ...]:
    """What a release's objects, as declared, ask of the cluster's control planes."""
    declared = tuple(objs)
    return tuple(
        Wanted(
            component=component,
            source="existing" if component in existing else "managed",
            brings=_version(component, declared),
            at_least=allowed.at_least,
            below=allowed.below,
            kinds=kinds_of(component, declared),
            providers=providers_of(declared) if component == "istio" else (),
        )
        for component, allowed in advice(release).works_with.items()
    )


def _version(component: str, objs: Iterable[Obj]) -> str:
    """The version a component is declared in; "" where the cluster has it itself."""
    namespace, name, _ = HOMES[component]
    key = Key("apps", "Deployment", namespace, name)
    found = (version_of(image_of(obj.body)) for obj in objs if obj.key == key)
    return next((".".join(map(str, version)) for version in found if version), "")


def _is_wish(obj: Obj) -> bool:
    return belongs(obj.key.group, GROUPS[obj.component])


def belongs(group: str, to: str) -> bool:
    """Whether an API group is `to` or under it: networking.istio.io is Istio's."""
    return group == to or group.endswith(f".{to}")


def _is_meshed(obj: Obj) -> bool:
    return obj.kind == "Namespace" and labels(obj.body).get("istio-injection") == "enabled"


def _at_home(obj: Obj, meshed: Iterable[str]) -> Iterator[Obj]:
    selector = SELECTORS.get(obj.kind) if belongs(obj.key.group, GROUPS["istio"]) else None
    if obj.namespace != HOMES["istio"][0] or selector is None or selector in obj.body["spec"]:
        yield obj
        return
    for namespace in meshed:
        metadata = {**obj.body["metadata"], "namespace": namespace}
        yield replace(obj, namespace=namespace, body={**obj.body, "metadata": metadata})
