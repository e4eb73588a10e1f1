"""What is trained and tuned, and how it ends; only of the components that are installed.

Metrics: katib pkg/controller.v1beta1; jobset pkg/metrics; training-operator pkg/common/metrics.go;
spark-operator internal/metrics, whose `app_type` is the only label.
"""

from collections.abc import Collection, Iterator

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import Dashboard, Panel

from dashboards.panels import board, chart

COMPONENTS = ("trainer", "training-operator", "katib", "spark")


def training(components: Collection[str]) -> Dashboard:
    """Jobs that run, then the panels of each of `components` that trains."""
    panels = [
        chart(
            "Pods that train",
            "Of the Jobs of teams.",
            (
                "sum by (namespace) (kube_job_status_active and on (namespace) "
                'kube_namespace_labels{label_app_kubernetes_io_part_of="kubeflow-profile"})',
                "{{namespace}}",
            ),
        ),
        *(panel for name in COMPONENTS if name in components for panel in PANELS[name]()),
    ]
    return board("training", "training", "Training, tuning and Spark.", panels)


def _trainer() -> Iterator[Builder[Panel]]:
    yield chart(
        "TrainJobs that ended",
        "Their JobSets, per hour, by name and by how.",
        ("sum by (jobset_name) (increase(jobset_completed_total[1h]))", "{{jobset_name}} done"),
        ("sum by (jobset_name) (increase(jobset_failed_total[1h]))", "{{jobset_name}} failed"),
    )
    yield chart(
        "Trainer's controllers",
        "How often each looks at something, and how often that fails.",
        (
            "sum by (controller) (rate(controller_runtime_reconcile_total"
            '{namespace="kubeflow-system"}[5m]))',
            "{{controller}}",
        ),
        (
            "sum by (controller) (rate(controller_runtime_reconcile_errors_total"
            '{namespace="kubeflow-system"}[5m]))',
            "{{controller}} fails",
        ),
        unit="ops",
    )


def _training_operator() -> Iterator[Builder[Panel]]:
    made, done, failed = (
        f"sum by (job_namespace, framework) (increase(training_operator_jobs_{one}_total[1h]))"
        for one in ("created", "successful", "failed")
    )
    whose = "{{job_namespace}} {{framework}}"
    yield chart(
        "Jobs of the training operator",
        "Per hour, by team and framework.",
        (made, f"{whose} made"),
        (done, f"{whose} done"),
        (failed, f"{whose} failed"),
    )


def _katib() -> Iterator[Builder[Panel]]:
    for what in ("experiments", "trials"):
        yield chart(
            f"Katib's {what}",
            "By team and by how they stand.",
            (
                f"sum by (exported_namespace, status) (katib_{what}_current)",
                "{{exported_namespace}} {{status}}",
            ),
        )


def _spark() -> Iterator[Builder[Panel]]:
    yield chart(
        "Spark applications",
        "Those that run, and per hour how the others ended.",
        ("sum(spark_application_running_count)", "run"),
        ("sum(increase(spark_application_success_count[1h]))", "done"),
        ("sum(increase(spark_application_failure_count[1h]))", "failed"),
    )
    yield chart(
        "Spark's executors",
        "Those that run.",
        ("sum(spark_executor_running_count)", "run"),
    )


PANELS = {
    "trainer": _trainer,
    "training-operator": _training_operator,
    "katib": _katib,
    "spark": _spark,
}
