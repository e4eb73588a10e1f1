"""How people get in, as it may be said: a domain, its certificate, and who they are."""

import re
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from cryptography.x509 import load_pem_x509_certificates
from pydantic import AfterValidator, BaseModel, Field, field_validator, model_validator
from pydantic.alias_generators import to_camel

from settings.rules import RULES
from settings.texts import EXAMPLE_DOMAINS, DnsLabel, Email, Form, Host, HttpsUrl

TlsMode = Literal["selfSigned", "letsencrypt", "provided"]
Challenge = Literal["http01", "route53", "digitalocean"]
ProviderKind = Literal["password", "github", "google", "microsoft", "gitlab", "oidc", "ldap"]
# Where anybody gets an address: as the only condition for a login it would be none.
EVERYBODYS_DOMAINS = frozenset(
    {
        "aol.com",
        "gmail.com",
        "gmx.com",
        "gmx.de",
        "gmx.net",
        "googlemail.com",
        "hotmail.com",
        "icloud.com",
        "live.com",
        "me.com",
        "msn.com",
        "outlook.com",
        "proton.me",
        "protonmail.com",
        "qq.com",
        "users.noreply.github.com",
        "web.de",
        "yahoo.com",
        "yandex.com",
    }
)
# Of OpenID providers that anybody has an account with; of others the owner says who has one.
EVERYBODYS_ISSUERS = ("accounts.google.com", "appleid.apple.com", "gitlab.com")
# What each kind needs beside `clientId`, and what it may have.
NEEDED: dict[ProviderKind, tuple[str, ...]] = {
    "password": (),
    "github": ("client_id",),
    "google": ("client_id",),
    "microsoft": ("client_id", "tenant"),
    "gitlab": ("client_id",),
    "oidc": ("client_id", "issuer"),
    "ldap": ("host", "bind_dn", "users_dn"),
}
ALLOWED: dict[ProviderKind, tuple[str, ...]] = {
    "password": (),
    "github": ("groups",),
    "google": (),
    "microsoft": ("groups",),
    "gitlab": ("groups", "host"),
    "oidc": ("groups",),
    "ldap": ("groups_dn", "ca_certificate"),
}
TAKEN = (
    "client_id",
    "groups",
    "tenant",
    "host",
    "issuer",
    "bind_dn",
    "users_dn",
    "groups_dn",
    "ca_certificate",
)
ANYBODYS = "anybody with an account is in it; name your own tenant"
ANYBODYS_TENANTS = ("common", "consumers", "organizations")


WELL_KNOWN = "/.well-known/openid-configuration"
MICROSOFTS = "login.microsoftonline.com"
ORGANIZATION = re.compile(r"[A-Za-z0-9-]+(:.+)?")


def _certificates(pem: str) -> str:
    try:
        load_pem_x509_certificates(pem.encode())
    except ValueError as error:
        raise ValueError("it has to be a certificate in PEM") from error
    return pem


Dn = Annotated[
    str,
    Form(
        r"[^=,]+=(\\.|[^,\\])+(,[^=,]+=(\\.|[^,\\])+)*",
        "a distinguished name like ou=people,dc=corp,dc=test",
    ),
]
Pem = Annotated[
    str,
    Form(
        r"-----BEGIN CERTIFICATE-----\n[\s\S]+-----END CERTIFICATE-----\n?", "a certificate in PEM"
    ),
    AfterValidator(_certificates),
]


class Section(BaseModel):
    """A block about getting in."""

    model_config = RULES


def _said(section: Section, names: tuple[str, ...]) -> list[str]:
    return [name for name in names if getattr(section, name) not in (None, [])]


def _named(names: list[str] | tuple[str, ...], between: str = ", ") -> str:
    return between.join(map(to_camel, names))


class TlsSettings(Section):
    """Where the certificate is from: a CA in the cluster, Let's Encrypt, or the stack's secrets."""

    mode: TlsMode = "selfSigned"
    email: Email | None = None
    challenge: Challenge | None = None
    region: DnsLabel | None = None
    server: Literal["production", "staging"] | None = None

    @model_validator(mode="after")
    def _says_what_its_mode_takes(self) -> Self:
        said = _said(self, ("email", "challenge", "region", "server"))
        if self.mode != "letsencrypt" and said:
            raise ValueError(
                f"{_named(said)} would not be used: mode is {self.mode!r}; remove, or say "
                "letsencrypt"
            )
        missing = [name for name in ("email", "challenge") if name not in said]
        if self.mode == "letsencrypt" and missing:
            raise ValueError(f"mode 'letsencrypt' needs {_named(missing, ' and ')}")
        if (self.challenge == "route53") != (self.region is not None):
            raise ValueError("region goes with challenge route53, and only with it")
        return self


class ProviderSettings(Section):
    """Who says who somebody is; its client secret is the stack's secret `loginClientSecret`.

    LDAP has no client: there the secret is the password of `bind_dn`.
    """

    kind: ProviderKind = "password"
    client_id: Annotated[str, Field(min_length=1)] | None = None
    groups: list[Annotated[str, Field(min_length=1)]] = []
    tenant: Annotated[str, Form(r"[A-Za-z0-9.-]+", "the tenant's id or domain")] | None = None
    host: Host | None = None
    issuer: HttpsUrl | None = None
    bind_dn: Dn | None = None
    users_dn: Dn | None = None
    groups_dn: Dn | None = None
    ca_certificate: Pem | None = None

    @model_validator(mode="after")
    def _says_what_its_kind_takes(self) -> Self:
        said = _said(self, TAKEN)
        needed, allowed = NEEDED[self.kind], ALLOWED[self.kind]
        missing = [name for name in needed if name not in said]
        if missing:
            raise ValueError(f"kind {self.kind!r} needs {_named(missing, ' and ')}")
        useless = [name for name in said if name not in (*needed, *allowed)]
        if useless:
            raise ValueError(f"{_named(useless)} would not be used by kind {self.kind!r}; remove")
        odd = [one for one in self.groups if not ORGANIZATION.fullmatch(one)]
        if self.kind == "github" and odd:
            raise ValueError(
                f"{odd[0]!r} in groups is no organization of GitHub; say it like corp, or a team "
                "of it like corp:ml"
            )
        return self

    @property
    def takes_anybody(self) -> bool:
        """Whether people get an account there without anybody's word."""
        if self.kind == "oidc":
            return urlsplit(self.issuer or "").hostname in EVERYBODYS_ISSUERS
        return self.kind in ("github", "google", "gitlab")

    @field_validator("tenant")
    @classmethod
    def _is_one_tenant(cls, tenant: str | None) -> str | None:
        if tenant in ANYBODYS_TENANTS:
            raise ValueError(ANYBODYS)
        return tenant

    @field_validator("issuer")
    @classmethod
    def _is_one_issuer(cls, issuer: str | None) -> str | None:
        place = urlsplit(issuer or "")
        if place.path.endswith(WELL_KNOWN):
            raise ValueError(f"it is what is asked of an issuer; leave {WELL_KNOWN} out")
        if place.hostname == MICROSOFTS and f"{place.path}/".split("/")[1] in ANYBODYS_TENANTS:
            raise ValueError(ANYBODYS)
        return issuer


class AuthSettings(Section):
    """Who may log in; the first admin's password is generated per stack and a secret output."""

    admin_email: Email
    provider: ProviderSettings = ProviderSettings()
    email_domains: list[Host] = []
    session_hours: Annotated[int, Field(ge=1, le=168)] = 24

    @field_validator("admin_email")
    @classmethod
    def _somebody_reads_it(cls, email: str) -> str:
        domain = domain_of(email)
        if domain in EXAMPLE_DOMAINS:
            raise ValueError(f"{domain} is nobody's; name a person who may log in first")
        return email

    @model_validator(mode="after")
    def _keeps_strangers_out(self) -> Self:
        open_to_all = sorted(EVERYBODYS_DOMAINS.intersection(self.domains))
        if open_to_all and self.provider.takes_anybody and not self.provider.groups:
            kind = self.provider.kind
            groups = "groups in provider, or " if "groups" in ALLOWED[kind] else ""
            raise ValueError(
                f"anybody has an address at {', '.join(open_to_all)}, and could log in by {kind}; "
                f"name {groups}emailDomains of your own"
            )
        return self

    @model_validator(mode="after")
    def _lets_the_first_admin_in(self) -> Self:
        own = domain_of(self.admin_email)
        if own not in self.domains:
            raise ValueError(
                f"emailDomains has no {own}, so adminEmail could not log in; add it, or name an "
                "admin of one of them"
            )
        return self

    @property
    def domains(self) -> tuple[str, ...]:
        """The domains that addresses may be of: those said, else the first admin's."""
        return tuple(self.email_domains) or (domain_of(self.admin_email),)


class IngressSettings(Section):
    """How people get in. Without a domain they do by port-forward, and nobody from outside."""

    domain: Host | None = None
    serving_namespaces: list[DnsLabel] = []
    insecure: bool = False
    tls: TlsSettings = TlsSettings()
    auth: AuthSettings


def domain_of(email: str) -> str:
    """What is behind the @, as a login compares it."""
    return email.rpartition("@")[2].lower()


def is_said(section: Section) -> bool:
    """Whether anything in a section is other than its default."""
    default: Any = type(section)()
    return bool(section != default)
