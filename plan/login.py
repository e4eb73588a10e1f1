"""The connector of Dex for each provider of identity. Pure."""

import base64
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from settings.ingress import AuthSettings, ProviderSettings

# Dex takes it from its environment: its configuration is no secret.
CLIENT_SECRET_VARIABLE = "DEX_CONNECTOR_CLIENT_SECRET"
NAMES = {  # on the buttons that people press
    "password": "e-mail and password",
    "github": "GitHub",
    "google": "Google",
    "microsoft": "Microsoft",
    "gitlab": "GitLab",
    "oidc": "OpenID Connect",
    "ldap": "LDAP",
}
SCOPES = ("openid", "profile", "email")
COGNITO = "cognito-idp."
LDAPS = 636  # a password crosses the network: never without TLS
Config = dict[str, Any]


def connector(auth: AuthSettings, issuer: str) -> Config | None:
    """One entry of Dex's `connectors`; None where the password it keeps itself is asked for."""
    provider = auth.provider
    if provider.kind == "password":
        return None
    client = {
        "clientID": provider.client_id,
        "clientSecret": f"${CLIENT_SECRET_VARIABLE}",
        "redirectURI": f"{issuer}/callback",
    }
    config = _directory(provider) if provider.kind == "ldap" else {**client, **_own(auth)}
    return {
        "type": provider.kind,
        "id": provider.kind,
        "name": NAMES[provider.kind],
        "config": config,
    }


def invitation(domain: str, addresses: Sequence[str]) -> str:
    """What the sign-in page says above its button, as HTML.

    oauth2-proxy shows that page at the hosts of models too, where nobody can log in: the session is
    the domain's alone, so that no team's model gets a visitor's. There it says so, and the button
    leads to the platform.
    """
    return (
        f"Log in with an address of {' or '.join(addresses)}."
        '<span id="at-a-model" hidden> A model has no login: it is called with a token. '
        f"The button leads to {domain}.</span>"
        f'<script>if (location.hostname !== "{domain}") {{ '
        'const words = document.getElementById("at-a-model"); words.hidden = false; '
        f'const form = words.closest("form"); form.action = "//{domain}/oauth2/start"; '
        'form.elements.rd.value = "/"; }</script>'
    )


def _own(auth: AuthSettings) -> Config:
    """What only one kind knows. An address counts only where the provider has verified it."""
    provider, domains = auth.provider, auth.domains
    match provider.kind:
        case "github":
            # Of several verified addresses the one that may log in, where there is only one choice.
            preferred = {"preferredEmailDomain": domains[0]} if len(domains) == 1 else {}
            return {**_organizations(provider.groups), **preferred}
        case "google":
            return {"hostedDomains": list(domains)}
        case "microsoft":
            return {
                "tenant": provider.tenant,
                "emailToLowercase": True,
                **_named("groups", provider.groups),
            }
        case "gitlab":
            base = {"baseURL": f"https://{provider.host or 'gitlab.com'}"}
            return {**base, **_named("groups", provider.groups)}
        case _:
            return _openid(provider)


def _openid(provider: ProviderSettings) -> Config:
    """Any other provider. Many refuse a scope that they do not know: `groups` is asked for only
    where groups decide, and of Cognito never, which tells them and no name.
    """
    is_cognito = (urlsplit(provider.issuer or "").hostname or "").startswith(COGNITO)
    scopes = [*SCOPES, *(["groups"] if provider.groups and not is_cognito else [])]
    cognito = {"userNameKey": "email", "claimMapping": {"groups": "cognito:groups"}}
    return {
        "issuer": provider.issuer,
        "scopes": scopes,
        "insecureEnableGroups": True,  # Dex's word for: pass the groups claim on
        **(cognito if is_cognito else {}),
        **_named("allowedGroups", provider.groups),
    }


def _directory(provider: ProviderSettings) -> Config:
    """LDAP with TLS: people log in with their address, and are who they are by it."""
    trusted = (provider.ca_certificate or "").encode()
    groups = {
        "groupSearch": {
            "baseDN": provider.groups_dn,
            "filter": "(objectClass=groupOfNames)",
            "userMatchers": [{"userAttr": "DN", "groupAttr": "member"}],
            "nameAttr": "cn",
        }
    }
    return {
        "host": f"{provider.host}:{LDAPS}",
        **({"rootCAData": base64.b64encode(trusted).decode()} if trusted else {}),
        "bindDN": provider.bind_dn,
        "bindPW": f"${CLIENT_SECRET_VARIABLE}",
        "usernamePrompt": "E-mail",
        "userSearch": {
            "baseDN": provider.users_dn,
            "filter": "(objectClass=person)",
            "username": "mail",
            "idAttr": "DN",
            "emailAttr": "mail",
            "nameAttr": "cn",
        },
        **(groups if provider.groups_dn else {}),
    }


def _organizations(groups: Sequence[str]) -> Config:
    """GitHub's organizations, each with the teams named as `organization:team`."""
    orgs: dict[str, list[str]] = {}
    for group in groups:
        org, _, team = group.partition(":")
        orgs.setdefault(org, []).extend([team] if team else [])
    rows = [{"name": org, **_named("teams", teams)} for org, teams in orgs.items()]
    return {"orgs": rows} if rows else {}


def _named(key: str, groups: Sequence[str]) -> Config:
    return {key: list(groups)} if groups else {}
