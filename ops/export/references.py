"""Secrets as references: what a repository may hold in place of a value. Pure."""

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any

from components.platform.placeholders import GENERATED
from ops.errors import OpsError
from rehearsal.engine.goal import COMPUTED, SECRET
from upstream.model import Body, Key

HIDDEN = frozenset({COMPUTED, SECRET})
STORE = "kubeflow-stack"  # the ClusterSecretStore that the owner of the cluster makes
PULUMI = "pulumi.com/"
CHECKSUM = "kubeflow-stack/config-checksum"
Names = Mapping[tuple[Key, str], str]


def property_names(objs: Mapping[Key, Body]) -> dict[tuple[Key, str], str]:
    """What each entry of a Secret is called in the store, from the objects with placeholders.

    Two Secrets that hold the same password are filled from the same entry.
    """
    return {
        (key, entry): _kebab(value.removeprefix(GENERATED).removesuffix("]"))
        for key, body in objs.items()
        if key.kind == "Secret"
        for entry, value in _entries(body).items()
        if value.startswith(GENERATED) and value.endswith("]")
    }


def exported(key: Key, body: Body, stack: str, names: Names) -> dict[str, Any] | None:
    """The object as a repository may hold it, an ExternalSecret in place of a secret Secret.

    Without what is only said to Pulumi; None for what only a cluster could say. Raises `OpsError`
    for another value that nobody knows yet.
    """
    plain = _without_pulumi(body)
    if key.kind == "RequestAuthentication":
        plain = _without_cluster(plain)
        if not plain["spec"]["jwtRules"]:
            return None
    if key.kind == "Secret" and HIDDEN & set(_entries(plain).values()):
        return _external_secret(key, plain, stack, names)
    if unknown := sorted(_hidden(plain)):
        raise OpsError(
            f"{key}: {', '.join(unknown)} is only known once the stack's cloud resources exist; "
            "export a stack on an existing cluster"
        )
    return plain


def _without_pulumi(body: Body) -> dict[str, Any]:
    plain = {**body, "metadata": _unannotated(body["metadata"])}
    template = (body.get("spec") or {}).get("template")
    if isinstance(template, Mapping) and "metadata" in template:
        metadata = _unannotated(template["metadata"])
        plain["spec"] = {**body["spec"], "template": {**template, "metadata": metadata}}
    return plain


def _without_cluster(body: dict[str, Any]) -> dict[str, Any]:
    """Without the tokens that a cluster signs itself: who that is, no repository can know."""
    known = [rule for rule in body["spec"]["jwtRules"] if not list(_hidden(rule))]
    return {**body, "spec": {**body["spec"], "jwtRules": known}}


def _unannotated(metadata: Mapping[str, Any]) -> dict[str, Any]:
    said = metadata.get("annotations") or {}
    kept = {k: v for k, v in said.items() if k != CHECKSUM and not k.startswith(PULUMI)}
    if kept == said:
        return dict(metadata)
    rest = {k: v for k, v in metadata.items() if k != "annotations"}
    return {**rest, "annotations": kept} if kept else rest


def _external_secret(key: Key, body: Body, stack: str, names: Names) -> dict[str, Any]:
    metadata = body["metadata"]
    entries = _entries(body)
    secret = [entry for entry, value in entries.items() if value in HIDDEN]
    variables = {entry: f"value{number}" for number, entry in enumerate(secret)}
    kept = {k: metadata[k] for k in ("labels", "annotations") if metadata.get(k)}
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": key.name, "namespace": key.namespace, **kept},
        "spec": {
            "secretStoreRef": {"kind": "ClusterSecretStore", "name": STORE},
            "target": {
                "name": key.name,
                "template": {
                    "type": body.get("type", "Opaque"),
                    **({"metadata": kept} if kept else {}),
                    "data": {
                        entry: f"{{{{ .{variables[entry]} }}}}"
                        if entry in variables
                        else value.replace("{{", '{{ "{{" }}')
                        for entry, value in entries.items()
                    },
                },
            },
            "data": [
                {
                    "secretKey": variables[entry],
                    "remoteRef": {
                        "key": f"kubeflow/{stack}",
                        "property": names.get(
                            (key, entry), _kebab(f"{key.namespace} {key.name} {entry}")
                        ),
                    },
                }
                for entry in secret
            ],
        },
    }


def _entries(body: Body) -> dict[str, str]:
    """A Secret's entries as text, those of `data` decoded."""
    plain = dict(body.get("stringData") or {})
    coded = body.get("data") or {}
    if isinstance(coded, str):  # hidden as a whole
        return {**plain, "*": coded}
    return {
        **{k: v if v in HIDDEN else base64.b64decode(v).decode() for k, v in coded.items()},
        **plain,
    }


def _hidden(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _hidden(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _hidden(inner, f"{path}[{index}]")
    elif value in HIDDEN:
        yield path


def _kebab(words: str) -> str:
    apart = re.sub(r"([a-z0-9])([A-Z])", r"\1-\2", words.strip().removeprefix("from kubeflow:"))
    return re.sub(r"[^a-z0-9]+", "-", apart.lower()).strip("-")
