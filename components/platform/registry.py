"""Images from a registry of one's own: every reference rewritten, and a pull secret where pods are.

Pure, but for the credentials, which are an Output where there is a program.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from components.platform.credentials import Text
from upstream.images import from_mirror
from upstream.inventory import pod_template
from upstream.model import Obj

PULL_SECRET = "registry-credentials"
Json = dict[str, Any]


def with_registry(
    objs: Iterable[Obj], mirror: str | None, credentials: Text | None, secret: str = PULL_SECRET
) -> tuple[Obj, ...]:
    """The objects with images from `mirror`, and their pods allowed to pull with `credentials`."""
    found = tuple(objs) if mirror is None else from_mirror(objs, mirror)
    return found if credentials is None else _with_pull_secrets(found, credentials, secret)


def _with_pull_secrets(objs: tuple[Obj, ...], credentials: Text, secret: str) -> tuple[Obj, ...]:
    homes = {obj.namespace: obj.component for obj in reversed(objs) if pod_template(obj)}
    secrets = (pull_secret(secret, place, homes[place], credentials) for place in sorted(homes))
    return (*(_pulling(obj, secret) for obj in objs), *secrets)


def pull_secret(name: str, namespace: str, component: str, credentials: Text) -> Obj:
    """The Secret itself; `credentials` is the text of a .dockerconfigjson."""
    body = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace},
        "type": "kubernetes.io/dockerconfigjson",
        "stringData": {".dockerconfigjson": credentials},
    }
    return Obj(
        api_version="v1",
        kind="Secret",
        namespace=namespace,
        name=name,
        body=body,
        component=component,
    )


def _pulling(obj: Obj, secret: str) -> Obj:
    """Pods of ours name the secret; those that controllers make later have it of their account."""
    if obj.kind == "ServiceAccount":
        return replace(obj, body=_with_secret(dict(obj.body), secret))
    template = pod_template(obj)
    if template is None or obj.kind not in ("Deployment", "StatefulSet", "DaemonSet"):
        return obj
    pulling = {**template, "spec": _with_secret(dict(template["spec"]), secret)}
    return replace(obj, body={**obj.body, "spec": {**obj.body["spec"], "template": pulling}})


def _with_secret(holder: Json, secret: str) -> Json:
    return {
        **holder,
        "imagePullSecrets": [*holder.get("imagePullSecrets", ()), {"name": secret}],
    }
