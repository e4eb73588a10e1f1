"""Who may do what in a team: the objects that the dashboard's access management makes too. Pure.

Names, annotations and contents are those of kfam (`bindings.go` in kubeflow/dashboard), so that
people see members of the settings as contributors. What they add by hand stays until removed there.
"""

from collections.abc import Mapping
from typing import Any

from components.teams.objects import team_object
from plan.machines import USER_HEADER, machine_names
from plan.model import Member, Team
from plan.teams import binding_name
from upstream.model import Obj

API = "rbac.authorization.k8s.io"
# Whom a person's requests come through: with the header alone anybody could be anybody.
DOORS = (
    "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account",
    "cluster.local/ns/kubeflow/sa/ml-pipeline-ui",
)


def rights(team: Team) -> tuple[Obj, ...]:
    """The owner's binding and, for each member, a binding and the mesh's leave to reach pods."""
    return (
        _binding(team, "namespaceAdmin", Member(person=team.owner, role="admin")),
        *(_binding(team, binding_name(one.person, one.role), one) for one in team.members),
        *(_policy(team, one) for one in team.members),
    )


def programs(team: Team) -> Obj:
    """With a token of the team's account a program gets where a member gets."""
    rule: dict[str, Any] = {
        "from": [{"source": {"principals": list(DOORS)}}],
        "when": [
            {"key": f"request.headers[{USER_HEADER}]", "values": list(machine_names(team.name))}
        ],
    }
    metadata = {"name": "programs", "namespace": team.name}
    return team_object(
        "security.istio.io/v1", "AuthorizationPolicy", metadata, {"spec": {"rules": [rule]}}
    )


def _binding(team: Team, name: str, member: Member) -> Obj:
    content = {
        "roleRef": {"apiGroup": API, "kind": "ClusterRole", "name": f"kubeflow-{member.role}"},
        "subjects": [{"apiGroup": API, "kind": "User", "name": member.person}],
    }
    return team_object(f"{API}/v1", "RoleBinding", _metadata(team, name, member), content)


def _policy(team: Team, member: Member) -> Obj:
    rule: dict[str, Any] = {
        "from": [{"source": {"principals": list(DOORS)}}],
        "when": [{"key": f"request.headers[{USER_HEADER}]", "values": [member.person]}],
    }
    metadata = _metadata(team, binding_name(member.person, member.role), member)
    return team_object(
        "security.istio.io/v1", "AuthorizationPolicy", metadata, {"spec": {"rules": [rule]}}
    )


def _metadata(team: Team, name: str, member: Member) -> Mapping[str, Any]:
    noted = {"role": member.role, "user": member.person}
    return {"name": name, "namespace": team.name, "annotations": noted}
