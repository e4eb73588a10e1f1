"""What a domain makes of the platform: its objects with secrets that can be used."""

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import chain
from pathlib import Path
from typing import Any

import bcrypt
from joserfc.jwk import RSAKey

from components.platform.credentials import Credentials
from components.platform.machines import machine_tokens
from components.platform.patches.table import platform_objects
from components.platform.placeholders import placeholder_args
from components.teams.team import Outside, team_objects
from ops.offline import release_of
from plan.machines import token_rule
from rehearsal.session import open_session
from tests.e2e.conftest import linked_project
from upstream.model import Obj

DOMAIN = "ml.corp.test"
ADMIN = "ada@corp.test"
PASSWORD = "a password that this stack generated"
STRANGER = "eve@elsewhere.test"  # whom a provider knows as well
TEAM = "vision"
STACK = "domain"
CLUSTER_ISSUER = "https://kubernetes.default.svc.cluster.local"
CLUSTER_KEY = RSAKey.generate_key(2048, {"use": "sig", "kid": "of the cluster"}, auto_kid=False)


@dataclass(frozen=True, kw_only=True)
class Platform:
    """The objects of one stack."""

    objs: tuple[Obj, ...]

    def of_kind(self, kind: str, namespace: str | None = None) -> tuple[Obj, ...]:
        """All of a kind, in one namespace or everywhere."""
        return tuple(
            obj for obj in self.objs if obj.kind == kind and namespace in (None, obj.namespace)
        )

    def one(self, kind: str, namespace: str, name: str) -> Obj:
        """The one object of that name."""
        (found,) = (obj for obj in self.of_kind(kind, namespace) if obj.name == name)
        return found

    def text(self, kind: str, namespace: str, name: str, key: str) -> str:
        """An entry of a ConfigMap or a Secret, as a container reads it."""
        body = self.one(kind, namespace, name).body
        if key in body.get("stringData", {}):
            return str(body["stringData"][key])
        said = str(body["data"][key])
        return base64.b64decode(said).decode() if kind == "Secret" else said

    def environment(self, container: Mapping[str, Any], namespace: str) -> dict[str, str]:
        """The variables of a container that come from ConfigMaps and Secrets."""
        found = {}
        for source in container.get("envFrom") or ():
            secret = self.one("Secret", namespace, source["secretRef"]["name"])
            keys = {**secret.body.get("data", {}), **secret.body.get("stringData", {})}
            found.update({k: self.text("Secret", namespace, secret.name, k) for k in keys})
        kinds = {"secretKeyRef": "Secret", "configMapKeyRef": "ConfigMap"}
        for entry in container.get("env") or ():
            for way, kind in kinds.items():
                if place := (entry.get("valueFrom") or {}).get(way):
                    found[entry["name"]] = self.text(kind, namespace, place["name"], place["key"])
        return found

    def container(self, namespace: str, deployment: str) -> Mapping[str, Any]:
        """The first container of a Deployment."""
        spec = self.one("Deployment", namespace, deployment).body["spec"]["template"]["spec"]
        found: Mapping[str, Any] = spec["containers"][0]
        return found


def rendered(folder: Path, public_models: Sequence[str] = (), **ingress: Any) -> Platform:
    """The platform at the domain with the login by password, as the program would apply it.

    One team, `vision`, of the admin's.
    """
    project = linked_project(folder, STACK)
    project.configure(
        kubeflow={"components": ["pipelines", "notebooks", "kserve"]},
        ingress={
            "domain": DOMAIN,
            **ingress,
            "auth": {"adminEmail": ADMIN},
        },
        teams=[{"name": TEAM, "owner": ADMIN, "publicModels": list(public_models)}],
    )
    session = open_session(project.root, STACK)
    plan = session.plan
    args = replace(placeholder_args(plan), credentials=_credentials())
    objs = platform_objects(_loaded(session), args)
    machines = token_rule(CLUSTER_ISSUER, _keys())
    assert plan.ingress
    outside = Outside(login=plan.ingress.login, machines=machines)
    components = plan.kubeflow.components
    teams = (
        team_objects(team, components, plan.cluster.pools, plan.monitoring, outside).all
        for team in plan.teams
    )
    return Platform(objs=(*objs, machine_tokens(machines), *chain.from_iterable(teams)))


def _keys() -> str:
    return json.dumps({"keys": [CLUSTER_KEY.as_dict(private=False)]})


def _loaded(session: Any) -> Iterable[Obj]:
    return release_of(session, lambda _: None).objects


def _credentials() -> Credentials:
    made: dict[str, Any] = {one.name: f"{one.name} of this stack" for one in fields(Credentials)}
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(rounds=4)).decode()
    made |= {
        "admin_password": PASSWORD,
        "admin_password_bcrypt": hashed,
        "oidc_client_secret": "s3cretOfTheClient",
        "cookie_secret": "0123456789abcdefghijklmnopqrstuv",
    }
    return Credentials(**made)
