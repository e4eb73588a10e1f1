"""What an object names: each rule gives the identities that one object cannot live without.

A rule may name what is not rendered, and `references` drops it. Optional references count when
rendered: a pod that starts before an optional ConfigMap would run without it until restarted.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from upstream.inventory import Inventory, annotations, labels, pod_labels, pod_template
from upstream.model import Body, Key, Obj
from upstream.selectors import selects

CERT_MANAGER = "cert-manager.io"
CERT_MANAGERS_HOME = "cert-manager"  # where it looks for the Secrets of a ClusterIssuer
RBAC = "rbac.authorization.k8s.io"
_CA_FROM_CERTIFICATE = "cert-manager.io/inject-ca-from"
_CA_FROM_SECRET = "cert-manager.io/inject-ca-from-secret"


def references(obj: Obj, inventory: Inventory) -> frozenset[Key]:
    """The rendered objects and CRDs that `obj` refers to, itself excluded."""
    named = (key for rule in RULES for key in rule(obj, inventory))
    rendered = set(inventory.has(named)) - {obj.key}
    definition = inventory.crds.get((obj.key.group, obj.kind))
    return frozenset(rendered | ({definition} if definition else set()))


def _namespace(obj: Obj, _: Inventory) -> Iterator[Key]:
    if obj.namespace:
        yield Key("", "Namespace", "", obj.namespace)


def _role_and_subjects(obj: Obj, _: Inventory) -> Iterator[Key]:
    if obj.key.group != RBAC or not obj.kind.endswith("Binding"):
        return
    role = obj.body["roleRef"]
    place = obj.namespace if role["kind"] == "Role" else ""
    yield Key(RBAC, role["kind"], place, role["name"])
    for subject in obj.body.get("subjects") or ():
        if subject["kind"] == "ServiceAccount":
            yield _service_account(subject.get("namespace", obj.namespace), subject["name"])


def _rights(obj: Obj, inventory: Inventory) -> Iterator[Key]:
    """The bindings of a workload's service account: with them first it starts without being
    refused, and in a destroy it keeps its rights until it is gone."""
    if pod := pod_template(obj):
        account = _service_account(obj.namespace, _account_name(pod))
        for kind in ("RoleBinding", "ClusterRoleBinding"):
            for binding in inventory.of_kind.get(kind, ()):
                if account in _role_and_subjects(binding, inventory):
                    yield binding.key


def _pod_needs(obj: Obj, inventory: Inventory) -> Iterator[Key]:
    pod = pod_template(obj)
    if pod is None:
        return
    spec: Body = pod["spec"]
    yield _service_account(obj.namespace, _account_name(pod))
    yield Key("scheduling.k8s.io", "PriorityClass", "", spec.get("priorityClassName", ""))
    for secret in spec.get("imagePullSecrets") or ():
        yield Key("", "Secret", obj.namespace, secret["name"])
    for kind, name in (*_volumes(spec), *_environment(spec)):
        yield Key("", kind, obj.namespace, name)
        if kind == "Secret":
            yield from _certificates_making(name, obj.namespace, inventory)


def _volumes(spec: Body) -> Iterator[tuple[str, str]]:
    """(kind, name) of what is mounted."""
    for volume in spec.get("volumes") or ():
        if claim := volume.get("persistentVolumeClaim"):
            yield "PersistentVolumeClaim", claim["claimName"]
        for source in (volume, *(volume.get("projected", {}).get("sources") or ())):
            yield from _named("ConfigMap", source.get("configMap"))
            yield from _named("Secret", source.get("secret"))


def _environment(spec: Body) -> Iterator[tuple[str, str]]:
    """(kind, name) of what environment variables are read from."""
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        for variable in container.get("env") or ():
            source = variable.get("valueFrom") or {}
            yield from _named("ConfigMap", source.get("configMapKeyRef"))
            yield from _named("Secret", source.get("secretKeyRef"))
        for source in container.get("envFrom") or ():
            yield from _named("ConfigMap", source.get("configMapRef"))
            yield from _named("Secret", source.get("secretRef"))


def _named(kind: str, source: Body | None) -> Iterator[tuple[str, str]]:
    if source:
        yield kind, source["secretName" if "secretName" in source else "name"]


def _certificates_making(secret: str, namespace: str, inventory: Inventory) -> Iterator[Key]:
    for certificate in _of_cert_manager(inventory.of_kind.get("Certificate", ())):
        if certificate.namespace == namespace and certificate.body["spec"]["secretName"] == secret:
            yield certificate.key


def _issuer(obj: Obj, _: Inventory) -> Iterator[Key]:
    if (obj.key.group, obj.kind) == (CERT_MANAGER, "Certificate"):
        issuer: dict[str, Any] = obj.body["spec"]["issuerRef"]
        kind = issuer.get("kind", "Issuer")
        place = obj.namespace if kind == "Issuer" else ""
        yield Key(CERT_MANAGER, kind, place, issuer["name"])


def _issuers_secrets(obj: Obj, inventory: Inventory) -> Iterator[Key]:
    """The key that an issuer signs with, the certificate it is made by, or the token it shows."""
    if obj.key.group != CERT_MANAGER or obj.kind not in ("Issuer", "ClusterIssuer"):
        return
    place = obj.namespace or CERT_MANAGERS_HOME
    for name in _secrets_named(obj.body.get("spec")):
        yield Key("", "Secret", place, name)
        yield from _certificates_making(name, place, inventory)


def _secrets_named(value: Any) -> Iterator[str]:
    """Every `secretName` and `…SecretRef.name`; what cert-manager makes itself is not rendered."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "secretName":
                yield inner
            elif key.endswith("SecretRef"):
                yield inner["name"]
            else:
                yield from _secrets_named(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _secrets_named(inner)


def _ca_injection(obj: Obj, inventory: Inventory) -> Iterator[Key]:
    """The certificate whose CA goes into the object, and the cainjector that puts it there."""
    notes = annotations(obj.body)
    if _CA_FROM_CERTIFICATE in notes:
        namespace, _, name = notes[_CA_FROM_CERTIFICATE].partition("/")
        yield Key(CERT_MANAGER, "Certificate", namespace, name)
    if _CA_FROM_CERTIFICATE in notes or _CA_FROM_SECRET in notes:
        for workload in inventory.of_kind.get("Deployment", ()):
            if pod_labels(workload).get(_COMPONENT) == "cainjector":
                yield workload.key


def _scaled(obj: Obj, _: Inventory) -> Iterator[Key]:
    if obj.kind == "HorizontalPodAutoscaler":
        target = obj.body["spec"]["scaleTargetRef"]
        group = target.get("apiVersion", "").rpartition("/")[0]
        yield Key(group, target["kind"], obj.namespace, target["name"])


def _aggregated(obj: Obj, inventory: Inventory) -> Iterator[Key]:
    """The ClusterRoles that a ClusterRole collects. Its controller writes it whenever one of them
    changes, and would make it anew if they were deleted after it: so it goes first."""
    rule = obj.body.get("aggregationRule") or {}
    for selector in rule.get("clusterRoleSelectors") or ():
        for role in inventory.of_kind.get("ClusterRole", ()):
            if selects(selector, labels(role.body)):
                yield role.key


def _account_name(pod: Body) -> str:
    return str(pod["spec"].get("serviceAccountName") or "default")


def _service_account(namespace: str, name: str) -> Key:
    return Key("", "ServiceAccount", namespace, name)


def _of_cert_manager(objs: Iterable[Obj]) -> Iterator[Obj]:
    return (obj for obj in objs if obj.key.group == CERT_MANAGER)


_COMPONENT = "app.kubernetes.io/component"
RULES = (
    _namespace,
    _role_and_subjects,
    _rights,
    _pod_needs,
    _issuer,
    _issuers_secrets,
    _ca_injection,
    _scaled,
    _aggregated,
)
