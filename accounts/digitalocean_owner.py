"""Whose a thing on DigitalOcean is, by its tags and by the cluster it was made for. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from plan.digitalocean import stack_tag

CLUSTER = "k8s:"  # DOKS, its CSI and its load balancers put the cluster's id behind it
ROLES = frozenset({"k8s:worker", "k8s:controlplane"})


@dataclass(frozen=True, kw_only=True)
class DigitalOceanOwner:
    """A stack as tags name it, with the ids of its clusters as far as they are known."""

    stack: str
    clusters: frozenset[str] = field(default_factory=frozenset)

    def owns(self, body: Mapping[str, Any]) -> bool:
        """Whether a tag says so, and none says that it is another stack's."""
        is_named = stack_tag(self.stack) in (body.get("tags") or ())
        is_ours = is_named or bool(clusters_of(body) & self.clusters)
        return is_ours and not self.is_anothers(body)

    def is_anothers(self, body: Mapping[str, Any]) -> bool:
        """Whether a tag says that it is another stack's."""
        own = stack_tag(self.stack)
        return any(tag.startswith(OTHERS) and tag != own for tag in body.get("tags") or ())

    def knowing(self, bodies: Iterable[Mapping[str, Any]]) -> "DigitalOceanOwner":
        """The same, with the clusters that the stack's own things were made for."""
        found = (clusters_of(body) for body in bodies if self.owns(body))
        return DigitalOceanOwner(stack=self.stack, clusters=self.clusters.union(*found))


OTHERS = stack_tag("")


def clusters_of(body: Mapping[str, Any]) -> frozenset[str]:
    """The ids of the clusters that a thing was made for, by its tags."""
    tags = body.get("tags") or ()
    named = (tag for tag in tags if tag.startswith(CLUSTER) and tag not in ROLES)
    return frozenset(tag.removeprefix(CLUSTER) for tag in named)
