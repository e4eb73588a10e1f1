"""What the cluster costs just now, as Prometheus sees it: prices of the bill, nodes that are there.

The bill is known once everything else is declared, so these rules come after it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pulumi

from components.objects import KubernetesObject
from components.platform.patches.alerts import NAMESPACE, Alert
from components.platform.patches.targets import API_VERSION
from dashboards.money import PACE
from plan.model import POOL_LABEL
from plan.monitoring import MonitoringPlan
from upstream.model import Obj

NAME = "money"
ASKED, OFFERED = "kube_pod_container_resource_requests", "kube_node_status_allocatable"
THERE = 'max by (namespace, pod) (kube_pod_status_phase{phase=~"Pending|Running"} == 1)'
GPUS = 'sum by (node) (kube_node_status_allocatable{resource="nvidia_com_gpu"} > 0)'
SHOWN_POOL = f"label_{POOL_LABEL.replace('-', '_').replace('/', '_')}"
SIX_DIGITS = Decimal("0.000001")
BUDGET_PACE = Alert(
    name="BudgetPace",
    severity="warning",
    lasting="1h",
    expr=f"{PACE} > on () stack:budget:usd_per_month",
    summary="The stack is on the way to cost more than its budget",
    description=(
        'At the pace of the last six hours a month costs ${{ printf "%.0f" $value }}: '
        "more than budget.monthly."
    ),
)


@dataclass(frozen=True, kw_only=True)
class Prices:
    """Dollars an hour: of a node by pool, of the rest, of all that the bill expects, and of each
    team's share of it; the budget is a month's. `core` and `gib` weigh CPU against memory."""

    nodes: Mapping[str, Decimal]
    rest: Decimal
    whole: Decimal
    teams: Mapping[str, Decimal]
    budget: Decimal | None
    core: Decimal
    gib: Decimal


@dataclass(frozen=True, kw_only=True)
class MoneyArgs:
    """Which prices, for whose Prometheus, on which cluster."""

    prices: Prices
    monitoring: MonitoringPlan
    provider: pulumi.ProviderResource
    labels: Mapping[str, str]


class Money(pulumi.ComponentResource):
    """The stack's prices as recording rules, and the alert that its budget is too small."""

    last: pulumi.Resource

    def __init__(
        self, name: str, args: MoneyArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("kubeflow:platform:Money", name, None, opts)
        self.last = KubernetesObject(
            money_rules(args.prices, args.monitoring),
            {},
            args.labels,
            pulumi.ResourceOptions(parent=self, provider=args.provider),
        )
        self.register_outputs({})


def money_rules(prices: Prices, monitoring: MonitoringPlan) -> Obj:
    """The PrometheusRule."""
    alerts = [] if prices.budget is None else [BUDGET_PACE.rule()]
    rules = [*_facts(prices), *_reckoning(prices), *alerts]
    body = {
        "apiVersion": API_VERSION,
        "kind": "PrometheusRule",
        "metadata": {
            "name": NAME,
            "namespace": NAMESPACE,
            "labels": dict(monitoring.labels),
        },
        "spec": {"groups": [{"name": NAME, "rules": rules}]},
    }
    return Obj(
        api_version=API_VERSION,
        kind="PrometheusRule",
        namespace=NAMESPACE,
        name=NAME,
        body=body,
        component=NAME,
    )


def _facts(prices: Prices) -> Iterator[dict[str, Any]]:
    for pool, amount in prices.nodes.items():
        yield _fact("stack:node_price:usd_per_hour", amount, pool=pool)
    yield _fact("stack:rest:usd_per_hour", prices.rest)
    yield _fact("stack:estimate:usd_per_hour", prices.whole)
    for team, amount in prices.teams.items():
        yield _fact("team:estimate:usd_per_hour", amount, namespace=team)
    if prices.budget is not None:
        yield _fact("stack:budget:usd_per_month", prices.budget)


def _fact(name: str, amount: Decimal, **labels: str) -> dict[str, Any]:
    rule = {"record": name, "expr": f"vector({amount.quantize(SIX_DIGITS)})"}
    return {**rule, "labels": labels} if labels else rule


def _reckoning(prices: Prices) -> Iterator[dict[str, Any]]:
    """Nodes with GPUs are shared by GPUs, the others by cores and memory, as in the bill."""
    asked, offered = _weight(ASKED, prices), _weight(OFFERED, prices)
    by_weight = (
        f"sum by (namespace, node) (({asked}) * on (namespace, pod) group_left () {THERE})"
        f" / on (node) group_left () sum by (node) ({offered}) unless on (node) {GPUS}"
    )
    gpus_asked = f'{ASKED}{{resource="nvidia_com_gpu"}}'
    by_gpus = (
        f"sum by (namespace, node) ({gpus_asked} * on (namespace, pod) group_left () {THERE})"
        f" / on (node) group_left () {GPUS}"
    )
    records = {
        "node:now:usd_per_hour": (
            f'max by (node, pool) (label_replace(kube_node_labels, "pool", "$1", "{SHOWN_POOL}",'
            ' "(.+)")) * on (pool) group_left () stack:node_price:usd_per_hour'
        ),
        "pool:now:usd_per_hour": "sum by (pool) (node:now:usd_per_hour)",
        "stack:now:usd_per_hour": (
            "(sum(node:now:usd_per_hour) or vector(0)) + stack:rest:usd_per_hour"
        ),
        "team:now:usd_per_hour": (
            f"sum by (namespace) (({by_weight} or {by_gpus})"
            " * on (node) group_left () node:now:usd_per_hour)"
        ),
    }
    yield from ({"record": name, "expr": expr} for name, expr in records.items())


def _weight(metric: str, prices: Prices) -> str:
    return (
        f'{metric}{{resource="cpu"}} * {prices.core}'
        f' or {metric}{{resource="memory"}} / 2 ^ 30 * {prices.gib}'
    )
