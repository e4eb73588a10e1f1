"""What cannot be a domain, a certificate or a login is refused with its place and the way out."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from rehearsal.cluster.pki import Wish, issue, make_authority
from settings.certificates import certificate_mistakes
from settings.load import read_settings
from settings.mistakes import SettingsError
from tests.settings.test_settings import GOOD

NOW = datetime(2026, 11, 25, tzinfo=UTC)
DAY = timedelta(days=1)


def mistakes(**ingress: Any) -> list[str]:
    auth = {"adminEmail": "ada@corp.test", **ingress.pop("auth", {})}
    text = json.dumps({**GOOD, "ingress": {"domain": "ml.corp.test", **ingress, "auth": auth}})
    with pytest.raises(SettingsError) as caught:
        read_settings("sandbox", text)
    return [line.strip() for line in str(caught.value).splitlines()[1:]]


NAME_ONE = "; name a host of yours like ml.your-domain.test"


@pytest.mark.parametrize(
    ("domain", "why"),
    [
        ("ml_team.corp.test", 'it has "_"'),
        ("*.corp.test", "it has a wildcard, and the names under a domain follow by themselves"),
        ("10.0.0.7", "it is an address, and certificates and logins need a name"),
        ("ml.corp.test.", "it ends with a dot"),
        ("https://ml.corp.test", "it has more than a host in it"),
        ("ml.corp.test:8443", "it has more than a host in it"),
        ("ML.corp.test", "it has capital letters"),
        ("localhost", "it is no full domain"),
        (
            "-ml.corp.test",
            "it has a part that is not made of small letters, digits and hyphens",
        ),
        ("ml..test", "it has a part that is not made of small letters, digits and hyphens"),
        ("ml.corp.7", "it ends with a number, which browsers take for an address"),
        ("ml.svc.cluster.local", "it is the cluster's own"),
        ("ml.example.com", "it is nobody's"),
    ],
)
def test_what_is_no_domain(domain: str, why: str) -> None:
    assert mistakes(domain=domain) == [
        f"ingress.domain: {domain!r} is not allowed; {why}{NAME_ONE}"
    ]


@pytest.mark.parametrize(
    ("tls", "line"),
    [
        ({"mode": "letsencrypt"}, "ingress.tls: mode 'letsencrypt' needs email and challenge"),
        (
            {"mode": "letsencrypt", "email": "a@b.test"},
            "ingress.tls: mode 'letsencrypt' needs challenge",
        ),
        (
            {"email": "a@b.test", "server": "staging"},
            "ingress.tls: email, server would not be used: mode is 'selfSigned'; remove, or say "
            "letsencrypt",
        ),
        (
            {"mode": "letsencrypt", "email": "a@b.test", "challenge": "route53"},
            "ingress.tls: region goes with challenge route53, and only with it",
        ),
    ],
)
def test_what_a_certificate_lacks(tls: dict[str, Any], line: str) -> None:
    assert mistakes(tls=tls) == [line]


@pytest.mark.parametrize(
    ("provider", "line"),
    [
        ({"kind": "github"}, "kind 'github' needs clientId"),
        ({"kind": "microsoft", "clientId": "x"}, "kind 'microsoft' needs tenant"),
        ({"kind": "oidc"}, "kind 'oidc' needs clientId and issuer"),
        (
            {"kind": "google", "clientId": "x", "groups": ["a"], "tenant": "b"},
            "groups, tenant would not be used by kind 'google'; remove",
        ),
        ({"clientId": "x"}, "clientId would not be used by kind 'password'; remove"),
    ],
)
def test_what_a_provider_lacks(provider: dict[str, Any], line: str) -> None:
    assert mistakes(auth={"provider": provider}) == [f"ingress.auth.provider: {line}"]


def test_a_tenant_that_anybody_is_in() -> None:
    provider = {"kind": "microsoft", "clientId": "x", "tenant": "common"}
    assert mistakes(auth={"provider": provider}) == [
        "ingress.auth.provider.tenant: 'common' is not allowed; anybody with an account is in it; "
        "name your own tenant"
    ]


def test_an_issuer_may_be_a_host_alone() -> None:
    provider = {"kind": "oidc", "clientId": "x", "issuer": "https://login.microsoftonline.com"}
    auth = {"adminEmail": "ada@corp.test", "provider": provider}
    said = {"domain": "ml.corp.test", "auth": auth}
    assert read_settings("sandbox", json.dumps({**GOOD, "ingress": said}))


@pytest.mark.parametrize(
    ("issuer", "why"),
    [
        (
            "https://login.corp.test/realm/.well-known/openid-configuration",
            "it is what is asked of an issuer; leave /.well-known/openid-configuration out",
        ),
        (
            "https://login.microsoftonline.com/common/v2.0",
            "anybody with an account is in it; name your own tenant",
        ),
    ],
)
def test_what_is_no_issuer(issuer: str, why: str) -> None:
    provider = {"kind": "oidc", "clientId": "x", "issuer": issuer}
    assert mistakes(auth={"provider": provider}) == [
        f"ingress.auth.provider.issuer: {issuer!r} is not allowed; {why}"
    ]


@pytest.mark.parametrize("group", [":ml", "corp/ml", "corp:"])
def test_what_is_no_organization_of_github(group: str) -> None:
    provider = {"kind": "github", "clientId": "x", "groups": ["corp", "corp:ML people", group]}
    assert mistakes(auth={"provider": provider}) == [
        f"ingress.auth.provider: {group!r} in groups is no organization of GitHub; say it like "
        "corp, or a team of it like corp:ml"
    ]


@pytest.mark.parametrize("key", ["clientSecret", "bindPw"])
def test_a_secret_is_no_setting(key: str) -> None:
    provider = {"kind": "github", "clientId": "x", key: "s3cret"}
    (line,) = mistakes(auth={"provider": provider})
    assert line == (
        f"ingress.auth.provider.{key}: unknown setting; it is a secret: "
        "pulumi config set --secret kubeflow:loginClientSecret"
    )


def test_what_is_no_certificate_of_a_directory() -> None:
    pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
    provider = {
        "kind": "ldap",
        "host": "ldap.corp.test",
        "bindDn": "cn=a",
        "usersDn": "dc=b",
        "caCertificate": pem,
    }
    (line,) = mistakes(auth={"provider": provider})
    assert line.endswith("is not allowed; it has to be a certificate in PEM")


def test_a_domain_that_anybody_has_an_address_at() -> None:
    provider = {"kind": "github", "clientId": "x"}
    auth = {"adminEmail": "ada@gmail.com", "provider": provider}
    assert mistakes(auth=auth) == [
        "ingress.auth: anybody has an address at gmail.com, and could log in by github; name "
        "groups in provider, or emailDomains of your own"
    ]
    settings = {
        "domain": "ml.corp.test",
        "auth": {**auth, "provider": {**provider, "groups": ["g"]}},
    }
    read_settings("sandbox", json.dumps({**GOOD, "ingress": settings}))


ISSUER = "https://accounts.google.com"


@pytest.mark.parametrize(
    ("provider", "way_out"),
    [
        ({"kind": "google", "clientId": "x"}, "emailDomains of your own"),
        (
            {"kind": "oidc", "clientId": "x", "issuer": ISSUER},
            "groups in provider, or emailDomains of your own",
        ),
    ],
)
def test_the_way_out_is_one_that_the_provider_has(provider: dict[str, Any], way_out: str) -> None:
    assert mistakes(auth={"adminEmail": "ada@gmail.com", "provider": provider}) == [
        f"ingress.auth: anybody has an address at gmail.com, and could log in by "
        f"{provider['kind']}; name {way_out}"
    ]


def test_who_has_an_account_with_a_provider_of_ones_own_is_ones_own_affair() -> None:
    provider = {"kind": "oidc", "clientId": "x", "issuer": "https://login.corp.test/realm"}
    auth = {"adminEmail": "ada@gmail.com", "provider": provider}
    said = {"domain": "ml.corp.test", "auth": auth}
    assert read_settings("sandbox", json.dumps({**GOOD, "ingress": said})).ingress.auth.domains == (
        "gmail.com",
    )


@pytest.mark.parametrize("provider", [{}, {"kind": "github", "clientId": "x"}])
def test_the_first_admin_is_not_locked_out(provider: dict[str, Any]) -> None:
    assert mistakes(auth={"provider": provider, "emailDomains": ["lab.test"]}) == [
        "ingress.auth: emailDomains has no corp.test, so adminEmail could not log in; add it, or "
        "name an admin of one of them"
    ]


@pytest.mark.parametrize("hours", [0, 169])
def test_a_session_ends_within_a_week(hours: int) -> None:
    (line,) = mistakes(auth={"sessionHours": hours})
    assert line.startswith(f"ingress.auth.sessionHours: {hours} is not allowed")


Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


def pair(
    *names: str, start: datetime = NOW - DAY, days: int = 30, key: Key | None = None
) -> tuple[str, str]:
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ml.corp.test")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + days * DAY)
    )
    if names:
        alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        builder = builder.add_extension(alternatives, critical=False)
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    certificate = builder.sign(key, digest)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), private.decode()


NAMES = ("ml.corp.test", "*.vision.ml.corp.test")


def test_a_certificate_for_all_names_and_its_key_will_do() -> None:
    assert list(certificate_mistakes(*pair(*NAMES), NAMES, NOW)) == []
    wildcard = pair("*.corp.test", "*.vision.ml.corp.test")
    assert list(certificate_mistakes(*wildcard, NAMES, NOW)) == []


def test_a_certificate_that_expired() -> None:
    old = pair(*NAMES, start=NOW - 40 * DAY)
    assert list(certificate_mistakes(*old, NAMES, NOW)) == [
        ("tlsCertificate", "expired on 2026-11-15; hand in a renewed one")
    ]


def test_a_certificate_of_the_future() -> None:
    early = pair(*NAMES, start=NOW + DAY)
    assert list(certificate_mistakes(*early, NAMES, NOW)) == [
        ("tlsCertificate", "is not valid before 2026-11-26")
    ]


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(65537, 1024),
        ed25519.Ed25519PrivateKey.generate(),
        ec.generate_private_key(ec.SECP256K1()),
    ],
    ids=["RSA 1024", "Ed25519", "another curve"],
)
def test_a_key_that_envoy_does_not_serve(key: Key) -> None:
    assert list(certificate_mistakes(*pair(*NAMES, key=key), NAMES, NOW)) == [
        (
            "tlsCertificate",
            "has a key that the gateway does not serve; let it be ECDSA of a NIST curve, or RSA of "
            "2048 bits or more",
        )
    ]


@pytest.mark.parametrize(
    "key",
    [rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP521R1())],
    ids=["RSA 2048", "P-521"],
)
def test_a_key_that_envoy_serves(key: Key) -> None:
    assert list(certificate_mistakes(*pair(*NAMES, key=key), NAMES, NOW)) == []


@pytest.mark.parametrize(
    ("names", "missing", "known"),
    [
        (("other.corp.test",), NAMES, "other.corp.test"),
        (("ml.corp.test", "*.ml.corp.test"), NAMES[1:], "ml.corp.test, *.ml.corp.test"),
        ((), NAMES, "nothing"),
    ],
)
def test_a_certificate_for_other_names(
    names: tuple[str, ...], missing: tuple[str, ...], known: str
) -> None:
    assert list(certificate_mistakes(*pair(*names), NAMES, NOW)) == [
        ("tlsCertificate", f"does not cover {name}, only {known}; hand in one that does")
        for name in missing
    ]


def test_a_key_of_another_certificate() -> None:
    certificate, _ = pair(*NAMES)
    _, key = pair(*NAMES)
    assert list(certificate_mistakes(certificate, key, NAMES, NOW)) == [
        ("tlsKey", "is not the key of kubeflow:tlsCertificate; hand in the pair")
    ]


def test_texts_that_are_neither() -> None:
    certificate, key = pair(*NAMES)
    assert list(certificate_mistakes("x", key, NAMES, NOW)) == [
        ("tlsCertificate", "is no PEM certificate; hand in the whole chain, yours first")
    ]
    assert list(certificate_mistakes(certificate, "x", NAMES, NOW)) == [
        ("tlsKey", "is no PEM private key")
    ]


DAYS_30 = timedelta(days=30)


def chained(lifetime: timedelta = DAYS_30) -> tuple[str, str, str]:
    """The certificate of somebody between, the gateway's that it signed, and the gateway's key."""
    between = issue(
        make_authority("Root"),
        Wish(common_name="Between", is_authority=True, lifetime=lifetime),
    )
    own = issue(between, Wish(common_name="own", names=NAMES, lifetime=DAYS_30))
    return between.certificate, own.certificate, own.key


def test_a_chain_is_in_its_order() -> None:
    between, own, key = chained()
    now = datetime.now(UTC)
    assert list(certificate_mistakes(own + between, key, NAMES, now)) == []
    another, _, _ = chained()
    assert list(certificate_mistakes(own + another, key, NAMES, now)) == [
        (
            "tlsCertificate",
            "is no chain: number 2 in it did not sign number 1; hand in yours first, then who "
            "signed it, and so on",
        )
    ]


def test_nobody_in_a_chain_has_expired() -> None:
    between, own, key = chained(timedelta(days=2))
    later = datetime.now(UTC) + timedelta(days=3)
    ((_, why),) = certificate_mistakes(own + between, key, NAMES, later)
    assert why.startswith("has number 2 of the chain expired on ")
