"""Artefacts in a bucket outside the cluster: everybody is told, and the store on it goes. Pure."""

from functools import partial
from pathlib import Path
from typing import Any

import yaml

from components.platform import hooks
from components.platform.credentials import Text
from components.platform.hooks.namespace_store import SECRET, Store, launcher, s3_location
from components.platform.patches.model import (
    Addition,
    Entry,
    Json,
    Patch,
    Removal,
    Selector,
    with_data,
    with_env,
)
from components.platform.stores import ObjectStore

SOURCE = "docs/stores.md; KFP 2.16's readers of these"
HOOK = Path(hooks.__file__).with_name("namespace_store.py")
TEAM_SECRET = "pipelines-team-keys"
CONTROLLER = "kubeflow-pipelines-profile-controller"
GONE = (
    ("Deployment", "seaweedfs"),
    ("Service", "seaweedfs"),
    ("ServiceAccount", "seaweedfs"),
    ("NetworkPolicy", "seaweedfs"),
    ("PersistentVolumeClaim", "seaweedfs-pvc"),
    ("AuthorizationPolicy", "seaweedfs-service"),
    ("PeerAuthentication", "seaweedfs-plain-callers"),
    ("DestinationRule", "ml-pipeline-seaweedfs"),
)


def object_store_removals() -> tuple[Removal, ...]:
    """The store on the cluster and what leads to it."""
    return tuple(
        Removal(
            name=f"artefacts outside: no {kind} {name}",
            component="pipelines",
            selector=Selector(kind=kind, namespace="kubeflow", name=name),
            why="artefacts are in a bucket",
            source=SOURCE,
        )
        for kind, name in GONE
    )


def object_store_patches(store: ObjectStore) -> tuple[Entry, ...]:
    """What KFP, its web app, its launcher, Argo and the namespaces' controller are told."""
    rows = (
        ("Secret", SECRET, "the bucket's access key", partial(_access_key, store)),
        (
            "ConfigMap",
            "pipeline-install-config",
            "the bucket's name",
            partial(with_data, {"bucketName": store.bucket}),
        ),
        (
            "ConfigMap",
            "kfp-launcher",
            "the root of runs",
            partial(with_data, launcher(_location(store), "v2/artifacts")),
        ),
        (
            "ConfigMap",
            "workflow-controller-configmap",
            "where Argo archives logs",
            partial(_argo, store),
        ),
        (
            "Deployment",
            "ml-pipeline",
            "where definitions are kept",
            partial(with_env, _server(store)),
        ),
        (
            "Deployment",
            "ml-pipeline-ui",
            "where artefacts and logs are read",
            partial(with_env, _web_app(store)),
        ),
        (
            "ConfigMap",
            f"{CONTROLLER}-code-[a-z0-9]{{10}}",
            "upstream's hook can only make users of the store on the cluster",
            partial(with_data, {"sync.py": HOOK.read_text(encoding="utf-8")}),
        ),
        (
            "Deployment",
            CONTROLLER,
            "what the hook puts into namespaces",
            partial(with_env, _controller(store)),
        ),
        (
            "DecoratorController",
            CONTROLLER,
            "keys and places that change have to reach namespaces that are there already",
            _in_place,
        ),
    )
    patches = tuple(
        Patch(
            name=f"object-store-{kind}-{name}",
            component="pipelines",
            selector=Selector(
                kind=kind, namespace="" if kind == "DecoratorController" else "kubeflow", name=name
            ),
            why=why,
            source=SOURCE,
            change=change,
        )
        for kind, name, why, change in rows
    )
    return patches if store.team_keys is None else (*patches, _team_keys(store.team_keys))


def _team_keys(keys: Text) -> Addition:
    """A Secret of its own: a team more must not start anew whoever reads the bucket's key."""
    return Addition(
        name="object-store-team-keys",
        component="pipelines",
        selector=Selector(kind="Secret", namespace="kubeflow", name=SECRET),
        why="each team reaches its own folder of the bucket and no other",
        source=SOURCE,
        make=lambda body: {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": TEAM_SECRET, "namespace": body["metadata"]["namespace"]},
            "stringData": {"keys": keys},
        },
    )


def _location(store: ObjectStore) -> Store:
    """The store without its keys, for texts that only say where it is."""
    return Store(store.bucket, store.region, store.endpoint, "", "")


def _access_key(store: ObjectStore, body: Json) -> Json:
    return {**body, "stringData": {**body["stringData"], "accesskey": store.access_key}}


def _argo(store: ObjectStore, body: Json) -> Json:
    repository = yaml.safe_load(body["data"]["artifactRepository"])
    place = {**s3_location(_location(store)), "keyFormat": repository["s3"]["keyFormat"]}
    text = yaml.safe_dump({**repository, "s3": place}, sort_keys=False)
    return with_data({"artifactRepository": text}, body)


def _server(store: ObjectStore) -> dict[str, Any]:
    return {
        "OBJECTSTORECONFIG_SECURE": "true",
        "OBJECTSTORECONFIG_HOST": store.endpoint,
        "OBJECTSTORECONFIG_PORT": "443",
        "OBJECTSTORECONFIG_REGION": store.region,
    }


def _web_app(store: ObjectStore) -> dict[str, Any]:
    """Both of its clients are told: the other one would look for a store on the cluster."""
    return {
        "AWS_S3_ENDPOINT": store.endpoint,
        "AWS_REGION": store.region,
        "AWS_ACCESS_KEY_ID": _key("accesskey"),
        "AWS_SECRET_ACCESS_KEY": _key("secretkey"),
        "ARGO_ARCHIVE_ARTIFACTORY": "s3",
        "ARGO_ARCHIVE_BUCKETNAME": store.bucket,
        "MINIO_HOST": store.endpoint,
        "MINIO_NAMESPACE": "",
        "MINIO_PORT": "443",
        "MINIO_SSL": "true",
    }


def _controller(store: ObjectStore) -> dict[str, Any]:
    upstreams = (
        "AWS_ENDPOINT_URL",
        "S3_ENDPOINT_URL",
        "AWS_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "OBJECT_STORE_HOST",
    )
    return {
        **dict.fromkeys(upstreams),
        "STORE_BUCKET": store.bucket,
        "STORE_REGION": store.region,
        "STORE_ENDPOINT": store.endpoint,
        "STORE_ACCESS_KEY": _key("accesskey"),
        "STORE_SECRET_KEY": _key("secretkey"),
        **({} if store.team_keys is None else {"STORE_TEAM_KEYS": _key("keys", TEAM_SECRET)}),
    }


def _key(key: str, secret: str = SECRET) -> Json:
    return {"secretKeyRef": {"name": secret, "key": key}}


def _in_place(body: Json) -> Json:
    attachments = [
        {**one, "updateStrategy": {"method": "InPlace"}} for one in body["spec"]["attachments"]
    ]
    return {**body, "spec": {**body["spec"], "attachments": attachments}}
