"""Who may open a connection to a team's pods: the team, and what Kubeflow needs. Pure."""

from components.platform.patches.targets import proxy_callers
from components.teams.objects import team_object
from plan.model import Team
from plan.monitoring import MonitoringPlan
from upstream.model import Obj

# namespace -> why. Everything else is refused, other teams first of all.
CALLERS = {
    "istio-system": "the gateways, through which people reach notebooks and models",
    "knative-serving": "activator and autoscaler, which start models and count their requests",
    "kubeflow": "the notebook controller asks for kernels, Katib for suggestions, the UI for data",
}


def network(team: Team, monitoring: MonitoringPlan | None) -> Obj:
    """What comes in from elsewhere is refused; what goes out is not: packages, models and data are
    fetched from anywhere."""
    callers = [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}
        for name in sorted(CALLERS)
    ]
    spec = {
        "podSelector": {},
        "policyTypes": ["Ingress"],
        "ingress": [
            {"from": [{"podSelector": {}}, *callers]},
            *([proxy_callers(monitoring)] if monitoring else []),
        ],
    }
    metadata = {"name": "only-kubeflow", "namespace": team.name}
    return team_object("networking.k8s.io/v1", "NetworkPolicy", metadata, {"spec": spec})
