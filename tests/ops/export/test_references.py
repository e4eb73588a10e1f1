"""No value of a secret in a repository, and nothing that is only said to Pulumi."""

import base64
from typing import Any

import pytest

from ops.errors import OpsError
from ops.export.references import Names, exported, property_names
from upstream.model import Body, Key

PLACE = Key("", "Secret", "auth", "client")


def secret(**parts: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "client", "namespace": "auth", "labels": {"app": "dex"}},
        "type": "Opaque",
        **parts,
    }


def written_of(key: Key, body: Body, names: Names | None = None) -> dict[str, Any]:
    written = exported(key, body, "dev", names or {})
    assert written is not None
    return written


def tokens(*rules: object) -> tuple[Key, dict[str, Any]]:
    metadata = {"name": "tokens", "namespace": "vision"}
    kind = "RequestAuthentication"
    body = {"apiVersion": "security.istio.io/v1", "kind": kind, "metadata": metadata}
    key = Key("security.istio.io", kind, "vision", "tokens")
    return key, {**body, "spec": {"jwtRules": list(rules)}}


def test_tokens_of_a_cluster_that_nobody_knows_are_left_out() -> None:
    dex = {"issuer": "https://ml.corp.test/dex"}
    assert written_of(*tokens(dex, "[computed]"))["spec"]["jwtRules"] == [dex]
    key, body = tokens("[computed]")
    assert exported(key, body, "dev", {}) is None


def test_a_secret_value_becomes_a_reference_and_the_rest_stays() -> None:
    body = secret(
        stringData={"CLIENT_SECRET": "[computed]"},
        data={"CLIENT_ID": base64.b64encode(b"kubeflow").decode()},
    )
    written = written_of(PLACE, body, {(PLACE, "CLIENT_SECRET"): "oidc-client-secret"})
    assert written["kind"] == "ExternalSecret"
    assert written["metadata"]["labels"] == {"app": "dex"}
    assert written["spec"]["target"] == {
        "name": "client",
        "template": {
            "type": "Opaque",
            "metadata": {"labels": {"app": "dex"}},
            "data": {"CLIENT_ID": "kubeflow", "CLIENT_SECRET": "{{ .value0 }}"},
        },
    }
    assert written["spec"]["data"] == [
        {
            "secretKey": "value0",
            "remoteRef": {"key": "kubeflow/dev", "property": "oidc-client-secret"},
        }
    ]


def test_a_secret_without_a_name_of_its_own_is_called_by_its_place() -> None:
    written = written_of(PLACE, secret(stringData={"keyFile": "[secret]"}))
    (entry,) = written["spec"]["data"]
    assert entry["remoteRef"]["property"] == "auth-client-key-file"


def test_braces_of_a_plain_entry_are_text_to_the_template() -> None:
    body = secret(stringData={"a": "[secret]", "b": "{{ .x }}"})
    template = written_of(PLACE, body)["spec"]["target"]["template"]
    assert template["data"]["b"] == '{{ "{{" }} .x }}'


def test_a_secret_without_a_secret_value_stays_a_secret() -> None:
    body = secret(stringData={"host": "db"})
    assert exported(PLACE, body, "dev", {}) == body


def test_two_copies_of_a_password_are_one_entry() -> None:
    other = PLACE._replace(namespace="oauth2-proxy")
    names = property_names(
        {
            PLACE: secret(stringData={"A": "[generated oidc_client_secret]", "B": "plain"}),
            other: secret(stringData={"a": "[generated oidc_client_secret]"}),
        }
    )
    assert names == {(PLACE, "A"): "oidc-client-secret", (other, "a"): "oidc-client-secret"}


def test_what_is_said_to_pulumi_alone_is_left_out() -> None:
    body = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "dex", "annotations": {"pulumi.com/waitFor": "x", "mine": "1"}},
        "spec": {
            "template": {"metadata": {"annotations": {"kubeflow-stack/config-checksum": "y"}}},
            "replicas": 1,
        },
    }
    written = written_of(Key("apps", "Deployment", "auth", "dex"), body)
    assert written["metadata"]["annotations"] == {"mine": "1"}
    assert written["spec"] == {"template": {"metadata": {}}, "replicas": 1}


def test_a_value_that_nobody_knows_yet_is_refused_by_its_path() -> None:
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a"},
        "data": {"address": "[computed]"},
    }
    with pytest.raises(OpsError, match=r"ConfigMap kubeflow/a: data\.address is only known once"):
        exported(Key("", "ConfigMap", "kubeflow", "a"), body, "dev", {})
