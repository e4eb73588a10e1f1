"""The rehearsal's own certificates: one authority, everything signed by it, all as PEM text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CLOCK_SKEW = timedelta(hours=1)
YEARS_10 = timedelta(days=3650)
COMMON_NAME_LIMIT = 64


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A certificate and its private key, PEM."""

    certificate: str
    key: str


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a certificate shall say. `names` are DNS names and IP addresses."""

    common_name: str
    organizations: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    lifetime: timedelta = YEARS_10
    is_authority: bool = False


def make_authority(common_name: str) -> Pair:
    """A new self-signed authority."""
    return self_signed(Wish(common_name=common_name, is_authority=True))


def self_signed(wish: Wish) -> Pair:
    """A new key and a certificate that it signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _builder(wish, _name(wish), key.public_key()).sign(key, hashes.SHA256())
    return Pair(certificate=_pem(certificate), key=_key_pem(key))


def issue(authority: Pair, wish: Wish) -> Pair:
    """A new key and its certificate, signed by `authority`, good for servers and clients."""
    signer = serialization.load_pem_private_key(authority.key.encode(), None)
    issuer = x509.load_pem_x509_certificate(authority.certificate.encode()).subject
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _builder(wish, issuer, key.public_key()).sign(_ec(signer), hashes.SHA256())
    return Pair(certificate=_pem(certificate), key=_key_pem(key))


def make_token_keys() -> tuple[str, str]:
    """The (private, public) keys that sign service account tokens."""
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return _key_pem(key), public.decode()


def _builder(
    wish: Wish, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(wish))
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + wish.lifetime)
        .add_extension(x509.BasicConstraints(wish.is_authority, None), critical=True)
        .add_extension(_key_usage(wish.is_authority), critical=True)
    )
    if not wish.is_authority:
        both = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = builder.add_extension(x509.ExtendedKeyUsage(both), critical=False)
    if wish.names:
        builder = builder.add_extension(_alternatives(wish.names), critical=False)
    return builder


def _key_usage(is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(wish: Wish) -> x509.Name:
    organizations = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, o) for o in wish.organizations]
    short = wish.common_name[:COMMON_NAME_LIMIT]
    return x509.Name([*organizations, x509.NameAttribute(NameOID.COMMON_NAME, short)])


def _alternatives(names: Sequence[str]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([_alternative(name) for name in names])


def _alternative(name: str) -> x509.GeneralName:
    address = _address(name)
    return x509.DNSName(name) if address is None else x509.IPAddress(address)


def _address(name: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(name)
    except ValueError:
        return None


def _ec(key: PrivateKeyTypes) -> ec.EllipticCurvePrivateKey:
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"the authority's key is a {type(key).__name__}, not an EC key")
    return key


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
