"""A domain, its TLS and its login become everything that has to agree with them. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from plan.login import NAMES, connector, invitation
from settings.certificates import CERTIFICATE, KEY
from settings.ingress import (
    AuthSettings,
    Challenge,
    IngressSettings,
    ProviderKind,
    TlsMode,
    is_said,
)
from settings.model import Settings

IN_CLUSTER = "http://dex.auth.svc.cluster.local:5556/dex"  # Dex beside its public address
CERTIFICATE_KEYS = (CERTIFICATE, KEY)
DNS_TOKEN = "digitaloceanDnsToken"
CLIENT_SECRET = "loginClientSecret"
MOST_NAMES = 100  # letsencrypt.org/docs/rate-limits
SERVERS = {
    "production": "https://acme-v02.api.letsencrypt.org/directory",
    "staging": "https://acme-staging-v02.api.letsencrypt.org/directory",
}


@dataclass(frozen=True, kw_only=True)
class AcmePlan:
    """Let's Encrypt: which of its servers, whom it writes to, how it is shown whose the name is."""

    server: str
    email: str
    challenge: Challenge
    region: str | None


@dataclass(frozen=True, kw_only=True)
class TlsPlan:
    """The gateway's certificate: where it is from, and the names in it."""

    mode: TlsMode
    names: tuple[str, ...]
    acme: AcmePlan | None


@dataclass(frozen=True, kw_only=True)
class LoginPlan:
    """What Dex, oauth2-proxy and Istio are told; the three agree by construction.

    `dex` and `oauth2_proxy` are the keys of their configurations that depend on the domain.
    """

    kind: ProviderKind
    issuer: str
    keys_url: str
    dex: Mapping[str, Any]
    oauth2_proxy: Mapping[str, Any]
    is_cookie_secure: bool


@dataclass(frozen=True, kw_only=True)
class ServingPlan:
    """What Knative and KServe make a model's address of."""

    domain: str
    scheme: str
    host_template: str


@dataclass(frozen=True, kw_only=True)
class IngressPlan:
    """The platform at its domain. `tls` is None where somebody asked for plain HTTP.

    `secrets` are the stack's secret keys that this needs, each with what needs it.
    """

    domain: str
    url: str
    hosts: tuple[str, ...]
    tls: TlsPlan | None
    login: LoginPlan
    serving: ServingPlan
    grafana_url: str
    public_hosts: tuple[str, ...]  # of models that anybody may call
    is_balanced_by_service: bool  # else a load balancer of the cloud's room leads to the gateway
    secrets: Mapping[str, str]


def serving_namespaces(settings: Settings, components: Collection[str]) -> tuple[str, ...]:
    """Whose models have names in the certificate: those said, and every team that serves models.

    Not a team by itself where only its owner can have a wildcard, who then says so.
    """
    said = settings.ingress
    serves = "kserve" in components and settings.kubeflow.kserve.mode == "Serverless"
    has_wildcards = said.tls.mode != "provided" and said.tls.challenge != "http01"
    teams = [team.name for team in settings.teams] if serves and has_wildcards else []
    return tuple(dict.fromkeys((*said.serving_namespaces, *teams)))


def ingress_mistakes(
    said: IngressSettings, environment: str, namespaces: Sequence[str]
) -> Iterator[str]:
    """`path: what is wrong` for each wish that contradicts another.

    `namespaces` are those of `serving_namespaces`.
    """
    if said.domain is None:
        yield from _useless_without_a_domain(said)
        if environment == "prod":
            yield (
                "ingress.domain: is missing; prod is reached by a name of its own, with TLS: add it"
            )
    if said.insecure and environment == "prod":
        yield (
            "ingress.insecure: prod has no plain HTTP: passwords and tokens would be in clear; "
            "remove it, and let ingress.tls say where the certificate is from"
        )
    if said.insecure and is_said(said.tls):
        yield "ingress.tls: would not be used: ingress.insecure is true; remove one of the two"
    if said.domain and urlsplit(said.auth.provider.issuer or "").hostname == said.domain:
        yield (
            f"ingress.auth.provider.issuer: {said.domain} is ingress.domain, where the platform "
            "answers; name who says who people are"
        )
    if said.tls.challenge == "http01" and said.serving_namespaces:
        yield (
            "ingress.servingNamespaces: Let's Encrypt gives wildcards by DNS only; let "
            "ingress.tls.challenge be route53 or digitalocean, or remove it"
        )
    if said.tls.mode == "letsencrypt" and len(namespaces) >= MOST_NAMES:
        yield (
            f"ingress.tls.mode: Let's Encrypt puts {MOST_NAMES} names into a certificate, and "
            f"there are the domain and {len(namespaces)} namespaces that serve models; let it be "
            "selfSigned or provided"
        )


def decide_ingress(
    said: IngressSettings,
    provider: str,
    namespaces: Sequence[str],
    public_models: Iterable[tuple[str, str]],
) -> IngressPlan | None:
    """Everything that follows from the domain; None without one.

    `namespaces` are those of `serving_namespaces`, `public_models` pairs of a namespace and a model
    in it that anybody may call.
    """
    if said.domain is None:
        return None
    scheme = "http" if said.insecure else "https"
    url = f"{scheme}://{said.domain}"
    tls = None if said.insecure else _tls(said, said.domain, namespaces)
    return IngressPlan(
        domain=said.domain,
        url=url,
        hosts=(said.domain, f"*.{said.domain}"),
        tls=tls,
        login=_login(said.auth, said.domain, url, is_secure=tls is not None),
        serving=ServingPlan(
            domain=said.domain, scheme=scheme, host_template="{{.Name}}.{{.Namespace}}.{{.Domain}}"
        ),
        grafana_url=f"{url}/grafana/",
        public_hosts=tuple(f"{model}.{space}.{said.domain}" for space, model in public_models),
        is_balanced_by_service=provider == "existing",
        secrets=dict(_secrets(said)),
    )


def report(ingress: IngressPlan | None, hosted_zone: str | None) -> str:
    """Where people get in, and what leads there: records in a zone, or what its owner makes."""
    if ingress is None:
        return "ingress: no domain; by port-forward only, nothing is exposed"
    tls = ingress.tls
    # Each answer to a challenge by DNS hides what is below its name from the domain's wildcard.
    apart = tls.names[1:] if tls and tls.acme and tls.acme.challenge != "http01" else ()
    *names, last = (*ingress.hosts, *apart)
    names_said = f"{', '.join(names)} and {last}"
    records = (
        f"{names_said} become records in {hosted_zone}"
        if hosted_zone
        else f"{names_said} have to lead to the gateway's load balancer"
    )
    return f"ingress: {ingress.url}, login by {ingress.login.kind}; DNS: {records}"


def _useless_without_a_domain(said: IngressSettings) -> Iterator[str]:
    auth = said.auth
    wishes = {
        "ingress.tls": is_said(said.tls),
        "ingress.insecure": said.insecure,
        "ingress.servingNamespaces": bool(said.serving_namespaces),
        "ingress.auth.provider": is_said(auth.provider),
        "ingress.auth.emailDomains": bool(auth.email_domains),
        "ingress.auth.sessionHours": "session_hours" in auth.model_fields_set,
    }
    yield from (
        f"{path}: needs ingress.domain, which is what logins and certificates are for"
        for path, is_wished in wishes.items()
        if is_wished
    )


def _tls(said: IngressSettings, domain: str, namespaces: Sequence[str]) -> TlsPlan:
    tls = said.tls
    acme = None
    if tls.email is not None and tls.challenge is not None:
        server = SERVERS[tls.server or "production"]
        acme = AcmePlan(server=server, email=tls.email, challenge=tls.challenge, region=tls.region)
    # A wildcard stands for one label only: models are two below the domain.
    wildcards = (f"*.{namespace}.{domain}" for namespace in namespaces)
    return TlsPlan(mode=tls.mode, names=(domain, *wildcards), acme=acme)


def _login(auth: AuthSettings, domain: str, url: str, *, is_secure: bool) -> LoginPlan:
    issuer = f"{url}/dex"
    callback = f"{url}/oauth2/callback"
    found = connector(auth, issuer)
    hours = f"{auth.session_hours}h"
    return LoginPlan(
        kind=auth.provider.kind,
        issuer=issuer,
        keys_url=f"{IN_CLUSTER}/keys",
        dex={
            "issuer": issuer,
            "redirectURIs": [callback],
            # Istio believes a token as long as it lasts, oauth2-proxy a cookie: both end at once.
            "expiry": {"idTokens": hours},
            "enablePasswordDB": found is None,
            "connectors": [found] if found else [],
        },
        oauth2_proxy={
            "oidc_issuer_url": issuer,
            "login_url": f"{issuer}/auth",
            "redeem_url": f"{IN_CLUSTER}/token",
            "oidc_jwks_url": f"{IN_CLUSTER}/keys",
            "redirect_url": callback,
            "provider_display_name": NAMES[auth.provider.kind],
            "banner": invitation(domain, auth.domains),
            "relative_redirect_url": False,
            "email_domains": list(auth.domains),
            "cookie_expire": hours,
            "cookie_samesite": "lax",
        },
        is_cookie_secure=is_secure,
    )


def _secrets(said: IngressSettings) -> Iterator[tuple[str, str]]:
    if said.tls.mode == "provided" and not said.insecure:
        yield from ((key, "ingress.tls.mode provided") for key in CERTIFICATE_KEYS)
    if said.tls.challenge == "digitalocean":
        yield DNS_TOKEN, "ingress.tls.challenge digitalocean"
    if said.auth.provider.kind != "password":
        yield CLIENT_SECRET, f"ingress.auth.provider.kind {said.auth.provider.kind}"
