"""Holes that no image closes: the configurations that open them are refused. Pure."""

import re
from collections.abc import Iterable, Iterator

import pulumi

from upstream.inventory import pod_template
from upstream.model import Obj

# CVE-2026-76835 (github.com/oauth2-proxy/oauth2-proxy/issues/3506): behind a reverse proxy, and
# with nobody named as trusted, anyone's X-Forwarded-Uri chooses the path that is judged, and
# upstream's skip_auth_routes lets some paths through. No release without it is known. Upstream's
# oauth2-proxy is asked by Istio (ext_authz) and is behind no proxy: only a patch can open it.
PROXY = "oauth2-proxy"
BEHIND_A_PROXY = re.compile(
    r"^\s*(?:--)?reverse[-_]proxy(?:\s*=\s*[\"']?(?!false)\w+|\s*$)", re.MULTILINE | re.IGNORECASE
)
TRUSTS_SOMEBODY = re.compile(r"^\s*(?:--)?trusted[-_]proxy[-_]ips?\s*=", re.MULTILINE)
FROM_ENVIRONMENT = "OAUTH2_PROXY_"


class OpenHoleError(pulumi.RunError):
    """A known hole is reachable by a configuration that patches made."""


def refuse_open_holes(objs: Iterable[Obj]) -> None:
    """Raises `OpenHoleError` where a patch has opened what upstream keeps shut."""
    said = "\n".join(_options(obj for obj in objs if obj.namespace == PROXY))
    if BEHIND_A_PROXY.search(said) and not TRUSTS_SOMEBODY.search(said):
        raise OpenHoleError(
            "kubeflow.patches: oauth2-proxy is told reverse_proxy without trusted_proxy_ips, so "
            "anyone may choose the path it judges (CVE-2026-76835); name the proxy's addresses in "
            "trusted_proxy_ips, or leave reverse_proxy out"
        )


def _options(objs: Iterable[Obj]) -> Iterator[str]:
    """Every option of oauth2-proxy, one a line: from its file, its arguments, its environment.

    A variable that takes its value from elsewhere counts as set.
    """
    for obj in objs:
        if obj.kind == "ConfigMap":
            yield from (text for text in obj.body.get("data", {}).values() if "=" in text)
        for container in (pod_template(obj) or {"spec": {}})["spec"].get("containers", ()):
            yield from container.get("args", ())
            for one in container.get("env", ()):
                if one["name"].startswith(FROM_ENVIRONMENT):
                    option = one["name"].removeprefix(FROM_ENVIRONMENT).lower()
                    yield f"{option} = {one.get('value', 'somebody')}"
