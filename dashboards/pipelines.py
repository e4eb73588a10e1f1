"""Whether pipelines run: Argo's workflows, and Kubeflow's API server that keeps their records.

Metrics: argo-workflows docs/metrics.md; KFP backend/src/apiserver/resource/resource_manager.go.
"""

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.panels import SHARE, board, chart, figure

ENDED = '{phase=~"Succeeded|Failed|Error"}'
BROKEN = '{phase=~"Failed|Error"}'


def pipelines() -> Dashboard:
    """Runs by team and how they end, steps that wait, and how quick the controller is."""
    return board(
        "pipelines",
        "pipelines",
        "Runs of Kubeflow Pipelines.",
        [
            figure(
                "Runs in hand",
                "Workflows that are not done: their steps may still wait.",
                'sum(argo_workflows_gauge{status="Running"})',
            ),
            figure(
                "Steps that wait",
                "Pods of steps that are on no node yet.",
                'sum(argo_workflows_pods_gauge{phase="Pending"})',
            ),
            figure(
                "Runs that failed, of a day's",
                "Of all runs that ended within 24 hours.",
                f"sum(increase(argo_workflows_total_count{BROKEN}[24h]))"
                f" / sum(increase(argo_workflows_total_count{ENDED}[24h]))",
                SHARE,
            ),
            figure(
                "Runs kept",
                "Runs that the API server has seen ending since it started.",
                "sum(resource_manager_workflow_runs_success)"
                " + (sum(resource_manager_workflow_runs_failed) or vector(0))",
            ),
            chart(
                "Runs that ended",
                "Per hour, by team and by how.",
                (
                    "sum by (exported_namespace, phase) "
                    f"(increase(argo_workflows_total_count{ENDED}[1h]))",
                    "{{exported_namespace}} {{phase}}",
                ),
            ),
            chart(
                "Runs that failed, by pipeline",
                "As the API server counts them since it started.",
                (
                    "sum by (profile, workflow) (resource_manager_workflow_runs_failed)",
                    "{{profile}} {{workflow}}",
                ),
            ),
            chart(
                "Why steps wait",
                "Pods per hour, by the reason that Kubernetes gives.",
                (
                    "sum by (exported_namespace, reason) "
                    "(increase(argo_workflows_pod_pending_count[1h]))",
                    "{{exported_namespace}} {{reason}}",
                ),
            ),
            chart(
                "How long a change waits for the controller",
                "95th percentile. It grows when there are more runs than the controller can keep "
                "up with.",
                (
                    "histogram_quantile(0.95, sum by (le, queue_name) "
                    "(rate(argo_workflows_queue_latency_bucket[5m])))",
                    "{{queue_name}}",
                ),
                unit="s",
            ),
            chart(
                "How long the controller takes for a run",
                "95th percentile of one look at one run.",
                (
                    "histogram_quantile(0.95, sum by (le) "
                    "(rate(argo_workflows_operation_duration_seconds_bucket[5m])))",
                    "one look",
                ),
                unit="s",
            ),
            chart(
                "Errors of the controller",
                "Per hour, by cause.",
                (
                    "sum by (cause) (increase(argo_workflows_error_count[1h]))",
                    "{{cause}}",
                ),
            ),
        ],
    )
