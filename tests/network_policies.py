"""Who may open a connection to whom, by the NetworkPolicies alone, as a CNI would judge. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from upstream.model import Obj
from upstream.selectors import selects

NAME = "kubernetes.io/metadata.name"


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A pod, as policies see it; `ports` are names of its ports."""

    namespace: str
    labels: Mapping[str, str]
    ports: Mapping[str, int]


def may_reach(objs: Iterable[Obj], caller: Peer, called: Peer, port: int) -> bool:
    """Whether a TCP connection comes about: any policy that is about `called` may admit it, and
    where none is about it, everybody may."""
    known = tuple(objs)
    about = [
        obj.body["spec"]
        for obj in known
        if obj.kind == "NetworkPolicy"
        and obj.namespace == called.namespace
        and "Ingress" in obj.body["spec"].get("policyTypes", ["Ingress"])
        and selects(obj.body["spec"]["podSelector"], called.labels)
    ]
    return not about or any(
        _admits(rule, known, caller, called, port)
        for spec in about
        for rule in spec.get("ingress") or ()
    )


def _admits(
    rule: Mapping[str, Any], objs: tuple[Obj, ...], caller: Peer, called: Peer, port: int
) -> bool:
    ports = rule.get("ports")
    if ports and not any(_is_at(one, called, port) for one in ports):
        return False
    peers = rule.get("from")
    return not peers or any(_is_from(one, objs, caller, called) for one in peers)


def _is_at(one: Mapping[str, Any], called: Peer, port: int) -> bool:
    if one.get("protocol", "TCP") != "TCP":
        return False
    said = one.get("port", port)
    return bool(called.ports.get(said) == port if isinstance(said, str) else said == port)


def _is_from(peer: Mapping[str, Any], objs: tuple[Obj, ...], caller: Peer, called: Peer) -> bool:
    if "namespaceSelector" in peer:
        if not selects(peer["namespaceSelector"], namespace_labels(objs, caller.namespace)):
            return False
    elif caller.namespace != called.namespace:
        return False
    return selects(peer.get("podSelector") or {}, caller.labels)


def namespace_labels(objs: Iterable[Obj], name: str) -> dict[str, str]:
    """A namespace's labels, the one that Kubernetes gives it too."""
    found = (obj.body["metadata"] for obj in objs if obj.kind == "Namespace" and obj.name == name)
    return {**next((one.get("labels") or {} for one in found), {}), NAME: name}
