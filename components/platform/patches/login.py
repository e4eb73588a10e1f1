"""Who may log in, told to Dex, oauth2-proxy and Istio from one plan: they cannot disagree. Pure."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import yaml

from components.platform.credentials import Text
from components.platform.ingress import Ingress
from components.platform.patches.model import (
    Entry,
    Json,
    Patch,
    Selector,
    with_data,
    with_env,
    with_spec,
)
from plan.ingress import CLIENT_SECRET, LoginPlan
from plan.login import CLIENT_SECRET_VARIABLE

SOURCE = "kubeflow.md, 3; pain-points.md, 7 and 10"
CONFIG = "oauth2_proxy.cfg"
ASKING_FOR_LOGIN = Selector(
    kind="AuthorizationPolicy",
    namespace="istio-system",
    name="istio-ingressgateway-(oauth2-proxy|require-jwt)",
)
PLAIN_PORT = "8080"  # of the gateway's pods; its Service has it as 80
WEB_APPS = "(jupyter|volumes|tensorboards)-web-app-deployment"


def login_patches(ingress: Ingress) -> tuple[Entry, ...]:
    """The three that have to agree, and what depends on how secure the way is."""
    plan = ingress.plan
    login = plan.login
    return (
        _patch("dex-issuer", "dex", ("ConfigMap", "auth", "dex"), partial(_dex, login)),
        _patch(
            "oauth2-proxy-issuer",
            "oauth2-proxy",
            ("ConfigMap", "oauth2-proxy", "oauth2-proxy-[a-z0-9]{10}"),
            partial(_proxy, login),
        ),
        _patch(
            "oauth2-proxy-cookies",
            "oauth2-proxy",
            ("ConfigMap", "oauth2-proxy", "oauth2-proxy-parameters-[a-z0-9]{10}"),
            partial(with_data, _parameters(login)),
        ),
        _patch(
            "token-issuer",
            "oauth2-proxy",
            ("RequestAuthentication", "istio-system", "dex-jwt"),
            partial(_tokens, login),
        ),
        *_connector_secret(ingress.secrets),
        *(() if login.is_cookie_secure else (_plain_cookies(),)),
        *((_plain_port(plan.domain),) if plan.tls else ()),
        *((_public_models(plan.public_hosts),) if plan.public_hosts else ()),
    )


def _patch(name: str, component: str, place: tuple[str, str, str], change: Any) -> Patch:
    kind, namespace, pattern = place
    return Patch(
        name=name,
        component=component,
        selector=Selector(kind=kind, namespace=namespace, name=pattern),
        why="issuer, addresses, cookies and the end of a session follow from the domain",
        source=SOURCE,
        change=change,
    )


def _connector_secret(secrets: Mapping[str, Text]) -> tuple[Patch, ...]:
    if CLIENT_SECRET not in secrets:
        return ()
    return (
        Patch(
            name="dex-connector-secret",
            component="dex",
            selector=Selector(kind="Secret", namespace="auth", name="dex-passwords"),
            why="Dex reads it from its environment, and its configuration stays without a secret",
            source="dexidp.io/docs/configuration, environment variables",
            change=lambda body: {
                **body,
                "stringData": {
                    **body.get("stringData", {}),
                    CLIENT_SECRET_VARIABLE: secrets[CLIENT_SECRET],
                },
            },
        ),
    )


def _plain_cookies() -> Patch:
    return Patch(
        name="plain-cookies",
        component="notebooks",
        selector=Selector(kind="Deployment", namespace="kubeflow", name=WEB_APPS),
        why="ingress.insecure: a browser drops secure cookies where there is no TLS",
        source=SOURCE,
        change=partial(with_env, {"APP_SECURE_COOKIES": "false"}),
    )


def _plain_port(domain: str) -> Patch:
    return Patch(
        name="plain-port-without-login",
        component="oauth2-proxy",
        selector=ASKING_FOR_LOGIN,
        why="policies come before routes: who asks by plain HTTP would get the login's page there "
        "instead of the way to HTTPS, and Let's Encrypt, which does not log in, no answer. Only at "
        "the domain, where plain HTTP has nothing else; Istio also answers there for Ingresses",
        source="istio/istio issue 36498; kubeflow.md, 3",
        change=partial(_spare_plain_port, domain),
    )


def _public_models(hosts: Sequence[str]) -> Patch:
    return Patch(
        name="public-models-without-login",
        component="oauth2-proxy",
        selector=ASKING_FOR_LOGIN,
        why="teams[].publicModels: anybody may call them",
        source="istio.io/docs/reference/config/security/authorization-policy, notHosts",
        change=partial(_spare_hosts, tuple(hosts)),
    )


def _dex(login: LoginPlan, body: Json) -> Json:
    config = yaml.safe_load(body["data"]["config.yaml"])
    own = {name: said for name, said in login.dex.items() if name != "redirectURIs"}
    clients = [
        {**client, "redirectURIs": login.dex["redirectURIs"]} for client in config["staticClients"]
    ]
    told = {**config, **own, "staticClients": clients}
    if not told["enablePasswordDB"]:
        del told["staticPasswords"]
    return with_data({"config.yaml": yaml.safe_dump(told, sort_keys=False)}, body)


def _proxy(login: LoginPlan, body: Json) -> Json:
    told = {**tomllib.loads(body["data"][CONFIG]), **login.oauth2_proxy}
    # JSON's texts, numbers, lists and truth are TOML's.
    lines = [f"{name} = {json.dumps(value)}" for name, value in told.items()]
    return with_data({CONFIG: "\n".join(lines) + "\n"}, body)


def _parameters(login: LoginPlan) -> dict[str, str]:
    secure = "true" if login.is_cookie_secure else "false"
    return {"FORCE_HTTPS": secure, "ALLOW_SELF_SIGNED_ISSUER": "false"}


def _tokens(login: LoginPlan, body: Json) -> Json:
    # istiod fetches the keys, and may neither reach nor trust the public address.
    own = {"issuer": login.issuer, "jwksUri": login.keys_url}
    return with_spec(body, jwtRules=[{**rule, **own} for rule in body["spec"]["jwtRules"]])


def _spare_plain_port(domain: str, body: Json) -> Json:
    rules = [
        {**rule, "to": [spared for to in rule["to"] for spared in _spared(to, domain)]}
        for rule in body["spec"]["rules"]
    ]
    return with_spec(body, rules=rules)


def _spare_hosts(hosts: Sequence[str], body: Json) -> Json:
    rules = [
        {**rule, "to": [_without_hosts(to, hosts) for to in rule["to"]]}
        for rule in body["spec"]["rules"]
    ]
    return with_spec(body, rules=rules)


def _without_hosts(to: Json, hosts: Sequence[str]) -> Json:
    operation = to["operation"]
    return {**to, "operation": {**operation, "notHosts": [*operation.get("notHosts", ()), *hosts]}}


def _spared(to: Json, domain: str) -> tuple[Json, Json]:
    """What is asked at other ports, and what is asked at the plain one for other hosts."""
    operation = to["operation"]
    elsewhere = {**operation, "notPorts": [PLAIN_PORT]}
    other_hosts = {**operation, "ports": [PLAIN_PORT], "notHosts": [domain]}
    return {**to, "operation": elsewhere}, {**to, "operation": other_hosts}
