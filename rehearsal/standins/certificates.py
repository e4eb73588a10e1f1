"""cert-manager's effect: issuers become Ready, certificates get a Secret and become Ready.

Only once cert-manager's controller is Available. An issuer that names a CA signs with it, and an
authority of a self-signing issuer is one; everything else is the rehearsal's authority's.
"""

import base64
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from rehearsal.cluster import pki
from rehearsal.cluster.pki import Pair, Wish
from rehearsal.standins.world import (
    CERTIFICATE,
    CLUSTER_ISSUER,
    DEPLOYMENT,
    ISSUER,
    TLS_SECRET,
    Body,
    Kind,
    World,
    has_condition,
    identity,
    is_available,
)
from rehearsal.standins.writing import Write

NAMESPACE, CONTROLLER = "cert-manager", "cert-manager"
KINDS = frozenset({CERTIFICATE, CLUSTER_ISSUER, DEPLOYMENT, ISSUER, TLS_SECRET})
NAMES = "cert-manager.io/alt-names"
DEFAULT_LIFETIME = timedelta(days=90)

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s)")
_UNITS = {
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
}


def writes(world: World, issue: Callable[[Wish], Pair], bundle: str) -> Iterator[Write]:
    """Conditions and Secrets that cert-manager would write next."""
    controller = world.get(DEPLOYMENT, NAMESPACE, CONTROLLER)
    if controller is None or not is_available(controller):
        return
    for kind in (ISSUER, CLUSTER_ISSUER):
        for issuer in world.all(kind):
            if not has_condition(issuer, "Ready"):
                status = {"conditions": [_ready(issuer, "IsReady", "signs with the rehearsal CA")]}
                yield _status(kind, issuer, status)
    for certificate in world.all(CERTIFICATE):
        yield from _certificate_writes(world, certificate, issue, bundle)


def lifetime(text: str) -> timedelta:
    """A Go duration such as `2160h0m0s`."""
    total = sum((float(n) * _UNITS[unit] for n, unit in _DURATION.findall(text)), timedelta())
    return total or DEFAULT_LIFETIME


def wish_of(certificate: Body) -> Wish:
    """What a Certificate asks for."""
    spec = certificate["spec"]
    names = tuple(spec.get("dnsNames") or ()) + tuple(spec.get("ipAddresses") or ())
    name = spec.get("commonName") or (names[0] if names else certificate["metadata"]["name"])
    return Wish(
        common_name=name,
        organizations=tuple((spec.get("subject") or {}).get("organizations") or ()),
        names=names,
        lifetime=lifetime(spec.get("duration") or ""),
        is_authority=bool(spec.get("isCA")),
    )


def _certificate_writes(
    world: World, certificate: Body, issue: Callable[[Wish], Pair], bundle: str
) -> Iterator[Write]:
    namespace, _ = identity(certificate)
    if "deletionTimestamp" in certificate["metadata"] or not _issuer_is_ready(world, certificate):
        return
    held = world.get(TLS_SECRET, namespace, certificate["spec"]["secretName"])
    if held is None or _is_for_other_names(held, certificate):
        wish, signer = wish_of(certificate), _signer(world, certificate)
        if _is_an_authority_of_its_own(world, certificate):
            root = pki.self_signed(wish)
            secret = _secret(certificate, root, root.certificate)
        elif signer is None:
            secret = _secret(certificate, issue(wish), bundle)
        else:
            secret = _secret(certificate, pki.issue(signer, wish), signer.certificate)
        yield Write(
            verb="create" if held is None else "merge",
            kind=TLS_SECRET,
            namespace=namespace,
            name="" if held is None else secret["metadata"]["name"],
            body=secret,
        )
    elif not has_condition(certificate, "Ready"):
        yield _status(CERTIFICATE, certificate, _issued(certificate))


def _is_for_other_names(held: Body, certificate: Body) -> bool:
    """Whether a Secret of cert-manager's is from before the names changed: it is issued anew."""
    return (held["metadata"].get("annotations") or {}).get(NAMES) not in (None, _names(certificate))


def _names(certificate: Body) -> str:
    return ",".join(certificate["spec"].get("dnsNames") or ())


def _issuer(world: World, certificate: Body) -> Body | None:
    reference = certificate["spec"]["issuerRef"]
    is_cluster_wide = reference.get("kind") == CLUSTER_ISSUER.name
    namespace = "" if is_cluster_wide else certificate["metadata"]["namespace"]
    return world.get(CLUSTER_ISSUER if is_cluster_wide else ISSUER, namespace, reference["name"])


def _issuer_is_ready(world: World, certificate: Body) -> bool:
    issuer = _issuer(world, certificate)
    return issuer is not None and has_condition(issuer, "Ready")


def _is_an_authority_of_its_own(world: World, certificate: Body) -> bool:
    issuer = _issuer(world, certificate)
    return wish_of(certificate).is_authority and "selfSigned" in ((issuer or {}).get("spec") or {})


def _signer(world: World, certificate: Body) -> Pair | None:
    """The CA that a namespace's issuer names, from its Secret; None for an issuer without one."""
    issuer = _issuer(world, certificate)
    named = ((issuer or {}).get("spec") or {}).get("ca", {}).get("secretName", "")
    secret = world.get(TLS_SECRET, certificate["metadata"]["namespace"], named)
    if secret is None:
        return None
    texts = {key: base64.b64decode(text).decode() for key, text in secret["data"].items()}
    return Pair(certificate=texts["tls.crt"], key=texts["tls.key"])


def _secret(certificate: Body, pair: Pair, bundle: str) -> Body:
    spec, reference = certificate["spec"], certificate["spec"]["issuerRef"]
    template = spec.get("secretTemplate") or {}
    annotations = {
        **(template.get("annotations") or {}),
        "cert-manager.io/certificate-name": certificate["metadata"]["name"],
        "cert-manager.io/issuer-name": reference["name"],
        "cert-manager.io/issuer-kind": reference.get("kind", ISSUER.name),
        "cert-manager.io/issuer-group": reference.get("group", "cert-manager.io"),
        "cert-manager.io/common-name": spec.get("commonName", ""),
        NAMES: _names(certificate),
    }
    labels = {**(template.get("labels") or {}), "controller.cert-manager.io/fao": "true"}
    texts = {"tls.crt": pair.certificate, "tls.key": pair.key, "ca.crt": bundle}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/tls",
        "metadata": {"name": spec["secretName"], "annotations": annotations, "labels": labels},
        "data": {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()},
    }


def _issued(certificate: Body) -> dict[str, Any]:
    now = datetime.now(UTC)
    life = wish_of(certificate).lifetime
    return {
        "conditions": [
            _ready(certificate, "Ready", "Certificate is up to date and has not expired")
        ],
        "notBefore": _time(now),
        "notAfter": _time(now + life),
        "renewalTime": _time(now + life * 2 / 3),
        "revision": 1,
    }


def _ready(body: Body, reason: str, message: str) -> dict[str, Any]:
    return {
        "type": "Ready",
        "status": "True",
        "reason": reason,
        "message": message,
        "lastTransitionTime": _time(datetime.now(UTC)),
        "observedGeneration": body["metadata"].get("generation", 1),
    }


def _status(kind: Kind, body: Body, status: dict[str, Any]) -> Write:
    namespace, name = identity(body)
    return Write(
        verb="merge",
        kind=kind,
        namespace=namespace,
        name=name,
        subresource="status",
        body={"status": status},
    )


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
