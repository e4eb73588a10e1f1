"""A stack at a domain of its own, on a real API server: accepted, issued, verified, gone.

Envoy does not run here: a server with the Secret that the gateway would take stands in for it.
"""

import base64
import json
import os
import ssl
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from joserfc import jwt
from joserfc.jwk import KeySet

from components.platform.patches.table import platform_objects
from components.platform.placeholders import placeholder_args
from kube.client import APPLY
from kube.errors import ApiStatusError
from ops.offline import release_of
from plan.machines import machine_names
from rehearsal.cluster.pki import Pair, Wish, issue, make_authority
from rehearsal.cluster.waiting import until
from rehearsal.engine.state import State
from rehearsal.session import open_session
from tests.e2e.conftest import Project
from tests.ingresses import planned, said, with_secrets

pytestmark = pytest.mark.rehearsal

DOMAIN = "ml.sandbox.test"
MODEL = f"sklearn.vision.{DOMAIN}"
INGRESS = {"domain": DOMAIN, "auth": {"adminEmail": "admin@sandbox.test"}}
ISSUING, ISTIO = "cert-manager.io", ".istio.io"
STRICTLY = {"dryRun": "All", "fieldValidation": "Strict"}
SECONDS_TO_ISSUE = 20
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
    return serving(project, "gateway-certificate", tmp_path_factory.mktemp("served"))


def serving(project: Project, name: str, folder: Path) -> ssl.SSLContext:
    """What the gateway would serve with a Secret."""
    found = secret(project, name)
    (folder / "tls.crt").write_text(found["tls.crt"])
    (folder / "tls.key").write_text(found["tls.key"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
    return context


def shake_hands(served: ssl.SSLContext, trusted: str, host: str) -> str:
    """The protocol that a client who trusts `trusted` speaks with `host`; raises as it would."""
    client = ssl.create_default_context(cadata=trusted)
    assert client.verify_mode is ssl.CERT_REQUIRED
    assert client.check_hostname
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


@pytest.mark.parametrize("host", [DOMAIN, MODEL])
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


def test_the_gateway_has_the_keys_that_the_cluster_signs_its_tokens_with(
    project: Project, tmp_path: Path
) -> None:
    """The token is asked for as the examples do, which is as docs/ingress.md says."""
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(project.access.kubeconfig)
    token = subprocess.run(
        [sys.executable, "-c", "from examples.reach import token_of; print(token_of('vision'))"],
        cwd=project.root,
        env={**os.environ, "KUBECONFIG": str(kubeconfig)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    client = project.client
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


@pytest.mark.parametrize("challenge", ["http01", "route53", "digitalocean"])
def test_what_lets_encrypt_takes_is_what_the_crds_take(project: Project, challenge: str) -> None:
    """By dry run, unknown fields refused: nobody issues anything."""
    modes = {"digitalocean": "letsencrypt"}
    ingress = with_secrets(planned(said(tls=modes.get(challenge, challenge), domain=DOMAIN)))
    session = open_session(project.root, project.stack)
    args = replace(placeholder_args(session.plan), ingress=ingress)
    rendered = platform_objects(release_of(session, lambda _: None).objects, args)
    asked = [obj for obj in rendered if obj.key.group == ISSUING or obj.key.group.endswith(ISTIO)]
    (issuer,) = (obj for obj in asked if obj.kind == "ClusterIssuer" and obj.name == "letsencrypt")
    assert challenge in json.dumps(issuer.body["spec"]["acme"]["solvers"])
    for obj in asked:
        query = {**STRICTLY, "fieldManager": "somebody", "force": "true"}
        project.client.call("PATCH", project.client.path_of(obj.body), query, obj.body, APPLY)


def test_an_issuer_with_a_field_too_many_would_be_refused(project: Project) -> None:
    body = {
        "apiVersion": "cert-manager.io/v1",
        "kind": "ClusterIssuer",
        "metadata": {"name": "wrong"},
        "spec": {"acme": {"server": "https://a.test", "solvers": [{"dns02": {}}]}},
    }
    query = {**STRICTLY, "fieldManager": "somebody", "force": "true"}
    with pytest.raises(ApiStatusError, match="dns02"):
        project.client.call("PATCH", project.client.path_of(body), query, body, APPLY)


def test_a_new_teams_models_are_in_the_certificate(project: Project, tmp_path: Path) -> None:
    more = [*TEAMS, {"name": "speech", "owner": "bob@sandbox.test"}]
    project.configure(kubeflow={"components": ["kserve", "profiles"]}, ingress=INGRESS, teams=more)
    project.succeed("up")
    wanted = f"*.speech.{DOMAIN}"
    until(
        "the certificate is issued anew",
        lambda: None if wanted in names_in(project) else wanted,
        SECONDS_TO_ISSUE,
    )
    served = serving(project, "gateway-certificate", tmp_path)
    assert shake_hands(served, authority(project), f"words.speech.{DOMAIN}") == "TLSv1.3"


def names_in(project: Project) -> list[str]:
    """The names of the certificate that the gateway would serve."""
    pem = secret(project, "gateway-certificate")["tls.crt"].encode()
    said = x509.load_pem_x509_certificate(pem).extensions
    found = said.get_extension_for_class(x509.SubjectAlternativeName).value
    return found.get_values_for_type(x509.DNSName)


@pytest.fixture(scope="module")
def root() -> Pair:
    """Somebody's CA, which the stack is never told of."""
    return make_authority("Corp root")


def test_a_certificate_of_ones_own_takes_the_place_of_the_clusters(
    project: Project, root: Pair
) -> None:
    between = issue(root, Wish(common_name="Corp servers", is_authority=True))
    names = (DOMAIN, f"*.vision.{DOMAIN}")
    own = issue(between, Wish(common_name=DOMAIN, names=names))
    project.configure(
        kubeflow={"components": ["kserve", "profiles"]},
        ingress={**INGRESS, "servingNamespaces": ["vision"], "tls": {"mode": "provided"}},
        teams=TEAMS,
    )
    path = project.root / "stacks" / f"Pulumi.{project.stack}.yaml"
    content = yaml.safe_load(path.read_text())
    # A rehearsal's own secrets may stand in clear: it reads nothing that Pulumi encrypted.
    content["config"] |= {
        "kubeflow:tlsCertificate": own.certificate + between.certificate,
        "kubeflow:tlsKey": own.key,
    }
    path.write_text(yaml.safe_dump(content))
    changes = project.changes("up")
    gone = {urn.rpartition("::")[2] for urn, op in changes.items() if op == "delete"}
    assert {"istio-system/gateway-certificate", "istio-system/platform-ca"} <= gone
    assert project.changes("up") == {}


@pytest.mark.parametrize("host", [DOMAIN, MODEL])
def test_who_trusts_its_root_trusts_the_domain_and_a_model(
    project: Project, root: Pair, host: str, tmp_path: Path
) -> None:
    served = serving(project, "gateway-provided", tmp_path)
    assert shake_hands(served, root.certificate, host) == "TLSv1.3"
    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
        shake_hands(served, make_authority("Another").certificate, host)


def test_destroy_leaves_nothing(project: Project) -> None:
    assert "0 left" in project.succeed("destroy")
