"""The rehearsal's certificates."""

import ssl
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from rehearsal.cluster.pki import Wish, issue, make_authority, make_token_keys


def test_a_certificate_is_signed_by_the_authority_and_says_what_was_wished() -> None:
    authority = make_authority("rehearsal")
    wish = Wish(
        common_name="web",
        organizations=("system:masters",),
        names=("web.default.svc", "127.0.0.1"),
        lifetime=timedelta(days=90),
    )

    certificate = x509.load_pem_x509_certificate(issue(authority, wish).certificate.encode())

    certificate.verify_directly_issued_by(
        x509.load_pem_x509_certificate(authority.certificate.encode())
    )
    assert certificate.subject.rfc4514_string() == "CN=web,O=system:masters"
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["web.default.svc"]
    assert [str(a) for a in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]


def test_a_server_with_such_a_certificate_is_trusted_by_who_knows_the_authority(
    tmp_path: Path,
) -> None:
    authority = make_authority("rehearsal")
    pair = issue(authority, Wish(common_name="web", names=("web.default.svc",)))
    file = tmp_path / "web.pem"
    file.write_text(pair.key + pair.certificate)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    client = ssl.create_default_context(cadata=authority.certificate)

    assert _handshake(server, client, "web.default.svc") == "TLSv1.3"


def test_a_name_longer_than_x509_allows_is_cut_in_the_subject_only() -> None:
    name = f"{'n' * 70}.svc"
    pair = issue(make_authority("rehearsal"), Wish(common_name=name, names=(name,)))
    certificate = x509.load_pem_x509_certificate(pair.certificate.encode())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value

    assert names.get_values_for_type(x509.DNSName) == [name]


def test_token_keys_belong_together() -> None:
    private, public = make_token_keys()

    key = serialization.load_pem_private_key(private.encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert key.public_key() == serialization.load_pem_public_key(public.encode())


def _handshake(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> str | None:
    """Both ends in memory, until they agree."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = server.wrap_bio(to_server, to_client, server_side=True)
    theirs = client.wrap_bio(to_client, to_server, server_hostname=name)
    for end in (theirs, ours, theirs, ours):
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return theirs.version()
