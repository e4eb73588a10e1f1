"""Lock files: what each component of a release asks for, taken from its rendered manifests.

Written from the pinned sources after the platform's patches; `plan.lock` reads them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, get_args

import yaml

from components.objects import logical_name
from components.platform.credentials import Credentials
from components.platform.patches.table import PatchArgs, platform_objects
from components.platform.stores import Database, ObjectStore, Stores
from plan.capacity import PodDemand
from plan.lock import LOCKS, Store
from plan.model import Environment, KserveMode
from plan.monitoring import Watched, decide_monitoring
from records.expected import as_records
from records.operators import as_made
from records.pods import WORKLOADS, pod_demands
from settings.monitoring import MonitoringSettings
from upstream.errors import UpstreamError
from upstream.images import images
from upstream.load import load_release
from upstream.model import Obj, Release
from upstream.order import order
from upstream.pins import known_releases, release_map
from upstream.source import Tell

HEAD = "# Written by `python -m ops lock` from the pinned sources of the release; do not edit.\n"
ON_CLUSTER = Stores(objects=None, database=None)
# Nothing that is counted depends on where outside a store is.
OUTSIDE: Mapping[Store, Stores] = {
    "objects": Stores(
        objects=ObjectStore(bucket="", region="", endpoint="", access_key="", secret_key=""),
        database=None,
    ),
    "database": Stores(objects=None, database=Database(host="", port=0, passwords={})),
}
Json = dict[str, Any]
Variants = Mapping[Environment, Mapping[KserveMode, tuple[Obj, ...]]]


class Row(dict[str, Any]):
    """A mapping that is written in one line."""


class _Dumper(yaml.SafeDumper):
    """YAML with a workload per line: a diff shows which one changed."""


_Dumper.add_representer(
    Row, lambda dumper, row: dumper.represent_mapping("tag:yaml.org,2002:map", row, flow_style=True)
)


def write_locks(project: Path, tell: Tell, folder: Path = LOCKS) -> tuple[Path, ...]:
    """The lock file of every known release, made anew."""
    written = []
    for name in known_releases():
        every = release_map(name).components
        release = load_release(name, every, mirror=None, project=project, tell=tell)
        path = folder / f"{name}.yaml"
        path.write_text(lock_text(release), encoding="utf-8")
        written.append(path)
    return tuple(written)


def lock_text(release: Release) -> str:
    """The lock file of a release rendered with all its components: same release, same text."""
    variants: Variants = {
        environment: {mode: patched(release, mode, environment) for mode in get_args(KserveMode)}
        for environment in get_args(Environment)
    }
    pods = _pods(release)
    rows = {
        component: _component(component, release, variants, pods.get(component, []))
        for component in release.components
    }
    lock = {"release": release.name, "components": rows}
    return HEAD + yaml.dump(lock, Dumper=_Dumper, sort_keys=False, width=1000)


def patched(
    release: Release, mode: KserveMode, environment: Environment, stores: Stores = ON_CLUSTER
) -> tuple[Obj, ...]:
    """The objects of a release as a stack without patches of its own declares them."""
    # Nothing that is counted depends on a secret, a name or a class.
    nothing = Credentials(**{field.name: field.name for field in fields(Credentials)})
    args = PatchArgs(
        components=tuple(release.components),
        existing=(),
        stores=stores,
        ingress=None,
        kserve_mode=mode,
        own=(),
        credentials=nothing,
        admin_email="nobody",
        storage_class="none",
        node_ports={},
        load_balancer=None,
        is_highly_available=environment == "prod",
        pools=(),
        idle_notebook_minutes=None,
        monitoring=decide_monitoring(MonitoringSettings()),
        alert_secrets={},
        watched=Watched(),
    )
    return platform_objects(release.objects, args)


def _component(component: str, release: Release, variants: Variants, pods: list[Row]) -> Json:
    own = {
        environment: {
            mode: [obj for obj in objs if obj.component == component]
            for mode, objs in modes.items()
        }
        for environment, modes in variants.items()
    }
    objs = own["dev"]["Serverless"]
    return {
        "objects": Row(
            {
                environment: {mode: len(found) for mode, found in modes.items()}
                for environment, modes in own.items()
            }
        ),
        "namespaces": sorted({obj.namespace for obj in objs} - {""}),
        "crds": {ref.name: ref.digest for ref in release.crds.get(component, ())},
        "claims": dict(_claims(objs)),
        "images": list(images(objs)),
        "pods": pods,
    }


def _claims(objs: Iterable[Obj]) -> Iterator[tuple[str, str]]:
    """Volume claims and their sizes; those of a StatefulSet once, by the name of their template."""
    for obj in objs:
        if obj.kind == "PersistentVolumeClaim":
            yield logical_name(obj), obj.body["spec"]["resources"]["requests"]["storage"]
        elif obj.kind == "StatefulSet":
            for claim in obj.body["spec"].get("volumeClaimTemplates") or ():
                size = claim["spec"]["resources"]["requests"]["storage"]
                yield f"{logical_name(obj)}/{claim['metadata']['name']}", size


def _pods(release: Release) -> dict[str, list[Row]]:
    """Rows of workloads by component: what a pod asks, and how many there are where."""
    found: dict[str, list[Row]] = {}
    objs = patched(release, "Serverless", "dev")
    components = _workloads(release, objs)
    stores = _stores(release, components)
    high = {demand.name: demand for demand in _demands(release, "prod")}
    for demand in _demands(release, "dev"):
        other = asdict(high[demand.name])
        row = Row({key: value for key, value in asdict(demand).items() if value != {}})
        other = {key: other[key] for key in other if other[key] != {}}
        counts = {"dev": row.pop("replicas"), "prod": other.pop("replicas")}
        if row != other:
            raise UpstreamError(
                f"{demand.name}: a pod asks {row} in dev and {other} in prod; a lock file has room "
                "for one: let LockedPods have both"
            )
        store = {"store": stores[demand.name]} if demand.name in stores else {}
        found.setdefault(components[demand.name], []).append(Row({**row, **counts, **store}))
    return found


def _stores(release: Release, workloads: Iterable[str]) -> dict[str, Store]:
    """The workloads that a store outside takes the place of, each with that store."""
    found: dict[str, Store] = {}
    for store, stores in OUTSIDE.items():
        left = _workloads(release, patched(release, "Serverless", "dev", stores))
        found |= dict.fromkeys(set(workloads) - left.keys(), store)
    return found


def _workloads(release: Release, objs: tuple[Obj, ...]) -> dict[str, str]:
    """The component of each, by name; those that operators make are among them."""
    made = map(as_made, as_records(objs, order(objs, release.all_crds)))
    return {record.name: record.component for record in made if record.type.endswith(WORKLOADS)}


def _demands(release: Release, environment: Environment) -> tuple[PodDemand, ...]:
    objs = patched(release, "Serverless", environment)
    return pod_demands(as_records(objs, order(objs, release.all_crds)))
