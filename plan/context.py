"""A kubeconfig that means one of its clusters. Pure."""

import json
from typing import Any

from upstream.documents import read_yaml


class UnknownContextError(Exception):
    """The kubeconfig has no such context; the message says which it has."""


def with_context(kubeconfig: str, context: str | None) -> str:
    """The same with `context` as the current one; as it is when none is named."""
    if context is None:
        return kubeconfig
    content: dict[str, Any] = read_yaml(kubeconfig) or {}
    known = [str(one["name"]) for one in content.get("contexts") or ()]
    if context not in known:
        raise UnknownContextError(
            f"cluster.context: the kubeconfig has no context {context!r}; "
            f"it has {', '.join(sorted(known)) or 'none'}"
        )
    return json.dumps({**content, "current-context": context})
