"""Whether GPUs that are paid for are used, and by whom.

Metrics: NVIDIA/dcgm-exporter etc/default-counters.csv; the labels `exported_…` are of the pod that
has the GPU, for the exporter is a pod itself.
"""

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.panels import SHARE, board, chart, figure, listed

ASKED = 'kube_pod_container_resource_requests{resource="nvidia_com_gpu"}'
RUNNING = '(kube_pod_status_phase{phase="Running"} == 1)'
WAITING = '(kube_pod_status_phase{phase="Pending"} == 1)'
WHOSE = "{{exported_namespace}}/{{exported_pod}}"
HELD = 'exported_pod!=""'


def gpu() -> Dashboard:
    """GPUs by team and how busy they are, what they remember, draw and suffer."""
    return board(
        "gpu",
        "GPUs",
        "NVIDIA's, as DCGM sees them.",
        [
            figure(
                "GPUs that pods may have",
                "On nodes that are there; a pool may grow beyond them.",
                'sum(kube_node_status_allocatable{resource="nvidia_com_gpu"})',
            ),
            figure(
                "GPUs that pods have",
                "Asked for by pods that run.",
                f"sum({ASKED} and on (namespace, pod) {RUNNING}) or vector(0)",
            ),
            figure(
                "GPUs that are idle though a pod has them",
                "Less than 5 % busy for an hour.",
                f"count(avg_over_time(DCGM_FI_DEV_GPU_UTIL{{{HELD}}}[1h]) < 5) or vector(0)",
            ),
            figure(
                "How busy they are",
                "The mean of those that pods have.",
                f"avg(DCGM_FI_DEV_GPU_UTIL{{{HELD}}}) / 100",
                SHARE,
            ),
            chart(
                "GPUs by team",
                "What pods have, and what pods wait for.",
                (
                    f"sum by (namespace) ({ASKED} and on (namespace, pod) {RUNNING})",
                    "{{namespace}} has",
                ),
                (
                    f"sum by (namespace) ({ASKED} and on (namespace, pod) {WAITING})",
                    "{{namespace}} waits for",
                ),
            ),
            chart(
                "How busy each is",
                "By the pod that has it.",
                (f"DCGM_FI_DEV_GPU_UTIL{{{HELD}}} / 100", f"{WHOSE} GPU {{{{gpu}}}}"),
                unit=SHARE,
            ),
            chart(
                "Memory used",
                "Of each GPU's own.",
                (
                    f"DCGM_FI_DEV_FB_USED{{{HELD}}}"
                    f" / (DCGM_FI_DEV_FB_USED{{{HELD}}} + DCGM_FI_DEV_FB_FREE{{{HELD}}})",
                    f"{WHOSE} GPU {{{{gpu}}}}",
                ),
                unit=SHARE,
            ),
            chart(
                "Power",
                "By node.",
                ("sum by (Hostname) (DCGM_FI_DEV_POWER_USAGE)", "{{Hostname}}"),
                unit="watt",
            ),
            chart(
                "Temperature",
                "The hottest of each node.",
                ("max by (Hostname) (DCGM_FI_DEV_GPU_TEMP)", "{{Hostname}}"),
                unit="celsius",
            ),
            listed(
                "Errors of the machine",
                "The last XID that the driver told, by GPU: 0 is none; the others are in NVIDIA's "
                "XID catalogue.",
                ("max by (Hostname, gpu, modelName) (DCGM_FI_DEV_XID_ERRORS)", "XID"),
            ),
        ],
    )
