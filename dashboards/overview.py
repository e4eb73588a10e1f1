"""Whether the platform as a whole does what it is there for."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.panels import SHARE, board, chart, figure

THROUGH_THE_GATEWAY = '{reporter="source", source_workload="istio-ingressgateway"}'
PROMISED = "Of what the nodes offer, how much their pods have asked for."


def overview() -> Dashboard:
    """Pods, promises to them, requests through the gateway, volumes, quotas."""
    return board(
        "overview",
        "overview",
        "The platform as a whole.",
        [
            figure(
                "Pods that wait for a node",
                "Pods that no node has room for, or whose volume is not there.",
                'sum(kube_pod_status_phase{phase="Pending"})',
            ),
            figure(
                "Programs that nobody reads",
                "Targets of Prometheus that do not answer.",
                "count(up == 0) or vector(0)",
            ),
            figure("CPU promised", PROMISED, _promised("cpu"), SHARE),
            figure("Memory promised", PROMISED, _promised("memory"), SHARE),
            chart(
                "Requests through the gateway",
                "By what they were answered with.",
                (
                    f"sum by (response_code) (rate(istio_requests_total{THROUGH_THE_GATEWAY}[5m]))",
                    "{{response_code}}",
                ),
                unit="reqps",
            ),
            chart(
                "How long a page takes, 95th percentile",
                "From the gateway to what is behind it, and back.",
                (
                    "histogram_quantile(0.95, sum by (le, destination_workload) "
                    f"(rate(istio_request_duration_milliseconds_bucket{THROUGH_THE_GATEWAY}[5m])))",
                    "{{destination_workload}}",
                ),
                unit="ms",
            ),
            chart(
                "Memory by namespace",
                "What containers really use.",
                (
                    "sum by (namespace) "
                    '(container_memory_working_set_bytes{container!="", image!=""})',
                    "{{namespace}}",
                ),
                unit="bytes",
            ),
            chart(
                "Volumes nearly full",
                "How much of each claim is used.",
                (
                    "max by (namespace, persistentvolumeclaim) "
                    "(kubelet_volume_stats_used_bytes / kubelet_volume_stats_capacity_bytes)",
                    "{{namespace}}/{{persistentvolumeclaim}}",
                ),
                unit=SHARE,
            ),
        ],
    )


def _promised(resource: str) -> str:
    return (
        f'sum(kube_pod_container_resource_requests{{resource="{resource}"}})'
        f' / sum(kube_node_status_allocatable{{resource="{resource}"}})'
    )
