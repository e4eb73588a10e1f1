"""Pods may pull: each namespace with pods has the secret, each workload and account names it."""

from typing import cast

import pulumi

from components.platform.registry import PULL_SECRET, with_registry
from upstream.model import Obj
from upstream.render import as_object

POD = {"containers": [{"name": "c", "image": "mysql:8"}]}


def _obj(kind: str, namespace: str, **fields: object) -> Obj:
    meta = {"name": kind.lower(), "namespace": namespace}
    version = "apps/v1" if kind == "Deployment" else "v1"
    return as_object({"apiVersion": version, "kind": kind, "metadata": meta, **fields}, "part")


OBJECTS = (
    _obj("ConfigMap", "empty", data={}),
    _obj("ServiceAccount", "a", imagePullSecrets=[{"name": "own"}]),
    _obj("Deployment", "a", spec={"template": {"spec": POD}}),
    _obj("Deployment", "b", spec={"template": {"spec": POD}}),
)


def test_without_a_wish_nothing_changes() -> None:
    assert with_registry(OBJECTS, None, None) == OBJECTS


def test_a_mirror_needs_no_credentials() -> None:
    objs = with_registry(OBJECTS, "registry.test", None)
    assert len(objs) == len(OBJECTS)
    container = objs[2].body["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == "registry.test/docker.io/library/mysql:8"


def test_credentials_go_where_pods_are() -> None:
    # An Output made outside a program leaves work behind that hangs the next one.
    credentials = cast("pulumi.Output[str]", object())
    config, account, first, _, *secrets = with_registry(OBJECTS, None, credentials)
    assert config == OBJECTS[0]
    assert account.body["imagePullSecrets"] == [{"name": "own"}, {"name": PULL_SECRET}]
    assert first.body["spec"]["template"]["spec"]["imagePullSecrets"] == [{"name": PULL_SECRET}]
    assert [(s.kind, s.namespace, s.component) for s in secrets] == [
        ("Secret", "a", "part"),
        ("Secret", "b", "part"),
    ]
    assert secrets[0].body["stringData"][".dockerconfigjson"] is credentials
