"""Whether a certificate of one's own will do: in time, for these names, and with its key. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

CERTIFICATE, KEY = "tlsCertificate", "tlsKey"
# What Envoy serves (its pull requests 5318 and 36369): RSA of so many bits, and these curves.
SMALLEST_RSA = 2048
CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)


def certificate_mistakes(
    certificate: str, key: str, names: Sequence[str], now: datetime
) -> Iterator[tuple[str, str]]:
    """(secret key, what is wrong with it) of a PEM chain, the gateway's own first, and its key."""
    try:
        chain = x509.load_pem_x509_certificates(certificate.encode())
    except ValueError:
        yield CERTIFICATE, "is no PEM certificate; hand in the whole chain, yours first"
        return
    leaf, *_ = chain
    yield from ((CERTIFICATE, why) for why in _unfit(leaf, names, now))
    yield from ((CERTIFICATE, why) for why in _broken(chain, now))
    yield from ((KEY, why) for why in _other_key(leaf, key))


def _unfit(leaf: x509.Certificate, names: Sequence[str], now: datetime) -> Iterator[str]:
    if leaf.not_valid_after_utc <= now:
        yield f"expired on {leaf.not_valid_after_utc.date()}; hand in a renewed one"
    if leaf.not_valid_before_utc > now:
        yield f"is not valid before {leaf.not_valid_before_utc.date()}"
    if not _is_served(leaf.public_key()):
        yield (
            f"has a key that the gateway does not serve; let it be ECDSA of a NIST curve, or "
            f"RSA of {SMALLEST_RSA} bits or more"
        )
    known = _names(leaf)
    for name in names:
        if not any(_covers(pattern, name) for pattern in known):
            yield (
                f"does not cover {name}, only {', '.join(known) or 'nothing'}; "
                "hand in one that does"
            )


def _broken(chain: Sequence[x509.Certificate], now: datetime) -> Iterator[str]:
    """Who signed whom: a client follows the chain as it is handed in."""
    for number, (one, signer) in enumerate(pairwise(chain), start=1):
        try:
            one.verify_directly_issued_by(signer)
        except (ValueError, TypeError, InvalidSignature):
            yield (
                f"is no chain: number {number + 1} in it did not sign number {number}; hand in "
                "yours first, then who signed it, and so on"
            )
        if signer.not_valid_after_utc <= now:
            yield (
                f"has number {number + 1} of the chain expired on "
                f"{signer.not_valid_after_utc.date()}; hand in the chain of a renewed one"
            )


def _other_key(leaf: x509.Certificate, key: str) -> Iterator[str]:
    try:
        found = serialization.load_pem_private_key(key.encode(), password=None)
    except TypeError:
        yield "is encrypted with a password; hand it in without one, it is encrypted in the stack"
    except (ValueError, UnsupportedAlgorithm):
        yield "is no PEM private key"
    else:
        if _public(found.public_key()) != _public(leaf.public_key()):
            yield f"is not the key of kubeflow:{CERTIFICATE}; hand in the pair"


def _is_served(key: PublicKeyTypes) -> bool:
    """Of any other key Istio accepts the Secret, and Envoy opens no port."""
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= SMALLEST_RSA
    return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, CURVES)


def _names(leaf: x509.Certificate) -> list[str]:
    try:
        found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []  # browsers do not read the common name either
    return [name.lower() for name in found.value.get_values_for_type(x509.DNSName)]


def _covers(pattern: str, name: str) -> bool:
    """A wildcard stands for one label."""
    first, _, rest = name.partition(".")
    return pattern == name or (pattern == f"*.{rest}" and first != "*")


def _public(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
