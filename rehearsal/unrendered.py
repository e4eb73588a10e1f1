"""A preview without manifests: what the plan and the release's lock file know, and what they don't.

It is shown beside the error that kept the manifests away, never in place of it: a preview that has
not seen an object must not end as one that has.
"""

from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

from plan.capacity import fit, report
from plan.components import report as report_components
from plan.lock import LockedComponent, locked_components, locked_demands
from plan.model import KubeflowPlan, Plan
from plan.overcommit import growth
from rehearsal.report import grid

LEFT_OUT = (
    "left out, because the manifests could not be had: every object and what would change in it, "
    "the order, and whether the patches find what they change"
)


def show_unrendered(plan: Plan, console: Console) -> None:
    """Cluster, components and capacity, then what is missing and how to get it."""
    components = locked_components(plan.kubeflow)
    _say(console, f"WITHOUT MANIFESTS: from the lock file of Kubeflow {plan.kubeflow.release}")
    _show_cluster(plan, console)
    _say(console, report_components(plan.kubeflow))
    _show_components(plan, components, console)
    demands = locked_demands(plan)
    capacity = fit(demands, plan.cluster.pools)
    _say(console, report(capacity))
    if not capacity.fits:
        _say(console, growth(demands, plan.cluster.pools))
    for line in missing(plan.kubeflow):
        _say(console, line)


def missing(kubeflow: KubeflowPlan) -> tuple[str, ...]:
    """What the lock file does not know of this stack, and the way to a whole preview."""
    own = (
        f"left out: {len(kubeflow.patches)} of your own kubeflow.patches, also in the capacity"
        if kubeflow.patches
        else ""
    )
    way = (
        "for a whole preview reach the manifests' own URLs, or name a mirror by the setting "
        "upstream.mirror or KUBEFLOW_MIRROR (docs/mirror.md); `up` needs the same"
    )
    return tuple(line for line in (LEFT_OUT, own, way) if line)


def _show_cluster(plan: Plan, console: Console) -> None:
    cluster = plan.cluster
    _say(
        console,
        f"cluster: {cluster.name}, {cluster.provider}, Kubernetes {cluster.kubernetes}, "
        f"zones {', '.join(cluster.zones)}",
    )
    for pool in cluster.pools:
        _say(
            console,
            f"pool {pool.name}: {pool.nodes} nodes ({pool.min_nodes} to {pool.max_nodes}) of "
            f"{' or '.join(pool.instance_types)}{', spot' if pool.is_spot else ''}",
        )


def _show_components(
    plan: Plan, components: Mapping[str, LockedComponent], console: Console
) -> None:
    table = grid("What it asks for", "component", "objects", "CRDs", "workloads", "volumes")
    for name, row in components.items():
        table.add_row(
            name,
            str(row.objects[plan.environment][plan.kubeflow.kserve_mode]),
            str(len(row.crds)),
            str(len(row.pods)),
            ", ".join(row.claims.values()),
        )
    console.print(table)


def _say(console: Console, line: str) -> None:
    console.print(Text(line), soft_wrap=True)
