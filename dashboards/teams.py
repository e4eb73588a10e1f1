"""What each team was granted, what it uses of that, and what it has forgotten.

A team is a namespace that the profile controller labelled; kube-state-metrics shows that label, and
the one of notebooks, since monitoring.py asks it to.
"""

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.panels import SHARE, board, chart, figure, listed

TEAMS = 'kube_namespace_labels{label_app_kubernetes_io_part_of="kubeflow-profile"}'
NOTEBOOKS = 'kube_pod_labels{label_notebook_name!=""}'
QUOTA = 'resourcequota="kf-resource-quota"'
USED = "max by (namespace, resource) (kube_resourcequota{" + QUOTA + ', type="used"})'
GRANTED = "max by (namespace, resource) (kube_resourcequota{" + QUOTA + ', type="hard"} > 0)'
CPU = 'rate(container_cpu_usage_seconds_total{container!="", image!=""}[%s])'
IDLE_CORES = 0.01  # a Jupyter server that nobody uses takes less
IDLE = f"sum by (namespace, pod) ({CPU % '1h'}) < {IDLE_CORES} and on (namespace, pod) {NOTEBOOKS}"


def teams() -> Dashboard:
    """Quota used and granted, cores and memory asked for and used, notebooks, volumes."""
    return board(
        "teams",
        "teams",
        "Teams and their quotas.",
        [
            figure("Teams", "Namespaces of profiles.", f"count({TEAMS}) or vector(0)"),
            figure(
                "Notebooks that run",
                "Of all teams.",
                f"count({NOTEBOOKS}) or vector(0)",
            ),
            figure(
                "Notebooks that are idle",
                f"Less than {IDLE_CORES} cores for an hour.",
                f"count({IDLE}) or vector(0)",
            ),
            figure(
                "Quotas nearly used up",
                "Single values of which 90 % are used.",
                f"count({USED} / {GRANTED} >= 0.9) or vector(0)",
            ),
            listed(
                "Quota",
                "What is used and what was granted: cores, bytes or pieces.",
                (USED, "used"),
                (GRANTED, "granted"),
            ),
            chart(
                "Quota used",
                "Of what was granted.",
                (f"{USED} / {GRANTED}", "{{namespace}} {{resource}}"),
                unit=SHARE,
            ),
            chart(
                "Cores",
                "Asked for, and really used.",
                (_asked("cpu"), "{{namespace}} asked for"),
                (
                    f"sum by (namespace) ({CPU % '5m'} and on (namespace) {TEAMS})",
                    "{{namespace}} uses",
                ),
            ),
            chart(
                "Memory",
                "Asked for, and really used.",
                (_asked("memory"), "{{namespace}} asked for"),
                (
                    "sum by (namespace) (container_memory_working_set_bytes"
                    f'{{container!="", image!=""}} and on (namespace) {TEAMS})',
                    "{{namespace}} uses",
                ),
                unit="bytes",
            ),
            listed(
                "Idle notebooks",
                "Cores, over an hour; `kubeflow.notebooks.stopIdleAfterMinutes` stops them.",
                (IDLE, "cores"),
            ),
            chart(
                "Notebooks",
                "That run, by team.",
                (f"count by (namespace) ({NOTEBOOKS})", "{{namespace}}"),
            ),
            chart(
                "Volumes",
                "How large the claims of each team are.",
                (
                    "sum by (namespace) (kube_persistentvolumeclaim_resource_requests_storage_bytes"
                    f" and on (namespace) {TEAMS})",
                    "{{namespace}}",
                ),
                unit="bytes",
            ),
        ],
    )


def _asked(resource: str) -> str:
    return (
        f'sum by (namespace) (kube_pod_container_resource_requests{{resource="{resource}"}}'
        f" and on (namespace) {TEAMS})"
    )
