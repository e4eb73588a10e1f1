"""What the platform itself stands on: API server, webhooks, controllers, mesh, login, certificates.

Metrics: kubernetes apiserver pkg/admission/metrics; controller-runtime pkg/internal/controller;
istio pkg/xds/monitoring.go; cert-manager pkg/metrics; oauth2-proxy pkg/middleware/metrics.go.
"""

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.panels import SHARE, board, chart, figure, listed

DAY = 86400
LEFT = (
    "min by (exported_namespace, name) "
    f"(certmanager_certificate_expiration_timestamp_seconds - time()) / {DAY}"
)


def control_plane(*, has_autoscaler: bool) -> Dashboard:
    """Whether what lets things in, judges, signs and steers does so."""
    autoscaler = [
        chart(
            "Nodes as the autoscaler counts them",
            "By how they are.",
            ("sum by (state) (cluster_autoscaler_nodes_count)", "{{state}}"),
        ),
        chart(
            "Pods that no node has room for, and nodes that did not come",
            "A node that does not come has a reason: a quota, or no spot to be had.",
            ("sum(cluster_autoscaler_unschedulable_pods_count)", "pods"),
            (
                "sum by (reason) (increase(cluster_autoscaler_failed_scale_ups_total[1h]))",
                "no node: {{reason}}",
            ),
        ),
    ]
    return board(
        "control-plane",
        "control plane and certificates",
        "What everything else needs.",
        [
            figure(
                "Pods of the gateway",
                "That are ready; with none nobody reaches the platform.",
                "sum(kube_deployment_status_replicas_available"
                '{namespace="istio-system", deployment="istio-ingressgateway"})',
            ),
            figure(
                "Certificates that are not ready",
                "Not signed, or no longer good.",
                'count(certmanager_certificate_ready_status{condition="True"} == 0) or vector(0)',
            ),
            figure(
                "Days left of the first to expire",
                "They are renewed with 30 days left.",
                f"min({LEFT})",
                "d",
            ),
            figure(
                "Webhooks that do not answer",
                "Within ten minutes.",
                "count(sum by (name) (increase(apiserver_admission_webhook_rejection_count"
                '{error_type="calling_webhook_error"}[10m])) > 0) or vector(0)',
            ),
            listed("Certificates", "Days left.", (LEFT, "days")),
            chart(
                "How long webhooks take, 95th percentile",
                "As the API server sees them.",
                (
                    "histogram_quantile(0.95, sum by (le, name) "
                    "(rate(apiserver_admission_webhook_admission_duration_seconds_bucket[5m])))",
                    "{{name}}",
                ),
                unit="s",
            ),
            chart(
                "Answers of the API server",
                "By code.",
                ("sum by (code) (rate(apiserver_request_total[5m]))", "{{code}}"),
                unit="reqps",
            ),
            chart(
                "Controllers that fail",
                "Looks at something that end in an error, by controller.",
                (
                    "sum by (namespace, controller) "
                    "(rate(controller_runtime_reconcile_errors_total[10m]))",
                    "{{namespace}} {{controller}}",
                ),
                unit="ops",
            ),
            chart(
                "How long a change of the mesh takes, 95th percentile",
                "Until every proxy has it.",
                (
                    "histogram_quantile(0.95, sum by (le) "
                    "(rate(pilot_proxy_convergence_time_bucket[5m])))",
                    "mesh",
                ),
                unit="s",
            ),
            chart(
                "Proxies",
                "Connected to istiod, and configurations that they refuse.",
                ("sum(pilot_xds)", "connected"),
                ("sum(increase(pilot_total_xds_rejects[10m])) or vector(0)", "refused"),
            ),
            chart(
                "Errors of the login",
                "Of oauth2-proxy's answers, those with 5xx.",
                (
                    '(sum(rate(oauth2_proxy_requests_total{code=~"5.."}[5m])) or vector(0))'
                    " / sum(rate(oauth2_proxy_requests_total[5m]))",
                    "oauth2-proxy",
                ),
                unit=SHARE,
            ),
            chart(
                "Requests that Dex answers",
                "By code.",
                ('sum by (code) (rate(http_requests_total{namespace="auth"}[5m]))', "{{code}}"),
                unit="reqps",
            ),
            *(autoscaler if has_autoscaler else []),
        ],
    )
