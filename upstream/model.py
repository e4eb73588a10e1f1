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
class Release:
    """A Kubeflow release, rendered: its components in the order they are listed."""

    name: str
    components: Mapping[str, tuple[Obj, ...]]

    @property
    def objects(self) -> tuple[Obj, ...]:
        """Every object of every component."""
        return tuple(obj for objs in self.components.values() for obj in objs)
