"""An object of a team, from its kind and what is in it. Pure."""

from collections.abc import Mapping
from typing import Any

from upstream.model import Obj


def team_object(
    api_version: str, kind: str, metadata: Mapping[str, Any], content: Mapping[str, Any]
) -> Obj:
    """One object; `content` is all of it besides kind and metadata."""
    return Obj(
        api_version=api_version,
        kind=kind,
        namespace=metadata.get("namespace", ""),
        name=metadata["name"],
        body={"apiVersion": api_version, "kind": kind, "metadata": metadata, **content},
        component="teams",
    )
