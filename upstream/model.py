"""What upstream gives us: Kubernetes objects as plain frozen data, named by what they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

Body = Mapping[str, Any]


class Key(NamedTuple):
    """The identity of an object on a cluster; `namespace` is "" for cluster-scoped ones."""

    group: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        place = f"{self.namespace}/" if self.namespace else ""
        return f"{self.kind} {place}{self.name}"


@dataclass(frozen=True, kw_only=True)
class Obj:
    """One rendered and cleaned Kubernetes object and the Kubeflow component it belongs to."""

    api_version: str
    kind: str
    namespace: str
    name: str
    body: Body
    component: str

    @property
    def key(self) -> Key:
        """The identity that references from other objects point at."""
        return Key(self.api_version.rpartition("/")[0], self.kind, self.namespace, self.name)


@dataclass(frozen=True, kw_only=True)
class CrdRef:
    """A CustomResourceDefinition without its schemas; `crds.crd_body(digest)` has all of it."""

    name: str
    group: str
    kind: str
    plural: str
    scope: str
    versions: tuple[str, ...]
    digest: str
    component: str

    @property
    def key(self) -> Key:
        """The identity that custom resources depend on."""
        return Key("apiextensions.k8s.io", "CustomResourceDefinition", "", self.name)


@dataclass(frozen=True, kw_only=True)
class Release:
    """A Kubeflow release, rendered: its components in the order they are listed.

    CRDs stand apart, by component: they are most of the bytes, and nothing but applying needs them.
    """

    name: str
    components: Mapping[str, tuple[Obj, ...]]
    crds: Mapping[str, tuple[CrdRef, ...]]

    @property
    def objects(self) -> tuple[Obj, ...]:
        """Every object of every component, except CRDs."""
        return tuple(obj for objs in self.components.values() for obj in objs)

    @property
    def all_crds(self) -> tuple[CrdRef, ...]:
        """The CRDs of every component."""
        return tuple(crd for crds in self.crds.values() for crd in crds)
