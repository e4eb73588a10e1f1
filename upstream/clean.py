"""What is wrong with upstream's objects for somebody who applies them declaratively, and the cure.

Each clean-up is one row: its name, why it is needed, which objects have the defect, and a function
that gives a cured copy. Rows act on one object at a time and never on each other's results.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from upstream.kinds import Kinds
from upstream.model import Body
from upstream.selectors import selects

Dict = dict[str, Any]
MAX_WEBHOOK_SECONDS = 29
SYSTEM = "kube-system"
NAMESPACE_NAME = "kubernetes.io/metadata.name"  # the API server labels every namespace with it
_INJECT_CA = "cert-manager.io/inject-ca-from"


@dataclass(frozen=True, kw_only=True)
class CleanUp:
    """One defect of rendered objects and its cure."""

    name: str
    reason: str
    has: Callable[[Body, Kinds], bool]
    cure: Callable[[Dict], Dict]


def clean(body: Body, kinds: Kinds) -> Dict:
    """The object without any of the defects in `CLEAN_UPS`; the one given is left alone."""
    cured = dict(body)
    for row in CLEAN_UPS:
        cured = cleaned_by(row, cured, kinds)
    return cured


def cleaned_by(row: CleanUp, body: Dict, kinds: Kinds) -> Dict:
    """The object without this one defect; the very same where it does not have it."""
    return row.cure(body) if row.has(body, kinds) else body


def _is_cluster_scoped(body: Body, kinds: Kinds) -> bool:
    kind = kinds.get((body["apiVersion"].rpartition("/")[0], body["kind"]))
    return kind is not None and not kind.namespaced


def _has_stray_namespace(body: Body, kinds: Kinds) -> bool:
    return "namespace" in body["metadata"] and _is_cluster_scoped(body, kinds)


def _drop_namespace(body: Dict) -> Dict:
    return {**body, "metadata": _without(body["metadata"], "namespace")}


def _has_null_timestamp(body: Body, _: Kinds) -> bool:
    return any("creationTimestamp" in meta for meta in _metadata(body))


def _drop_timestamps(body: Dict) -> Dict:
    cured = {**body, "metadata": _without(body["metadata"], "creationTimestamp")}
    template = body.get("spec", {}).get("template", {})
    if "creationTimestamp" in template.get("metadata", {}):
        meta = _without(template["metadata"], "creationTimestamp")
        cured["spec"] = {**body["spec"], "template": {**template, "metadata": meta}}
    return cured


def _metadata(body: Body) -> Iterable[Body]:
    yield body["metadata"]
    yield body.get("spec", {}).get("template", {}).get("metadata", {})


def _has_status(body: Body, _: Kinds) -> bool:
    return "status" in body


def _drop_status(body: Dict) -> Dict:
    return _without(body, "status")


def _has_empty_data(body: Body, _: Kinds) -> bool:
    return body["kind"] == "Secret" and body.get("data") == {}


def _drop_data(body: Dict) -> Dict:
    return _without(body, "data")


def _has_aggregated_rules(body: Body, _: Kinds) -> bool:
    return "aggregationRule" in body and "rules" in body


def _drop_rules(body: Dict) -> Dict:
    return _without(body, "rules")


def _has_empty_rules(body: Body, _: Kinds) -> bool:
    is_role = body["kind"] in ("ClusterRole", "Role")
    return is_role and body.get("rules") == [] and "aggregationRule" not in body


def _has_empty_ca(body: Body, _: Kinds) -> bool:
    return any(hook["clientConfig"].get("caBundle") == "" for hook in _webhooks(body))


def _drop_empty_ca(body: Dict) -> Dict:
    def cure(hook: Dict) -> Dict:
        config = hook["clientConfig"]
        return {**hook, "clientConfig": {k: v for k, v in config.items() if k != "caBundle" or v}}

    return _each_webhook(body, cure)


def _has_unresolved_ca_source(body: Body, _: Kinds) -> bool:
    return "$(" in (body["metadata"].get("annotations") or {}).get(_INJECT_CA, "")


def _drop_ca_source(body: Dict) -> Dict:
    meta = body["metadata"]
    return {
        **body,
        "metadata": {**meta, "annotations": _without(meta["annotations"], _INJECT_CA)},
    }


def _is_ignoring_istio_validator(body: Body, _: Kinds) -> bool:
    return body["metadata"]["name"].startswith("istio-validator") and any(
        hook.get("failurePolicy") == "Ignore" for hook in _webhooks(body)
    )


def _fail_closed(body: Dict) -> Dict:
    return _each_webhook(body, lambda hook: {**hook, "failurePolicy": "Fail"})


def _has_slow_webhook(body: Body, _: Kinds) -> bool:
    return any(hook.get("timeoutSeconds", 0) > MAX_WEBHOOK_SECONDS for hook in _webhooks(body))


def _shorten_timeouts(body: Dict) -> Dict:
    def cure(hook: Dict) -> Dict:
        return {**hook, "timeoutSeconds": min(hook.get("timeoutSeconds", 10), MAX_WEBHOOK_SECONDS)}

    return _each_webhook(body, cure)


def _has_deadlocking_webhook(body: Body, _: Kinds) -> bool:
    return any(_may_deadlock(hook) for hook in _webhooks(body))


def _may_deadlock(hook: Body) -> bool:
    """Fails closed on pods of kube-system, as far as its selector goes by names of namespaces."""
    pods = any(
        not {"", "*"}.isdisjoint(rule.get("apiGroups") or ())
        and not {"pods", "pods/*", "*", "*/*"}.isdisjoint(rule.get("resources") or ())
        and not {"CREATE", "*"}.isdisjoint(rule.get("operations") or ())
        for rule in hook.get("rules") or ()
    )
    return (
        pods
        and hook.get("failurePolicy", "Fail") == "Fail"
        and selects(hook.get("namespaceSelector"), {NAMESPACE_NAME: SYSTEM})
    )


def _spare_namespaces(body: Dict) -> Dict:
    def cure(hook: Dict) -> Dict:
        if not _may_deadlock(hook):
            return hook
        own = hook["clientConfig"].get("service", {}).get("namespace")
        names = sorted({SYSTEM, own} - {None})
        spared = {"key": NAMESPACE_NAME, "operator": "NotIn", "values": names}
        selector = hook.get("namespaceSelector") or {}
        expressions = [*(selector.get("matchExpressions") or ()), spared]
        return {**hook, "namespaceSelector": {**selector, "matchExpressions": expressions}}

    return _each_webhook(body, cure)


def _webhooks(body: Body) -> tuple[Dict, ...]:
    return tuple(body.get("webhooks") or ())


def _each_webhook(body: Dict, cure: Callable[[Dict], Dict]) -> Dict:
    return {**body, "webhooks": [cure(hook) for hook in _webhooks(body)]}


def _without(mapping: Body, name: str) -> Dict:
    return {key: value for key, value in mapping.items() if key != name}


CLEAN_UPS = (
    CleanUp(
        name="namespace of cluster-scoped objects",
        reason="the API server drops it, so every later preview would show a difference",
        has=_has_stray_namespace,
        cure=_drop_namespace,
    ),
    CleanUp(
        name="creationTimestamp: null",
        reason="generated by code generators; the API server sets its own",
        has=_has_null_timestamp,
        cure=_drop_timestamps,
    ),
    CleanUp(
        name="status",
        reason="belongs to controllers; sent with the object it is ignored or fought over",
        has=_has_status,
        cure=_drop_status,
    ),
    CleanUp(
        name="empty data of Secrets",
        reason="a controller fills the Secret in; owning the empty field would take it away again",
        has=_has_empty_data,
        cure=_drop_data,
    ),
    CleanUp(
        name="rules of aggregated ClusterRoles",
        reason="the control plane fills them in from the aggregated roles",
        has=_has_aggregated_rules,
        cure=_drop_rules,
    ),
    CleanUp(
        name="empty rules of roles",
        reason="the API server keeps them as null, which the provider takes for a change for ever",
        has=_has_empty_rules,
        cure=_drop_rules,
    ),
    CleanUp(
        name="empty caBundle",
        reason="cainjector fills it in; owning the empty value would take it away again",
        has=_has_empty_ca,
        cure=_drop_empty_ca,
    ),
    CleanUp(
        name="unresolved inject-ca-from",
        reason="a kustomize variable left literally as $(...); the controller brings its own CA",
        has=_has_unresolved_ca_source,
        cure=_drop_ca_source,
    ),
    CleanUp(
        name="istio-validator fails open",
        reason="istiod flips Ignore to Fail once it serves; rendered as Fail there is no drift",
        has=_is_ignoring_istio_validator,
        cure=_fail_closed,
    ),
    CleanUp(
        name="webhook timeout of 30 s",
        reason="DigitalOcean refuses cluster upgrades while a webhook may take 30 s",
        has=_has_slow_webhook,
        cure=_shorten_timeouts,
    ),
    CleanUp(
        name="webhook on pods of kube-system and of its own namespace",
        reason="while nobody answers, neither the cluster's own pods start nor the one that would "
        "answer; DigitalOcean refuses cluster upgrades for it",
        has=_has_deadlocking_webhook,
        cure=_spare_namespaces,
    ),
)
