"""Grafana at the platform's own address, behind the platform's own login. Pure.

It believes the gateway, which says who is logged in: its network policy lets nobody else in.
"""

import configparser
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from components.platform.credentials import Text
from components.platform.ingress import Ingress
from components.platform.patches.mesh import GATEWAY_LABELS
from components.platform.patches.model import (
    Addition,
    Entry,
    Json,
    Patch,
    Selector,
    with_containers,
    with_spec,
)
from components.platform.patches.monitoring import is_foreign
from plan.monitoring import COMPONENT, NAMESPACE

SOURCE = "grafana.com/docs: configure auth proxy authentication, run behind a reverse proxy"
DEPLOYMENT = Selector(kind="Deployment", namespace=NAMESPACE, name="grafana")
PATH = "/grafana/"
PORT = 3000
ROLE_HEADER = "x-grafana-role"
ADMIN_SECRET = "grafana-admin"
DEFINITIONS = "/grafana-dashboard-definitions/0"
MEMORY_LIMIT = "512Mi"


@dataclass(frozen=True, kw_only=True)
class About:
    """What a dashboard is about, and comes and goes with: an object that is there but once."""

    component: str
    selector: Selector


ABOUT = {
    "pipelines": About(
        component="pipelines",
        selector=Selector(kind="Deployment", namespace="kubeflow", name="workflow-controller"),
    ),
    "serving": About(
        component="kserve",
        selector=Selector(
            kind="Deployment", namespace="kubeflow", name="kserve-controller-manager"
        ),
    ),
}


def grafana_patches(
    password: Text, admin_email: str, ingress: Ingress | None, own: Mapping[str, str]
) -> tuple[Entry, ...]:
    """Its configuration, its route, who may reach it, and dashboards of the platform's `own`."""
    url = ingress.plan.grafana_url if ingress else f"%(protocol)s://%(domain)s{PATH}"
    return (
        Patch(
            name="grafana-login",
            component=COMPONENT,
            selector=Selector(kind="Secret", namespace=NAMESPACE, name="grafana-config"),
            why="upstream's asks for a password of its own, which is admin",
            source=SOURCE,
            change=partial(_configured, url),
        ),
        Addition(
            name="grafana-admin",
            component=COMPONENT,
            selector=DEPLOYMENT,
            why="nobody logs in with it, but without one Grafana makes it admin",
            source=SOURCE,
            make=lambda _: _secret(password),
        ),
        Patch(
            name="grafana-deployment",
            component=COMPONENT,
            selector=DEPLOYMENT,
            why="the admin's password, the platform's dashboards, and memory to draw them",
            source=SOURCE,
            change=partial(_deployed, own),
        ),
        Addition(
            name="grafana-route",
            component=COMPONENT,
            selector=DEPLOYMENT,
            why="the gateway leads to nothing that has no route",
            source=SOURCE,
            make=lambda _: _route(admin_email),
        ),
        Patch(
            name="grafana-callers",
            component=COMPONENT,
            selector=Selector(kind="NetworkPolicy", namespace=NAMESPACE, name="grafana"),
            why="upstream's lets in Prometheus only; anybody else could say that he is the admin",
            source="kubeflow.md, section 1.4",
            change=_gateway_too,
        ),
        *dashboard_additions(own, DEPLOYMENT, COMPONENT, NAMESPACE),
    )


def dashboard_additions(
    own: Mapping[str, str], beside: Selector, component: str, namespace: str
) -> tuple[Addition, ...]:
    """The platform's own dashboards, each with what it is about: those of the platform as a whole
    with the one object `beside` of `component`."""
    return tuple(
        Addition(
            name=f"dashboard-{name}",
            component=about.component,
            selector=about.selector,
            why="no other dashboard knows of Kubeflow",
            source="dashboards/",
            make=partial(_dashboard, name, text, namespace),
        )
        for name, text in own.items()
        for about in (ABOUT.get(name, About(component=component, selector=beside)),)
    )


def _dashboard(name: str, text: str, namespace: str, _: Json) -> Json:
    """A dashboard as Grafana, or its sidecar elsewhere, finds it."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": f"grafana-dashboard-{name}",
            "namespace": namespace,
            "labels": {"grafana_dashboard": "1"},
        },
        "data": {f"{name}.json": text},
    }


def _configured(url: str, body: Json) -> Json:
    config = configparser.ConfigParser(interpolation=None)
    config.read_string(body["stringData"]["grafana.ini"])
    config.read_dict(
        {
            "server": {"root_url": url, "serve_from_sub_path": "true"},
            "users": {"auto_assign_org_role": "Viewer", "allow_sign_up": "false"},
            "auth": {"disable_login_form": "true"},
            "auth.basic": {"enabled": "false"},
            "auth.proxy": {
                "enabled": "true",
                "header_name": "kubeflow-userid",
                "header_property": "email",
                "auto_sign_up": "true",
                "headers": f"Role:{ROLE_HEADER}",
            },
            "analytics": {"reporting_enabled": "false", "check_for_updates": "false"},
        }
    )
    text = io.StringIO()
    config.write(text)
    return {**body, "stringData": {**body["stringData"], "grafana.ini": text.getvalue()}}


def _secret(password: Text) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": ADMIN_SECRET, "namespace": NAMESPACE},
        "stringData": {"password": password},
    }


def _deployed(own: Mapping[str, str], body: Json) -> Json:
    def change(container: Json) -> Json:
        mounts = [one for one in container["volumeMounts"] if not is_foreign(one["name"])]
        limits = {**container["resources"]["limits"], "memory": MEMORY_LIMIT}
        return {
            **container,
            "env": [*container["env"], _password()],
            "resources": {**container["resources"], "limits": limits},
            "volumeMounts": [*mounts, *map(_mount, own)],
        }

    changed = with_containers(body, change)
    template = changed["spec"]["template"]
    volumes = [one for one in template["spec"]["volumes"] if not is_foreign(one["name"])]
    pod = {**template["spec"], "volumes": [*volumes, *map(_volume, own)]}
    return with_spec(changed, template={**template, "spec": pod})


def _password() -> dict[str, Any]:
    source = {"secretKeyRef": {"name": ADMIN_SECRET, "key": "password"}}
    return {"name": "GF_SECURITY_ADMIN_PASSWORD", "valueFrom": source}


def _mount(name: str) -> dict[str, Any]:
    return {"name": f"grafana-dashboard-{name}", "mountPath": f"{DEFINITIONS}/{name}"}


def _volume(name: str) -> dict[str, Any]:
    name = f"grafana-dashboard-{name}"
    return {"name": name, "configMap": {"name": name}}


def _route(admin_email: str) -> Json:
    """One of the two answers says `Admin`; whatever a browser says of its role is overwritten."""
    is_admin = {"headers": {"@request.auth.claims.email": {"exact": admin_email}}}
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": {"name": "grafana", "namespace": NAMESPACE},
        "spec": {
            "gateways": ["kubeflow/kubeflow-gateway"],
            "hosts": ["*"],
            "http": [
                _answer({**is_admin, "uri": {"prefix": PATH}}, "Admin"),
                _answer({"uri": {"prefix": PATH}}, "Viewer"),
            ],
        },
    }


def _answer(match: Json, role: str) -> Json:
    host = f"grafana.{NAMESPACE}.svc.cluster.local"
    return {
        "match": [match],
        "headers": {"request": {"set": {ROLE_HEADER: role}}},
        "route": [{"destination": {"host": host, "port": {"number": PORT}}}],
    }


def _gateway_too(body: Json) -> Json:
    gateway = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "istio-system"}},
        "podSelector": {"matchLabels": GATEWAY_LABELS},
    }
    own = {"from": [gateway], "ports": [{"port": PORT, "protocol": "TCP"}]}
    return with_spec(body, ingress=[*body["spec"]["ingress"], own])
