"""A stack at a domain of its own, on a real API server: accepted, issued, verified, gone.

Envoy does not run here: a server with the Secret that the gateway would take stands in for it.
"""

import base64
import json
import ssl
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from plan.machines import AUDIENCE, machine_names
from rehearsal.engine.state import State
from rehearsal.session import open_session
from tests.e2e.conftest import Project

pytestmark = pytest.mark.rehearsal

DOMAIN = "ml.sandbox.test"
INGRESS = {
    "domain": DOMAIN,
    "servingNamespaces": ["vision"],
    "auth": {"adminEmail": "admin@sandbox.test"},
}
TEAMS = [{"name": "vision", "owner": "ada@sandbox.test", "publicModels": ["iris"]}]


def test_up_at_a_domain_passes_at_once(project: Project) -> None:
    project.configure(kubeflow={"components": ["kserve", "profiles"]}, ingress=INGRESS, teams=TEAMS)
    assert set(project.changes("up").values()) == {"create"}
    assert project.rejected() == []


def secret(project: Project, name: str) -> dict[str, str]:
    metadata = {"name": name, "namespace": "istio-system"}
    found = project.client.get({"apiVersion": "v1", "kind": "Secret", "metadata": metadata})
    assert found is not None
    return {key: base64.b64decode(text).decode() for key, text in found["data"].items()}


def test_certificates_and_gateways_are_what_their_crds_take(project: Project) -> None:
    client = project.client
    certificates = {
        o["metadata"]["name"]: o
        for o in client.list(client.resource("cert-manager.io/v1", "Certificate"))
        if o["metadata"]["namespace"] == "istio-system"
    }
    assert set(certificates) == {"platform-ca", "gateway-certificate"}
    for one in certificates.values():
        assert {"type": "Ready", "status": "True"}.items() <= one["status"]["conditions"][0].items()
    gateways = client.list(client.resource("networking.istio.io/v1", "Gateway"))
    ports = {
        o["metadata"]["name"]: [server["port"]["number"] for server in o["spec"]["servers"]]
        for o in gateways
    }
    assert ports["kubeflow-gateway"] == [443]
    filters = client.list(client.resource("networking.istio.io/v1alpha3", "EnvoyFilter"))
    assert {o["metadata"]["name"] for o in filters} == {
        "identity-headers",
        "strict-transport-security",
    }


def authority(project: Project) -> str:
    """What the stack hands out as `caCertificate`."""
    session = open_session(project.root, project.stack)
    (found,) = (
        one
        for one in State(session.folder, session.key())
        if one.urn.endswith("kubeflow:Authority::authority")
    )
    return str(found.outputs["certificate"])


@pytest.fixture(scope="module")
def served(project: Project, tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """What the gateway would serve with its Secret."""
    folder: Path = tmp_path_factory.mktemp("served")
    found = secret(project, "gateway-certificate")
    (folder / "tls.crt").write_text(found["tls.crt"])
    (folder / "tls.key").write_text(found["tls.key"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
    return context


def shake_hands(served: ssl.SSLContext, trusted: str, host: str) -> str:
    """The protocol that a client who trusts `trusted` speaks with `host`; raises as it would."""
    client = ssl.create_default_context(cadata=trusted)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    one = client.wrap_bio(to_client, to_server, server_hostname=host)
    other = served.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for side in (one, other):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return str(one.version())


@pytest.mark.parametrize("host", [DOMAIN, f"sklearn.vision.{DOMAIN}"])
def test_who_trusts_the_output_trusts_the_domain_and_a_model(
    project: Project, served: ssl.SSLContext, host: str
) -> None:
    assert shake_hands(served, authority(project), host) == "TLSv1.3"


@pytest.mark.parametrize("host", ["other.test", f"vision.{DOMAIN}", f"a.b.vision.{DOMAIN}"])
def test_the_certificate_is_for_no_other_host(
    project: Project, served: ssl.SSLContext, host: str
) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake_hands(served, authority(project), host)


def test_the_output_is_what_signed(project: Project) -> None:
    assert authority(project) == secret(project, "platform-ca")["tls.crt"]


def test_the_gateway_has_the_keys_that_the_cluster_signs_its_tokens_with(project: Project) -> None:
    client = project.client
    account = client.path_of(
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": "default-editor", "namespace": "vision"},
        }
    )
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest"}
    token = client.call(
        "POST",
        f"{account}/token",
        body={**asked, "spec": {"audiences": [AUDIENCE]}},
        content_type="application/json",
    )["status"]["token"]
    (rule,) = (
        one["spec"]["jwtRules"][0]
        for one in client.list(client.resource("security.istio.io/v1", "RequestAuthentication"))
        if one["metadata"]["name"] == "machine-tokens"
    )
    keys = KeySet.import_key_set(json.loads(rule["jwks"]))
    claims = jwt.decode(token, keys, algorithms=["ES256", "RS256"]).claims
    assert claims["iss"] == rule["issuer"]
    assert claims["aud"] == rule["audiences"]
    assert claims["sub"] in machine_names("vision")


def test_a_second_up_at_a_domain_changes_and_writes_nothing(project: Project) -> None:
    before = project.writes()
    assert project.changes("up") == {}
    assert project.writes() == before


def test_a_refresh_at_a_domain_finds_no_drift(project: Project) -> None:
    project.succeed("refresh")
    assert project.changes("preview") == {}


def test_destroy_leaves_nothing(project: Project) -> None:
    assert "0 left" in project.succeed("destroy")
