"""Pods roll when what they read changes, and what they carry openly tells nothing of it."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pulumi

from components.objects import KubernetesObject
from components.platform.rollout import CHECKSUM, with_rollout
from upstream.model import Obj
from upstream.render import as_object

PASSWORD = "a word that people choose"


def _checksum(deploy: Callable[..., Any], key: str, password: str = PASSWORD) -> str:
    """What a workload carries that reads a Secret, in a stack with this key."""

    def program() -> None:
        secret = _object("v1", "Secret", stringData={"password": pulumi.Output.secret(password)})
        rolled = with_rollout(_workload(), [secret], pulumi.Output.secret(key))
        KubernetesObject(rolled, {}, {}, pulumi.ResourceOptions())

    graph = deploy(program)
    metadata = graph["kubernetes:apps/v1:Deployment", "n/it"]["spec"]["template"]["metadata"]
    return str(metadata["annotations"][CHECKSUM])


def _object(api_version: str, kind: str, **fields: Any) -> Obj:
    metadata = {"name": "it", "namespace": "n"}
    body = {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}
    return as_object(body, "c")


def _workload() -> Obj:
    return _object("apps/v1", "Deployment", spec={"template": {"spec": {"containers": []}}})


def test_another_secret_is_another_checksum(deploy: Callable[..., Any]) -> None:
    assert _checksum(deploy, "key") == _checksum(deploy, "key")
    assert _checksum(deploy, "key") != _checksum(deploy, "key", "another")


def test_without_the_stacks_key_a_guess_cannot_be_tried(deploy: Callable[..., Any]) -> None:
    guess = json.dumps([{"stringData": {"password": PASSWORD}}], sort_keys=True).encode()
    assert _checksum(deploy, "key") != hashlib.sha256(guess).hexdigest()
    assert _checksum(deploy, "key") != _checksum(deploy, "another stack's")


def test_a_config_map_needs_no_key() -> None:
    settings = _object("v1", "ConfigMap", data={"a": "b"})
    rolled = with_rollout(_workload(), [settings], key="key")
    plain = json.dumps([{"data": {"a": "b"}}], sort_keys=True).encode()
    template = rolled.body["spec"]["template"]
    assert template["metadata"]["annotations"][CHECKSUM] == hashlib.sha256(plain).hexdigest()
