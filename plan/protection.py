"""What outlives a stack where its owner does not say so. Pure."""

from collections.abc import Iterator
from typing import Literal

from settings.model import Settings


def keeps(said: Literal["keep", "remove"] | None, environment: str) -> bool:
    """Whether destroy keeps it: as said; unsaid, production keeps and the rest removes."""
    return (said or ("keep" if environment == "prod" else "remove")) == "keep"


def protection_mistakes(settings: Settings) -> Iterator[str]:
    """`path: what is wrong` for what protects a cluster that the stack cannot take away."""
    said, provider = settings.protection, settings.cluster.provider
    if said.cluster is not None and provider == "existing":
        yield (
            f"protection.cluster: {said.cluster!r} would not be used: an existing cluster is never "
            "removed; remove protection.cluster"
        )
    if said.replace_cluster is not None and provider != "digitalocean":
        yield (
            f"protection.replaceCluster: {said.replace_cluster!r} would not be used: only a "
            "cluster on DigitalOcean is replaced; remove protection.replaceCluster"
        )
