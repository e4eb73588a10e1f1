"""Settings of the ingress for every provider of identity and every TLS mode."""

import itertools
from typing import Any

from components.platform.ingress import Ingress, make_ingress
from plan.ingress import IngressPlan, decide_ingress
from settings.ingress import IngressSettings

PROVIDERS: dict[str, dict[str, Any]] = {
    "password": {"kind": "password"},
    "github": {"kind": "github", "clientId": "app-of-ours", "groups": ["corp:ml", "lab"]},
    "google": {"kind": "google", "clientId": "app-of-ours"},
    "microsoft": {
        "kind": "microsoft",
        "clientId": "app-of-ours",
        "tenant": "9b2e7d1c-0000-4000-8000-000000000000",
        "groups": ["ml"],
    },
    "gitlab": {"kind": "gitlab", "clientId": "app-of-ours", "host": "git.corp.test"},
    "oidc": {"kind": "oidc", "clientId": "app-of-ours", "issuer": "https://login.corp.test/realm"},
    "ldap": {
        "kind": "ldap",
        "host": "ldap.corp.test",
        "bindDn": "cn=kubeflow,dc=corp,dc=test",
        "usersDn": "ou=people,dc=corp,dc=test",
        "groupsDn": "ou=groups,dc=corp,dc=test",
    },
}
ACME = {"mode": "letsencrypt", "email": "ops@corp.test"}
TLS: dict[str, dict[str, Any]] = {
    "selfSigned": {"mode": "selfSigned"},
    "letsencrypt": {**ACME, "challenge": "digitalocean"},
    "provided": {"mode": "provided"},
}
OTHER_CHALLENGES: dict[str, dict[str, Any]] = {
    "http01": {**ACME, "challenge": "http01", "server": "staging"},
    "route53": {**ACME, "challenge": "route53", "region": "eu-west-1"},
}
CASES = tuple(itertools.product(PROVIDERS, TLS))


def said(
    provider: str = "password", tls: str = "selfSigned", domain: str = "ml.corp.test", **more: Any
) -> IngressSettings:
    """Settings as a stack's owner would write them."""
    modes = TLS | OTHER_CHALLENGES
    namespaces = [] if tls == "http01" else ["vision"]
    return IngressSettings.model_validate(
        {
            "domain": domain,
            "servingNamespaces": namespaces,
            "tls": modes[tls],
            "auth": {"adminEmail": "ada@corp.test", "provider": PROVIDERS[provider]},
            **more,
        }
    )


def planned(settings: IngressSettings, provider: str = "existing") -> IngressPlan:
    """The plan of settings that name a domain."""
    plan = decide_ingress(settings, provider, settings.serving_namespaces, ())
    assert plan is not None
    return plan


def with_secrets(plan: IngressPlan) -> Ingress:
    """The same with a placeholder for each secret."""
    ingress = make_ingress(plan, {key: f"<{key}>" for key in plan.secrets})
    assert ingress is not None
    return ingress
