"""YAML as Kubernetes manifests write it, read fast."""

from typing import Any

import yaml

# libyaml is about ten times faster; a PyYAML built without it still works.
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _ManifestLoader(_Base):  # type: ignore[misc]  # the base is chosen at run time
    """YAML 1.1 as usual, except that a bare `=` is the text "=" (Prometheus matchers write it)."""


_ManifestLoader.add_constructor("tag:yaml.org,2002:value", lambda _, node: node.value)


def read_yaml(text: str) -> Any:
    """The only document in `text`. Raises yaml.YAMLError."""
    return yaml.load(text, Loader=_ManifestLoader)


def read_documents(text: str) -> tuple[dict[str, Any], ...]:
    """Every non-empty document in `text`. Raises yaml.YAMLError."""
    return tuple(doc for doc in yaml.load_all(text, Loader=_ManifestLoader) if doc)
