"""The gateway's certificate, from whichever place the plan names. Pure."""

from functools import partial
from typing import Any

from components.platform.ingress import Ingress
from components.platform.patches.model import Addition, Json, Selector
from kube.ready import SKIP_AWAIT
from plan.ingress import CERTIFICATE_KEYS, DNS_TOKEN, AcmePlan, TlsPlan

SOURCE = "cert-manager.io/docs/configuration"
HOME = "istio-system"  # where the gateway's pods look for it
ISSUERS_HOME = "cert-manager"  # where cert-manager looks for what a ClusterIssuer names
AUTHORITY = "platform-ca"
GATEWAY_CERTIFICATE = "gateway-certificate"
PROVIDED = "gateway-provided"
ACME = "letsencrypt"
ACCOUNT, TOKEN = "letsencrypt-account", "letsencrypt-dns-token"
GATEWAY = Selector(kind="Gateway", namespace="kubeflow", name="kubeflow-gateway")
ECDSA = {"algorithm": "ECDSA", "size": 256}


def tls_additions(ingress: Ingress, tls: TlsPlan) -> tuple[Addition, ...]:
    """The certificate, and who issues it."""

    def added(name: str, why: str, body: Json) -> Addition:
        return Addition(
            name=name,
            component="istio-resources",
            selector=GATEWAY,
            why=why,
            source=SOURCE,
            make=lambda _: body,
        )

    if tls.mode == "provided":
        certificate, key = (ingress.secrets[name] for name in CERTIFICATE_KEYS)
        secret = _secret(PROVIDED, HOME, **{"tls.crt": certificate, "tls.key": key})
        secret["type"] = "kubernetes.io/tls"
        return (added("provided-certificate", "the owner's own", secret),)
    if tls.acme is None:
        return (
            added("authority", "it signs for the gateway, and people can trust it", _authority()),
            added("authority-issuer", "signs with it", _issuer("Issuer", AUTHORITY, _signs())),
            added("gateway-certificate", "HTTPS", _certificate(tls, "Issuer", AUTHORITY)),
        )
    issuer = _issuer("ClusterIssuer", ACME, {"acme": _acme(tls.acme)})
    token = (
        (added("dns-token", "it shows whose the domain is", _token(ingress)),)
        if tls.acme.challenge == "digitalocean"
        else ()
    )
    made = partial(_certificate, tls, "ClusterIssuer", ACME)
    return (
        *token,
        added("letsencrypt", "signs what every browser trusts", issuer),
        added("gateway-certificate", "HTTPS", made()),
    )


def credential_name(tls: TlsPlan) -> str:
    """The Secret that the gateway takes. What cert-manager writes is never one of ours."""
    return PROVIDED if tls.mode == "provided" else GATEWAY_CERTIFICATE


def _authority() -> Json:
    return _body(
        "Certificate",
        AUTHORITY,
        HOME,
        isCA=True,
        commonName="Kubeflow platform CA",
        secretName=AUTHORITY,
        duration="87600h",
        renewBefore="8760h",
        # The same key when it is renewed: what people trust still holds.
        privateKey={**ECDSA, "rotationPolicy": "Never"},
        usages=["cert sign", "crl sign"],
        issuerRef={
            "group": "cert-manager.io",
            "kind": "ClusterIssuer",
            "name": "kubeflow-self-signing-issuer",
        },
    )


def _certificate(tls: TlsPlan, issuer_kind: str, issuer: str) -> Json:
    body = _body(
        "Certificate",
        GATEWAY_CERTIFICATE,
        HOME,
        dnsNames=list(tls.names),
        secretName=credential_name(tls),
        duration="2160h",
        renewBefore="720h",
        privateKey={**ECDSA, "rotationPolicy": "Always"},
        usages=["digital signature", "server auth"],
        issuerRef={"group": "cert-manager.io", "kind": issuer_kind, "name": issuer},
    )
    if tls.acme and tls.acme.challenge == "http01":
        # It is issued once the domain leads here, which takes the address that `up` ends with.
        body["metadata"]["annotations"] = {SKIP_AWAIT: "true"}
    return body


def _issuer(kind: str, name: str, spec: Json) -> Json:
    return _body(kind, name, HOME if kind == "Issuer" else "", **spec)


def _signs() -> Json:
    return {"ca": {"secretName": AUTHORITY}}


def _acme(acme: AcmePlan) -> Json:
    solvers: dict[str, Json] = {
        # Istio answers Ingresses of this class; the solver's pod is beside the gateway.
        "http01": {"http01": {"ingress": {"class": "istio"}}},
        # Who cert-manager's pods are to AWS is the cluster's business: no key is kept.
        "route53": {"dns01": {"route53": {"region": acme.region}}},
        "digitalocean": {
            "dns01": {"digitalocean": {"tokenSecretRef": {"name": TOKEN, "key": "access-token"}}}
        },
    }
    return {
        "server": acme.server,
        "email": acme.email,
        "privateKeySecretRef": {"name": ACCOUNT},
        "solvers": [solvers[acme.challenge]],
    }


def _token(ingress: Ingress) -> Json:
    return _secret(TOKEN, ISSUERS_HOME, **{"access-token": ingress.secrets[DNS_TOKEN]})


def _secret(name: str, namespace: str, **texts: Any) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace},
        "stringData": texts,
    }


def _body(kind: str, name: str, namespace: str, **spec: Any) -> Json:
    return {
        "apiVersion": "cert-manager.io/v1",
        "kind": kind,
        "metadata": {"name": name, **({"namespace": namespace} if namespace else {})},
        "spec": spec,
    }
