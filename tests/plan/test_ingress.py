"""Everything that follows from the domain follows from it alone, and agrees."""

import base64
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from syrupy.assertion import SnapshotAssertion

from plan.build import make_plan
from plan.ingress import decide_ingress, report
from rehearsal.cluster.pki import make_authority
from settings.ingress import IngressSettings
from settings.mistakes import SettingsError
from settings.model import Settings
from tests.ingresses import CASES, OTHER_CHALLENGES, PROVIDERS, TLS, planned, said

LABELS = st.from_regex(r"[a-z]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
DOMAINS = st.lists(LABELS, min_size=2, max_size=4).map(".".join)
IN_CLUSTER = "dex.auth.svc.cluster.local"


@pytest.mark.parametrize(("provider", "tls"), CASES)
def test_the_plan_of_a_domain(provider: str, tls: str, snapshot: SnapshotAssertion) -> None:
    assert asdict(planned(said(provider, tls))) == snapshot


@pytest.mark.parametrize("challenge", OTHER_CHALLENGES)
def test_the_plan_of_another_challenge(challenge: str, snapshot: SnapshotAssertion) -> None:
    assert asdict(planned(said(tls=challenge))) == snapshot


def test_plain_http_has_no_certificate_and_no_secure_cookie() -> None:
    plan = planned(said(tls="selfSigned", insecure=True))
    assert plan.url == "http://ml.corp.test"
    assert plan.tls is None
    login = plan.login
    assert login.issuer == login.dex["issuer"] == "http://ml.corp.test/dex"
    assert [login.oauth2_proxy["redirect_url"]] == login.dex["redirectURIs"]
    assert login.dex["redirectURIs"] == ["http://ml.corp.test/oauth2/callback"]
    assert plan.serving.scheme == "http"
    assert not plan.login.is_cookie_secure
    assert plan.secrets == {}


def addresses(value: Any) -> set[str]:
    """Every URL of another configuration, with its scheme."""
    if isinstance(value, dict):
        return {url for inner in value.values() for url in addresses(inner)}
    if isinstance(value, list | tuple):
        return {url for inner in value for url in addresses(inner)}
    return {value} if isinstance(value, str) and "://" in value else set()


@given(
    domain=DOMAINS.filter(lambda text: not text.endswith(("example.com", "example.net"))),
    provider=st.sampled_from(sorted(PROVIDERS)),
    tls=st.sampled_from(sorted(TLS)),
    hours=st.integers(1, 168),
)
def test_issuer_addresses_and_sessions_agree_for_any_domain(
    domain: str, provider: str, tls: str, hours: int
) -> None:
    auth = {
        "adminEmail": "ada@corp.test",
        "provider": PROVIDERS[provider],
        "sessionHours": hours,
    }
    plan = planned(said(provider, tls, domain, auth=auth))
    login, proxy, dex = plan.login, plan.login.oauth2_proxy, plan.login.dex
    assert login.issuer == dex["issuer"] == proxy["oidc_issuer_url"] == f"https://{domain}/dex"
    assert dex["redirectURIs"] == [proxy["redirect_url"]] == [f"https://{domain}/oauth2/callback"]
    # Only who logs in elsewhere has to come back.
    sent = [one["config"] for one in dex["connectors"] if "redirectURI" in one["config"]]
    assert [config["redirectURI"] for config in sent] == (
        [] if provider in ("password", "ldap") else [f"{login.issuer}/callback"]
    )
    assert login.keys_url == proxy["oidc_jwks_url"]
    assert dex["expiry"]["idTokens"] == proxy["cookie_expire"] == f"{hours}h"
    assert login.is_cookie_secure
    foreign = {"login.corp.test", "git.corp.test", "gitlab.com"}
    hosts = {urlsplit(url).hostname for url in addresses(asdict(login))}
    assert hosts - foreign == {domain, IN_CLUSTER}
    assert plan.tls is not None
    assert domain in plan.tls.names
    assert all(name.endswith(f".{domain}") or name == domain for name in plan.tls.names)
    assert plan.serving.domain == domain
    assert plan.serving.scheme == urlsplit(plan.url).scheme == urlsplit(plan.grafana_url).scheme
    assert urlsplit(plan.grafana_url).hostname == domain


COGNITO = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Abc"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_no_provider_admits_every_address(provider: str) -> None:
    assert planned(said(provider)).login.oauth2_proxy["email_domains"] == ["corp.test"]


@pytest.mark.parametrize(
    ("issuer", "groups", "scopes", "mapping"),
    [
        ("https://login.corp.test/realm", [], [], None),
        ("https://login.corp.test/realm", ["ml"], ["groups"], None),
        (COGNITO, ["ml"], [], {"groups": "cognito:groups"}),
    ],
)
def test_a_provider_is_asked_for_the_scopes_that_it_knows(
    issuer: str, groups: list[str], scopes: list[str], mapping: dict[str, str] | None
) -> None:
    provider = {"kind": "oidc", "clientId": "ours", "issuer": issuer, "groups": groups}
    auth = {"adminEmail": "ada@corp.test", "provider": provider}
    (one,) = planned(said(auth=auth)).login.dex["connectors"]
    assert one["config"]["scopes"] == ["openid", "profile", "email", *scopes]
    assert one["config"].get("claimMapping") == mapping
    assert one["config"].get("userNameKey") == ("email" if mapping else None)


def test_a_directory_is_asked_by_tls_only_and_keeps_its_password_in_the_environment() -> None:
    (one,) = planned(said("ldap")).login.dex["connectors"]
    assert one["config"]["host"] == "ldap.corp.test:636"
    assert one["config"]["bindPW"] == "$DEX_CONNECTOR_CLIENT_SECRET"
    assert "insecureNoSSL" not in one["config"]
    assert planned(said("ldap")).secrets.keys() == {"loginClientSecret"}


def test_a_directory_may_have_a_ca_of_its_own_and_no_groups() -> None:
    pem = make_authority("corp").certificate
    provider = {
        "kind": "ldap",
        "host": "ldap.corp.test",
        "bindDn": r"cn=Doe\, Jane,dc=corp",
        "usersDn": "ou=people,dc=corp",
        "caCertificate": pem,
    }
    auth = {"adminEmail": "ada@corp.test", "provider": provider}
    (one,) = planned(said(auth=auth)).login.dex["connectors"]
    assert base64.b64decode(one["config"]["rootCAData"]).decode() == pem
    assert one["config"]["bindDN"] == r"cn=Doe\, Jane,dc=corp"
    assert "groupSearch" not in one["config"]
    (other,) = planned(said("ldap")).login.dex["connectors"]
    assert other["config"]["groupSearch"]["baseDN"] == "ou=groups,dc=corp,dc=test"
    assert "rootCAData" not in other["config"]


@pytest.mark.parametrize("dn", ["people", "ou=people,", "ou=people,corp"])
def test_a_distinguished_name_has_a_form(dn: str) -> None:
    provider = {"kind": "ldap", "host": "ldap.corp.test", "bindDn": dn, "usersDn": "dc=corp"}
    with pytest.raises(ValidationError, match="a distinguished name like"):
        said(auth={"adminEmail": "ada@corp.test", "provider": provider})


def test_a_connector_takes_the_place_of_the_password() -> None:
    assert planned(said()).login.dex["enablePasswordDB"]
    assert not planned(said("google")).login.dex["enablePasswordDB"]


@pytest.mark.parametrize(
    ("provider", "tls", "keys"),
    [
        ("password", "selfSigned", set()),
        ("github", "selfSigned", {"loginClientSecret"}),
        ("password", "provided", {"tlsCertificate", "tlsKey"}),
        ("oidc", "letsencrypt", {"loginClientSecret", "digitaloceanDnsToken"}),
    ],
)
def test_each_wish_names_the_secrets_it_takes(provider: str, tls: str, keys: set[str]) -> None:
    assert set(planned(said(provider, tls)).secrets) == keys


def test_without_a_domain_nothing_follows() -> None:
    settings = IngressSettings.model_validate({"auth": {"adminEmail": "ada@corp.test"}})
    assert decide_ingress(settings, "existing", (), ()) is None
    assert report(None, None) == "ingress: no domain; by port-forward only, nothing is exposed"


def test_the_report_says_which_names_have_to_lead_here() -> None:
    assert report(planned(said("github")), None) == (
        "ingress: https://ml.corp.test, login by github; DNS: ml.corp.test and *.ml.corp.test have "
        "to lead to the gateway's load balancer"
    )


def test_the_report_names_what_an_answer_to_a_challenge_would_hide() -> None:
    told = report(planned(said(tls="route53")), None)
    assert "ml.corp.test, *.ml.corp.test and *.vision.ml.corp.test have to lead" in told
    assert "vision" not in report(planned(said(tls="http01")), None)


def test_with_a_zone_of_the_stacks_nobody_is_asked_to_make_records() -> None:
    assert report(planned(said()), "corp.test").endswith(
        "DNS: ml.corp.test and *.ml.corp.test become records in corp.test"
    )


def stack(environment: str = "dev", **ingress: Any) -> dict[str, Any]:
    return {
        "environment": environment,
        "cluster": {
            "provider": "existing",
            "kubernetes": "1.35",
            "zones": ["a"],
            "storageClass": "standard",
        },
        "pools": [{"name": "general", "instanceTypes": ["m5.xlarge"], "nodes": 3}],
        "ingress": {"auth": {"adminEmail": "ada@corp.test"}, **ingress},
    }


def mistakes(environment: str = "dev", **ingress: Any) -> list[str]:
    return refused(stack(environment, **ingress))


def refused(raw: dict[str, Any]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        make_plan(Settings.model_validate(raw), "x")
    return str(caught.value).splitlines()[1:]


def test_prod_has_a_domain() -> None:
    assert mistakes("prod") == [
        "  ingress.domain: is missing; prod is reached by a name of its own, with TLS: add it"
    ]


def test_prod_has_no_plain_http() -> None:
    assert mistakes("prod", domain="ml.corp.test", insecure=True) == [
        "  ingress.insecure: prod has no plain HTTP: passwords and tokens would be in clear; "
        "remove it, and let ingress.tls say where the certificate is from"
    ]


def test_a_certificate_for_plain_http_would_not_be_used() -> None:
    assert mistakes(domain="ml.corp.test", insecure=True, tls={"mode": "provided"}) == [
        "  ingress.tls: would not be used: ingress.insecure is true; remove one of the two"
    ]


def test_what_needs_a_domain_is_refused_without_one() -> None:
    found = mistakes(
        insecure=True,
        servingNamespaces=["vision"],
        auth={
            "adminEmail": "ada@corp.test",
            "provider": PROVIDERS["github"],
            "emailDomains": ["corp.test"],
            "sessionHours": 8,
        },
    )
    why = "needs ingress.domain, which is what logins and certificates are for"
    paths = ("auth.emailDomains", "auth.provider", "auth.sessionHours", "insecure")
    assert found == [f"  ingress.{path}: {why}" for path in (*paths, "servingNamespaces")]


def test_the_platform_is_not_its_own_provider() -> None:
    provider = {"kind": "oidc", "clientId": "x", "issuer": "https://ml.corp.test/dex"}
    auth = {"adminEmail": "ada@corp.test", "provider": provider}
    assert mistakes(domain="ml.corp.test", auth=auth) == [
        "  ingress.auth.provider.issuer: ml.corp.test is ingress.domain, where the platform "
        "answers; name who says who people are"
    ]


def test_a_wildcard_is_not_to_be_had_by_http() -> None:
    assert mistakes(
        domain="ml.corp.test", servingNamespaces=["vision"], tls=OTHER_CHALLENGES["http01"]
    ) == [
        "  ingress.servingNamespaces: Let's Encrypt gives wildcards by DNS only; let "
        "ingress.tls.challenge be route53 or digitalocean, or remove it"
    ]


DNS = {"mode": "letsencrypt", "email": "ops@corp.test", "challenge": "digitalocean"}
TEAMS = [{"name": "vision", "owner": "ada@corp.test"}, {"name": "speech", "owner": "bob@corp.test"}]


@pytest.mark.parametrize(
    ("ingress", "kubeflow", "wildcards"),
    [
        ({}, {}, ["vision", "speech"]),
        ({"tls": DNS}, {}, ["vision", "speech"]),
        ({"servingNamespaces": ["lab", "speech"]}, {}, ["lab", "speech", "vision"]),
        ({"tls": {"mode": "provided"}, "servingNamespaces": ["speech"]}, {}, ["speech"]),
        ({"tls": OTHER_CHALLENGES["http01"]}, {}, []),
        ({}, {"components": ["profiles", "notebooks"]}, []),
        ({}, {"kserve": {"mode": "RawDeployment"}}, []),
    ],
)
def test_every_team_that_serves_models_is_in_a_certificate_that_can_be_had(
    ingress: dict[str, Any], kubeflow: dict[str, Any], wildcards: list[str]
) -> None:
    raw = stack(domain="ml.corp.test", **ingress) | {"teams": TEAMS, "kubeflow": kubeflow}
    made = make_plan(Settings.model_validate(raw), "x")
    assert made.ingress
    assert made.ingress.tls
    assert list(made.ingress.tls.names) == [
        "ml.corp.test",
        *(f"*.{name}.ml.corp.test" for name in wildcards),
    ]


@pytest.mark.parametrize(
    ("tls", "why"),
    [
        (
            {"mode": "provided"},
            "its models have no certificate; add vision to ingress.servingNamespaces, or remove it",
        ),
        (
            OTHER_CHALLENGES["http01"],
            "its models have no certificate: Let's Encrypt gives wildcards by DNS only; let "
            "ingress.tls.challenge be route53 or digitalocean, or remove it",
        ),
    ],
)
def test_a_public_model_needs_a_certificate(tls: dict[str, Any], why: str) -> None:
    team = {**TEAMS[0], "publicModels": ["iris"]}
    raw = stack(domain="ml.corp.test", tls=tls) | {"teams": [team]}
    assert refused(raw) == [f"  teams[0].publicModels: {why}"]


def test_who_is_in_a_team_may_log_in() -> None:
    members = {"view": ["carl@lab.test"]}
    team = {"name": "vision", "owner": "ada@elsewhere.test", "members": members}
    raw = stack(domain="ml.corp.test") | {"teams": [team]}
    why = "could not log in: addresses of corp.test may; add {} to ingress.auth.emailDomains, or "
    assert refused(raw) == [
        f"  teams[0].members.view: 'carl@lab.test' {why.format('lab.test')}name somebody else",
        f"  teams[0].owner: 'ada@elsewhere.test' {why.format('elsewhere.test')}name somebody else",
    ]
    domains = ["corp.test", "elsewhere.test", "lab.test"]
    auth = {"adminEmail": "ada@corp.test", "emailDomains": domains}
    raw = stack(domain="ml.corp.test", auth=auth) | {"teams": [team]}
    assert make_plan(Settings.model_validate(raw), "x").teams


def test_a_certificate_of_lets_encrypt_has_so_many_names() -> None:
    namespaces = [f"n{number}" for number in range(100)]
    assert mistakes(domain="ml.corp.test", tls=DNS, servingNamespaces=namespaces) == [
        "  ingress.tls.mode: Let's Encrypt puts 100 names into a certificate, and there are the "
        "domain and 100 namespaces that serve models; let it be selfSigned or provided"
    ]
    raw = stack(domain="ml.corp.test", tls=DNS, servingNamespaces=namespaces[1:])
    assert make_plan(Settings.model_validate(raw), "x").ingress
