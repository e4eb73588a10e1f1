"""CustomResourceDefinitions: a light reference in the program, the heavy body in the cache.

Bodies are stored under their digest, so two releases that share a CRD share its file.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from upstream.cache import cache_dir
from upstream.errors import UpstreamError
from upstream.model import Body, CrdRef
from upstream.workspace import write_text

CRD_KIND = "CustomResourceDefinition"


def crd_ref(body: Body, component: str) -> CrdRef:
    """The reference to a CRD; its digest covers the whole body."""
    spec: dict[str, Any] = body["spec"]
    return CrdRef(
        name=body["metadata"]["name"],
        group=spec["group"],
        kind=spec["names"]["kind"],
        plural=spec["names"]["plural"],
        scope=spec["scope"],
        versions=tuple(version["name"] for version in spec["versions"]),
        digest=hashlib.sha256(_text(body).encode()).hexdigest(),
        component=component,
    )


def store_crd(body: Body, ref: CrdRef, cache: Path) -> None:
    """Puts a body where `crd_body` finds it."""
    target = _place(cache, ref.digest)
    if not target.is_file():
        write_text(cache, target, _text(body))


def crd_body(digest: str) -> Body:
    """The CRD with this digest. Raises UpstreamError when the cache has lost it."""
    place = _place(cache_dir(), digest)
    if not place.is_file():
        # Only the releases: the cache also holds clusters and the state of rehearsals.
        raise UpstreamError(
            f"{place}: a CRD is missing from the cache; "
            f"remove {cache_dir() / 'releases'}, and it is made again"
        )
    body: Body = json.loads(place.read_text(encoding="utf-8"))
    return body


def _place(cache: Path, digest: str) -> Path:
    return cache / "crds" / f"{digest}.json"


def _text(body: Body) -> str:
    return json.dumps(body, sort_keys=True, separators=(",", ":"))
