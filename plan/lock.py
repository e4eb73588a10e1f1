"""What a release asks for, known without its manifests: `plan/locks/`, written by `ops lock`. Pure.

The figures are those of the platform's patched objects, as the scheduler sees them. A stack's own
`kubeflow.patches` are not in them: they change objects, and here are none. Sidecars count also
where the cluster has its own Istio: it injects them too.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from plan.capacity import PodDemand
from plan.model import Environment, KserveMode, KubeflowPlan, Plan, StoresPlan
from plan.own_pods import own_demands
from upstream.documents import read_yaml

LOCKS = Path(__file__).parent / "locks"
Store = Literal["objects", "database"]


@dataclass(frozen=True, kw_only=True)
class LockedPods:
    """The pods of one workload; how many depends on the environment.

    `store` is the one that they are: where it is outside the cluster, they are not needed.
    """

    replicas: Mapping[Environment, int]
    demand: PodDemand
    store: Store | None

    def in_environment(self, environment: Environment) -> PodDemand:
        """What the scheduler counts there."""
        return PodDemand(**{**vars(self.demand), "replicas": self.replicas[environment]})


@dataclass(frozen=True, kw_only=True)
class LockedComponent:
    """What one component brings; `claims` are sizes by name, `crds` digests by name."""

    objects: Mapping[Environment, Mapping[KserveMode, int]]
    namespaces: tuple[str, ...]
    crds: Mapping[str, str]
    claims: Mapping[str, str]
    images: tuple[str, ...]
    pods: tuple[LockedPods, ...]


def read_lock(release: str) -> Mapping[str, LockedComponent]:
    """Every component of a release, in the release's order."""
    raw = read_yaml((LOCKS / f"{release}.yaml").read_text(encoding="utf-8"))
    return {name: _component(row) for name, row in raw["components"].items()}


def claim_namespaces(release: str) -> frozenset[str]:
    """Where the volume claims of a release stand.

    Of every component: one that left the stack may have left a claim there.
    """
    rows = read_lock(release).values()
    return frozenset(name.partition("/")[0] for row in rows for name in row.claims)


def locked_components(kubeflow: KubeflowPlan) -> Mapping[str, LockedComponent]:
    """Those that a stack gets."""
    known = read_lock(kubeflow.release)
    return {name: known[name] for name in kubeflow.components}


def locked_demands(plan: Plan) -> tuple[PodDemand, ...]:
    """What a stack's pods ask for, sidecars included: the same as the rendered objects say.

    Not those of the control planes that the cluster has itself, nor of stores outside it.
    """
    outside = stores_outside(plan.stores)
    return own_demands(plan) + tuple(
        pods.in_environment(plan.environment)
        for name, row in locked_components(plan.kubeflow).items()
        if name not in plan.kubeflow.existing
        for pods in row.pods
        if pods.store not in outside
    )


def stores_outside(stores: StoresPlan) -> Collection[Store]:
    """Which stores are not on the cluster."""
    places: Mapping[Store, object] = {"objects": stores.objects, "database": stores.database}
    return [store for store, place in places.items() if place is not None]


def _component(raw: Mapping[str, Any]) -> LockedComponent:
    return LockedComponent(
        objects=raw["objects"],
        namespaces=tuple(raw["namespaces"]),
        crds=raw["crds"],
        claims=raw["claims"],
        images=tuple(raw["images"]),
        pods=tuple(map(_pods, raw["pods"])),
    )


def _pods(raw: Mapping[str, Any]) -> LockedPods:
    asked = {name: value for name, value in raw.items() if name not in ("dev", "prod", "store")}
    return LockedPods(
        replicas={"dev": raw["dev"], "prod": raw["prod"]},
        demand=PodDemand(**asked, replicas=raw["dev"]),
        store=raw.get("store"),
    )
