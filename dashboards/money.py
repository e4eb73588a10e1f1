"""What the cluster costs just now, by pool and by team, beside what the bill expects.

The rules behind it are those of components/platform/money.py: prices are the bill's, nodes those
that are there.
"""

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.panels import SHARE, board, chart, figure, listed

DOLLARS = "currencyUSD"
MONTH_HOURS = 730  # as the bill counts
PACE = f"avg_over_time(stack:now:usd_per_hour[6h]) * {MONTH_HOURS}"
IDLE = "sum(pool:now:usd_per_hour) - sum(team:now:usd_per_hour)"
# DCGM calls a node by its Hostname, which is the node's name: the exporter is told so.
IDLE_GPUS = """sum by (exported_namespace) (
  (avg_over_time(DCGM_FI_DEV_GPU_UTIL{exported_pod!=""}[1h]) < bool 5)
    * on (Hostname) group_left ()
  label_replace(
    node:now:usd_per_hour
      / on (node) group_left () (kube_node_status_allocatable{resource="nvidia_com_gpu"} > 0),
    "Hostname", "$1", "node", "(.+)"
  )
)"""


def money(*, has_budget: bool, has_gpus: bool) -> Dashboard:
    """Dollars an hour and a month; the budget only where there is one."""
    budget = figure(
        "Budget at this pace",
        "Of `budget.monthly`, as much as six hours like the last ones would use in a month.",
        f"{PACE} / on () stack:budget:usd_per_month",
        SHARE,
    )
    idle_gpus = chart(
        "GPUs had and idle",
        "Dollars an hour of GPUs that a pod has and that were less than 5 % busy for an hour.",
        (IDLE_GPUS, "{{exported_namespace}}"),
        unit=DOLLARS,
    )
    return board(
        "money",
        "money",
        "Dollars, at the prices of the last deployment; usage like traffic is guessed.",
        [
            figure("Dollars an hour", "Just now.", "stack:now:usd_per_hour", DOLLARS),
            figure("A month at this pace", "Of the last six hours.", PACE, DOLLARS),
            figure(
                "A month by the bill",
                "As the preview expected it.",
                f"stack:estimate:usd_per_hour * {MONTH_HOURS}",
                DOLLARS,
            ),
            *([budget] if has_budget else []),
            chart(
                "By pool",
                "Dollars an hour of the nodes that are there.",
                ("pool:now:usd_per_hour", "{{pool}}"),
                ("stack:rest:usd_per_hour", "no node: control plane, network, volumes"),
                unit=DOLLARS,
            ),
            chart(
                "Nodes",
                "That are there, by pool.",
                ("count by (pool) (node:now:usd_per_hour)", "{{pool}}"),
            ),
            chart(
                "By team",
                "Dollars an hour: each namespace's part of its nodes, by what its pods ask for.",
                ("team:now:usd_per_hour", "{{namespace}}"),
                unit=DOLLARS,
            ),
            chart(
                "Nobody's",
                "Dollars an hour of nodes that no pod asks for.",
                (IDLE, "idle"),
                unit=DOLLARS,
            ),
            listed(
                "Teams a month",
                "At this hour's pace; `by quota` is the share that the bill gives to it.",
                (f"team:now:usd_per_hour * {MONTH_HOURS}", "now"),
                (f"team:estimate:usd_per_hour * {MONTH_HOURS}", "by quota"),
                unit=DOLLARS,
            ),
            *([idle_gpus] if has_gpus else []),
        ],
    )
