"""The objects of a release, indexed for the questions that ordering asks."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from upstream.kinds import Kinds, known_kinds
from upstream.model import Body, CrdRef, Key, Obj
from upstream.selectors import selects

WORKLOADS = ("CronJob", "DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet", "StatefulSet")


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """Objects by identity and by kind, the CRD of each custom kind, how every kind is served."""

    objects: Mapping[Key, Obj]
    of_kind: Mapping[str, tuple[Obj, ...]]
    crds: Mapping[tuple[str, str], Key]
    kinds: Kinds

    def has(self, keys: Iterable[Key]) -> Iterator[Key]:
        """Those of `keys` that are rendered; others come from the cluster or its controllers."""
        return (key for key in keys if key in self.objects)

    def backends(self, service: Key) -> tuple[Key, ...]:
        """The workloads whose pods the Service sends requests to; none when it is not rendered."""
        found = self.objects.get(service)
        selector = found.body["spec"].get("selector") if found else None
        if not selector:
            return ()
        return tuple(
            obj.key
            for kind in WORKLOADS
            for obj in self.of_kind.get(kind, ())
            if obj.namespace == service.namespace
            and selects({"matchLabels": selector}, pod_labels(obj))
        )

    def namespace_labels(self, namespace: str) -> Mapping[str, str]:
        """The labels a namespace selector sees, with the one that the API server adds."""
        found = self.objects.get(Key("", "Namespace", "", namespace))
        return {**(labels(found.body) if found else {}), "kubernetes.io/metadata.name": namespace}


def take_inventory(objs: Iterable[Obj], crds: Iterable[CrdRef]) -> Inventory:
    """Indexes what is rendered. A later object with the same identity replaces an earlier one."""
    objects = {obj.key: obj for obj in objs}
    refs = tuple(crds)
    of_kind: dict[str, list[Obj]] = defaultdict(list)
    for obj in objects.values():
        of_kind[obj.kind].append(obj)
    return Inventory(
        objects=objects,
        of_kind={kind: tuple(found) for kind, found in of_kind.items()},
        crds={(ref.group, ref.kind): ref.key for ref in refs},
        kinds=known_kinds(refs),
    )


def labels(body: Body) -> Mapping[str, str]:
    """The labels of an object or of a pod template."""
    return body.get("metadata", {}).get("labels") or {}


def annotations(body: Body) -> Mapping[str, str]:
    """The annotations of an object."""
    return body.get("metadata", {}).get("annotations") or {}


def pod_template(obj: Obj) -> Body | None:
    """The pod that a workload makes (metadata and spec); None for everything else."""
    if obj.kind not in WORKLOADS or obj.key.group not in ("", "apps", "batch"):
        return None
    if obj.kind == "Pod":
        return obj.body
    spec: Body = obj.body["spec"]
    if obj.kind == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    template: Body = spec["template"]
    return template


def pod_labels(obj: Obj) -> Mapping[str, str]:
    """The labels of a workload's pods; none for what is no workload."""
    return labels(pod_template(obj) or {})
