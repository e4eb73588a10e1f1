"""How models answer, revision beside revision, so that a canary can be judged.

Metrics: istio.io/docs/reference/config/metrics; Knative's are of 1.19 and newer, by OpenTelemetry.
"""

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.panels import SHARE, board, chart, figure

MODELS = 'reporter="destination", destination_workload=~".*-predictor.*"'
FAILED = f'{MODELS}, response_code=~"5.."'
REVISION = "destination_workload_namespace, destination_workload"
LEGEND = "{{destination_workload_namespace}}/{{destination_workload}}"
SINCE = "Knative only: models without it do not scale to none."


def serving() -> Dashboard:
    """All models, then each revision's traffic, errors and latency, then how Knative scales."""
    return board(
        "serving",
        "serving",
        "Models, a line per revision: a canary beside what it is to replace.",
        [
            figure(
                "Requests",
                "Of all models.",
                f"sum(rate(istio_requests_total{{{MODELS}}}[5m]))",
                "reqps",
            ),
            figure(
                "Requests that fail",
                "Of all models, those that are answered with 5xx.",
                f"(sum(rate(istio_requests_total{{{FAILED}}}[5m])) or vector(0))"
                f" / sum(rate(istio_requests_total{{{MODELS}}}[5m]))",
                SHARE,
            ),
            figure(
                "Revisions that are asked",
                "Revisions that had a request within five minutes.",
                f"count(sum by ({REVISION}) (rate(istio_requests_total{{{MODELS}}}[5m])) > 0)"
                " or vector(0)",
            ),
            figure(
                "Pods that are missing",
                "How many Knative wants beyond those that are there.",
                "sum(kn_revision_pods_desired) - sum(kn_revision_pods_count)",
            ),
            chart(
                "Share of a model's requests",
                "By revision: what the canary gets, and what is left to the other.",
                (
                    f"sum by (destination_workload_namespace, model, destination_workload) "
                    f"({_by_model(MODELS)})"
                    " / on (destination_workload_namespace, model) group_left "
                    f"sum by (destination_workload_namespace, model) ({_by_model(MODELS)})",
                    LEGEND,
                ),
                unit=SHARE,
            ),
            chart(
                "Requests by revision",
                "Answered in whichever way.",
                (f"sum by ({REVISION}) (rate(istio_requests_total{{{MODELS}}}[5m]))", LEGEND),
                unit="reqps",
            ),
            chart(
                "Errors by revision",
                "Of its requests, those that are answered with 5xx.",
                (
                    f"sum by ({REVISION}) (rate(istio_requests_total{{{FAILED}}}[5m]))"
                    f" / sum by ({REVISION}) (rate(istio_requests_total{{{MODELS}}}[5m]))",
                    LEGEND,
                ),
                unit=SHARE,
            ),
            chart(
                "How long an answer takes, 50th percentile",
                "By revision.",
                (_percentile(0.5), LEGEND),
                unit="ms",
            ),
            chart(
                "How long an answer takes, 95th percentile",
                "By revision.",
                (_percentile(0.95), LEGEND),
                unit="ms",
            ),
            chart(
                "How long an answer takes, 99th percentile",
                "By revision.",
                (_percentile(0.99), LEGEND),
                unit="ms",
            ),
            chart(
                "Pods of a revision",
                f"What Knative wants, and what is there. {SINCE}",
                (
                    "max by (k8s_namespace_name, kn_revision_name) (kn_revision_pods_desired)",
                    "{{k8s_namespace_name}}/{{kn_revision_name}} wanted",
                ),
                (
                    "max by (k8s_namespace_name, kn_revision_name) (kn_revision_pods_count)",
                    "{{k8s_namespace_name}}/{{kn_revision_name}} there",
                ),
            ),
            chart(
                "Controllers that fail",
                "KServe's, by what they look after.",
                (
                    "sum by (controller) (rate(controller_runtime_reconcile_errors_total"
                    '{namespace="kubeflow", pod=~"kserve-.*"}[10m]))',
                    "{{controller}}",
                ),
                unit="ops",
            ),
        ],
    )


def _by_model(matchers: str) -> str:
    """The rate by revision, with the name of the model: its workload up to `-predictor`."""
    return (
        f'label_replace(rate(istio_requests_total{{{matchers}}}[5m]), "model", "$1",'
        ' "destination_workload", "(.*)-predictor.*")'
    )


def _percentile(share: float) -> str:
    return (
        f"histogram_quantile({share}, sum by (le, {REVISION})"
        f" (rate(istio_request_duration_milliseconds_bucket{{{MODELS}}}[5m])))"
    )
