"""Who may call the models of a team from outside. Pure.

A request to a model passes through other proxies on its way, inside the cluster too, so a header
proves nothing at its end. The token does: the gateway passes it on, and the model's own sidecar
asks for it again.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from components.teams.objects import team_object
from plan.ingress import LoginPlan
from plan.machines import machine_names
from plan.model import Team
from upstream.model import Obj

API = "security.istio.io/v1"
PARTS = ("predictor", "transformer", "explainer")  # KServe's label `component` of their pods
MODEL = "serving.kserve.io/inferenceservice"


def model_callers(team: Team, login: LoginPlan, machines: Any) -> Iterator[Obj]:
    """Each part of a model takes the team's people, and programs with a token of the team's.

    `machines` is the `jwtRules` entry of the cluster's own tokens.
    """
    people = {"issuer": login.issuer, "jwksUri": login.keys_url, "forwardOriginalToken": True}
    rules = [
        {"when": [_claim("iss", login.issuer), _claim("email", *_people(team))]},
        {"when": [_claim("sub", *machine_names(team.name))]},
    ]
    for part in PARTS:
        selected = {"selector": {"matchLabels": {"component": part}}}
        tokens = {**selected, "jwtRules": [people, machines]}
        yield _object("RequestAuthentication", team, f"{part}-tokens", tokens)
        yield _object("AuthorizationPolicy", team, f"{part}-callers", {**selected, "rules": rules})


def public_models(team: Team) -> Iterator[Obj]:
    """Whoever is let through by the gateway without a login is let in here as well."""
    for name in team.public_models:
        selected = {"selector": {"matchLabels": {MODEL: name}}}
        policy = {**selected, "action": "ALLOW", "rules": [{}]}
        yield _object("AuthorizationPolicy", team, f"public-model-{name}", policy)


def _people(team: Team) -> list[str]:
    return [team.owner, *(member.person for member in team.members)]


def _claim(name: str, *values: str) -> dict[str, Any]:
    return {"key": f"request.auth.claims[{name}]", "values": list(values)}


def _object(kind: str, team: Team, name: str, spec: Mapping[str, Any]) -> Obj:
    metadata = {"name": name, "namespace": team.name}
    return team_object(API, kind, metadata, {"spec": dict(spec)})
