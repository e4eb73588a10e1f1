"""What cert-manager makes of the rendered Certificates: the gateway's, signed by a CA."""

import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.request_path.rendered import Platform

DAY = datetime.timedelta(days=1)


def issue(platform: Platform, folder: Path) -> tuple[Path, Path]:
    """The CA's certificate, and the gateway's with its key, as files."""
    now = datetime.datetime.now(datetime.UTC)
    gateway_said = platform.one("Certificate", "istio-system", "gateway-certificate").body["spec"]
    authority_key, key = (
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP256R1()),
    )
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Whoever issues")])
    authority = (
        x509.CertificateBuilder(issuer, issuer, authority_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), False)
        .add_extension(_key_usage(), True)
        .sign(authority_key, hashes.SHA256())
    )
    names = [x509.DNSName(name) for name in gateway_said["dnsNames"]]
    gateway = (
        x509.CertificateBuilder(issuer, x509.Name([]), key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
        .add_extension(x509.SubjectAlternativeName(names), True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), False
        )
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    trusted, served = folder / "ca.pem", folder / "gateway.pem"
    trusted.write_bytes(authority.public_bytes(pem))
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    served.write_bytes(gateway.public_bytes(pem) + private)
    return trusted, served


def _key_usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
