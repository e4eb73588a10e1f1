"""Stores outside the cluster: everybody is told where they are, and nobody knows the ones on it."""

import base64
import json
import re
import runpy
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.client import HTTPConnection
from http.server import HTTPServer
from typing import Any

import pytest
import yaml

from components.platform.hooks import namespace_store
from components.platform.hooks.namespace_store import Store, answer, namespace_objects
from components.platform.patches.database import GONE as DATABASES_GONE
from components.platform.patches.model import PatchMissedError
from components.platform.patches.objectstore import GONE as OBJECTS_GONE
from components.platform.patches.objectstore import HOOK
from components.platform.patches.table import platform_objects
from components.platform.stores import Database, ObjectStore, Stores, make_stores
from plan.model import JsonOperation, UserPatch
from plan.stores import decide_stores, team_folder
from settings.stores import StoresSettings
from tests.components.conftest import ARGS
from upstream.inventory import pod_template
from upstream.model import Obj, Release
from upstream.order import order

BUCKET = ObjectStore(
    bucket="our.artefacts",
    region="eu-central-1",
    endpoint="s3.eu-central-1.amazonaws.com",
    access_key="access-key-of-the-bucket",
    secret_key="secret-key-of-the-bucket",
)
SERVER = Database(
    host="db.corp.test",
    port=3307,
    passwords={"pipelines": "kfp-pw", "katib": "katib-pw", "model-registry": "registry-pw"},
)
KEYS = {
    "accessKeySecret": {"name": "mlpipeline-minio-artifact", "key": "accesskey"},
    "secretKeySecret": {"name": "mlpipeline-minio-artifact", "key": "secretkey"},
}
STORE = Store("our.artefacts", "eu-central-1", "s3.eu-central-1.amazonaws.com", "who", "what")
PROVIDER = {
    "endpoint": "https://s3.eu-central-1.amazonaws.com",
    "region": "eu-central-1",
    "disableSSL": False,
    "credentials": {
        "fromEnv": False,
        "secretRef": {
            "secretName": "mlpipeline-minio-artifact",
            "accessKeyKey": "accesskey",
            "secretKeyKey": "secretkey",
        },
    },
}


def objects(release: Release, stores: Stores) -> dict[str, Obj]:
    made = platform_objects(release.objects, replace(ARGS, stores=stores))
    return {f"{o.kind} {o.name}": o for o in made if o.namespace in ("kubeflow", "")}


@pytest.fixture(scope="module")
def on_cluster(release: Release) -> dict[str, Obj]:
    return objects(release, Stores(objects=None, database=None))


@pytest.fixture(scope="module")
def elsewhere(release: Release) -> dict[str, Obj]:
    return objects(release, Stores(objects=BUCKET, database=SERVER))


def env(obj: Obj) -> dict[str, Any]:
    template = pod_template(obj)
    assert template
    (container,) = template["spec"]["containers"]
    assert len({one["name"] for one in container["env"]}) == len(container["env"])
    return {one["name"]: one.get("value", one.get("valueFrom")) for one in container["env"]}


def mentions(objs: dict[str, Obj], pattern: str) -> list[str]:
    return [n for n, o in objs.items() if re.search(pattern, json.dumps(o.body), re.IGNORECASE)]


@pytest.mark.parametrize(
    "pattern",
    [
        "seaweedfs",
        "katib-mysql(?!-secrets)",
        "model-registry-db(?!-secrets|-parameters)",
        r'"mysql"|mysql\.kubeflow',
        "mysql-pv-claim",
        "metadata-postgres",
        "postgresql://",
    ],
)
def test_nothing_names_a_store_on_the_cluster_any_more(
    on_cluster: dict[str, Obj], elsewhere: dict[str, Obj], pattern: str
) -> None:
    assert mentions(on_cluster, pattern)
    left = [name for name in mentions(elsewhere, pattern) if name not in DRIVERS]
    assert left == []


# They say `mysql` and mean the kind of server.
DRIVERS = {
    "ConfigMap pipeline-install-config",
    "Deployment cache-server",
    "Deployment katib-db-manager",
}


def test_only_what_is_listed_goes_and_nothing_comes(
    on_cluster: dict[str, Obj], elsewhere: dict[str, Obj]
) -> None:
    listed = {f"{kind} {name}" for kind, name in OBJECTS_GONE}
    listed |= {f"{kind} {name}" for _, kind, name in DATABASES_GONE}
    assert set(on_cluster) - set(elsewhere) == listed
    assert set(elsewhere) <= set(on_cluster)


def test_what_is_left_has_an_order(release: Release, elsewhere: dict[str, Obj]) -> None:
    edges = order(tuple(elsewhere.values()), release.all_crds)
    assert len(edges) > 300


def test_each_store_can_be_elsewhere_alone(release: Release) -> None:
    artefacts = objects(release, Stores(objects=BUCKET, database=None))
    assert "Deployment mysql" in artefacts
    assert "Deployment seaweedfs" not in artefacts
    records = objects(release, Stores(objects=None, database=SERVER))
    assert "Deployment seaweedfs" in records
    assert "Deployment mysql" not in records


def test_a_component_that_is_not_installed_is_not_missed(release: Release) -> None:
    kept = {name: release.components[name] for name in ("profiles", "dashboard", "katib")}
    some = replace(release, components=kept)
    found = objects(some, Stores(objects=None, database=SERVER))
    assert "Deployment katib-db-manager" in found
    assert "Deployment katib-mysql" not in found


def test_a_release_without_the_store_is_an_error(release: Release) -> None:
    less = {
        name: tuple(o for o in objs if (o.kind, o.name) != ("DestinationRule", "ml-pipeline-mysql"))
        for name, objs in release.components.items()
    }
    with pytest.raises(PatchMissedError, match="found no DestinationRule kubeflow/ml-pipeline-my"):
        objects(replace(release, components=less), Stores(objects=None, database=SERVER))


def test_an_owners_patch_of_a_store_that_is_gone_is_an_error(release: Release) -> None:
    own = UserPatch(
        path="kubeflow.patches.0",
        kind="Deployment",
        namespace="kubeflow",
        name="mysql",
        why="more of it",
        strategic_merge=None,
        json_patch=(JsonOperation(op="add", path="/spec/replicas", value=1),),
    )
    args = replace(ARGS, stores=Stores(objects=None, database=SERVER), own=(own,))
    with pytest.raises(PatchMissedError, match=r"'kubeflow\.patches\.0'"):
        platform_objects(release.objects, args)


def test_kfp_keeps_its_definitions_in_the_bucket(elsewhere: dict[str, Obj]) -> None:
    said = env(elsewhere["Deployment ml-pipeline"])
    assert {key: value for key, value in said.items() if key.startswith("OBJECTSTORE")} == {
        "OBJECTSTORECONFIG_SECURE": "true",
        "OBJECTSTORECONFIG_HOST": "s3.eu-central-1.amazonaws.com",
        "OBJECTSTORECONFIG_PORT": "443",
        "OBJECTSTORECONFIG_REGION": "eu-central-1",
        "OBJECTSTORECONFIG_BUCKETNAME": {
            "configMapKeyRef": {"key": "bucketName", "name": "pipeline-install-config"}
        },
        "OBJECTSTORECONFIG_ACCESSKEY": {
            "secretKeyRef": {"key": "accesskey", "name": "mlpipeline-minio-artifact"}
        },
        "OBJECTSTORECONFIG_SECRETACCESSKEY": {
            "secretKeyRef": {"key": "secretkey", "name": "mlpipeline-minio-artifact"}
        },
    }
    config = elsewhere["ConfigMap pipeline-install-config"].body["data"]
    assert config["bucketName"] == "our.artefacts"
    assert elsewhere["Secret mlpipeline-minio-artifact"].body["stringData"] == {
        "accesskey": "access-key-of-the-bucket",
        "secretkey": "secret-key-of-the-bucket",
    }


def test_the_web_app_reads_artefacts_and_logs_from_the_bucket(elsewhere: dict[str, Obj]) -> None:
    said = env(elsewhere["Deployment ml-pipeline-ui"])
    assert said["AWS_S3_ENDPOINT"] == said["MINIO_HOST"] == "s3.eu-central-1.amazonaws.com"
    assert said["MINIO_NAMESPACE"] == "", "it would be added to the host"
    assert (said["MINIO_PORT"], said["MINIO_SSL"]) == ("443", "true")
    assert said["AWS_ACCESS_KEY_ID"] == said["MINIO_ACCESS_KEY"]
    assert said["AWS_SECRET_ACCESS_KEY"] == said["MINIO_SECRET_KEY"]
    assert said["AWS_REGION"] == "eu-central-1"
    assert said["ARGO_ARCHIVE_BUCKETNAME"] == "our.artefacts"
    assert said["ARGO_ARCHIVE_ARTIFACTORY"] == "s3"


def test_argo_and_the_launcher_know_the_bucket(
    on_cluster: dict[str, Obj], elsewhere: dict[str, Obj]
) -> None:
    name = "ConfigMap workflow-controller-configmap"
    before = yaml.safe_load(on_cluster[name].body["data"]["artifactRepository"])
    argo = yaml.safe_load(elsewhere[name].body["data"]["artifactRepository"])
    assert argo == {
        "archiveLogs": True,
        "s3": {
            "endpoint": "s3.eu-central-1.amazonaws.com",
            "bucket": "our.artefacts",
            "region": "eu-central-1",
            "insecure": False,
            "keyFormat": before["s3"]["keyFormat"],
            **KEYS,
        },
    }
    launcher = elsewhere["ConfigMap kfp-launcher"].body["data"]
    assert launcher["defaultPipelineRoot"] == "s3://our.artefacts/v2/artifacts"
    assert json.loads(launcher["providers"]) == {"s3": {"default": PROVIDER}}


def test_the_namespaces_controller_runs_our_hook(elsewhere: dict[str, Obj]) -> None:
    deployment = elsewhere["Deployment kubeflow-pipelines-profile-controller"]
    said = env(deployment)
    assert not {key for key in said if key.startswith(("AWS_", "S3_", "OBJECT_"))}
    needed = {f"STORE_{field.upper()}" for field in set(Store._fields) - set(Store._field_defaults)}
    assert needed <= set(said)
    assert said["STORE_SECRET_KEY"] == {
        "secretKeyRef": {"name": "mlpipeline-minio-artifact", "key": "secretkey"}
    }
    template = pod_template(deployment)
    assert template
    mounted = template["spec"]["volumes"][0]["configMap"]["name"]
    (container,) = template["spec"]["containers"]
    assert container["command"] == ["python", "/hooks/sync.py"]
    assert elsewhere[f"ConfigMap {mounted}"].body["data"] == {"sync.py": HOOK.read_text()}
    controller = elsewhere["DecoratorController kubeflow-pipelines-profile-controller"]
    methods = {one["updateStrategy"]["method"] for one in controller.body["spec"]["attachments"]}
    assert methods == {"InPlace"}
    service = elsewhere["Service kubeflow-pipelines-profile-controller"].body["spec"]["ports"]
    assert [port["targetPort"] for port in service] == [8080]


def test_the_hook_needs_nothing_but_the_standard_library() -> None:
    allowed = {"base64", "json", "os", "collections", "http", "typing"}
    lines = re.findall(r"^(?:from|import) (\w+)", HOOK.read_text(), re.MULTILINE)
    assert lines
    assert set(lines) <= allowed


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[HTTPServer]:
    """The hook as the cluster has it: the file's text, run, with the Deployment's variables."""
    for field, value in STORE._asdict().items():
        monkeypatch.setenv(f"STORE_{field.upper()}", value)
    server = HTTPServer(("127.0.0.1", 0), runpy.run_path(str(HOOK))["Hook"])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def namespace(**labels: str) -> dict[str, Any]:
    return {"object": {"metadata": {"name": "vision", "labels": labels}}, "attachments": {}}


ENABLED = {namespace_store.LABEL: "true"}


def test_the_hook_answers_with_what_a_team_needs(hook: HTTPServer) -> None:
    connection = HTTPConnection("127.0.0.1", hook.server_port)
    connection.request("POST", "/sync", json.dumps(namespace(**ENABLED)))
    given = json.loads(connection.getresponse().read())["attachments"]
    connection.close()
    assert {one["metadata"]["namespace"] for one in given} == {"vision"}
    data = {f"{one['kind']} {one['metadata']['name']}": one["data"] for one in given}
    secret = data.pop("Secret mlpipeline-minio-artifact")
    assert {key: base64.b64decode(text).decode() for key, text in secret.items()} == {
        "accesskey": "who",
        "secretkey": "what",
    }
    launcher = data.pop("ConfigMap kfp-launcher")
    assert launcher["defaultPipelineRoot"] == (
        "s3://our.artefacts/private-artifacts/vision/v2/artifacts"
    )
    assert json.loads(launcher["providers"]) == {"s3": {"default": PROVIDER}}
    argo = json.loads(data.pop("ConfigMap artifact-repositories")["default-namespaced"])
    assert argo["s3"].pop("keyFormat") == (
        "private-artifacts/vision/{{workflow.name}}/{{workflow.creationTimestamp.Y}}/"
        "{{workflow.creationTimestamp.m}}/{{workflow.creationTimestamp.d}}/{{pod.name}}"
    )
    assert argo["s3"] == {
        "endpoint": "s3.eu-central-1.amazonaws.com",
        "bucket": "our.artefacts",
        "region": "eu-central-1",
        "insecure": False,
        **KEYS,
    }
    assert data == {
        "ConfigMap metadata-grpc-configmap": {
            "METADATA_GRPC_SERVICE_HOST": "metadata-grpc-service.kubeflow",
            "METADATA_GRPC_SERVICE_PORT": "8080",
        }
    }


@pytest.mark.parametrize(
    ("team", "keys"), [("vision", ("its", "own")), ("speech", ("who", "what"))]
)
def test_a_team_with_a_key_of_its_own_gets_that_and_no_other(
    team: str, keys: tuple[str, str]
) -> None:
    store = STORE._replace(team_keys=json.dumps({"vision": ["its", "own"]}))
    given = {f"{o['kind']} {o['metadata']['name']}": o for o in namespace_objects(team, store)}
    secret = given["Secret mlpipeline-minio-artifact"]["data"]
    assert tuple(base64.b64decode(text).decode() for text in secret.values()) == keys
    # Where launcher and Argo write is where the key reaches.
    root = given["ConfigMap kfp-launcher"]["data"]["defaultPipelineRoot"]
    assert root.startswith(f"s3://our.artefacts/{team_folder(team)}/")
    argo = json.loads(given["ConfigMap artifact-repositories"]["data"]["default-namespaced"])
    assert argo["s3"]["keyFormat"].startswith(f"{team_folder(team)}/")


def test_teams_keys_reach_the_hook_and_nobody_else(
    release: Release, elsewhere: dict[str, Obj]
) -> None:
    keyed = replace(BUCKET, team_keys='{"vision": ["its-key", "its-secret"]}')
    made = objects(release, Stores(objects=keyed, database=SERVER))
    assert made.keys() - elsewhere.keys() == {"Secret pipelines-team-keys"}
    changed = {name for name in elsewhere if made[name].body != elsewhere[name].body}
    assert changed == {"Deployment kubeflow-pipelines-profile-controller"}
    assert env(made["Deployment kubeflow-pipelines-profile-controller"])["STORE_TEAM_KEYS"] == {
        "secretKeyRef": {"name": "pipelines-team-keys", "key": "keys"}
    }
    assert mentions(made, "its-secret") == ["Secret pipelines-team-keys"]


def test_a_namespace_that_does_not_ask_gets_nothing() -> None:
    assert answer(namespace(), STORE) == {"attachments": []}
    assert answer(namespace(**{namespace_store.LABEL: "false"}), STORE) == {"attachments": []}


def test_kfp_and_ml_metadata_use_the_server(elsewhere: dict[str, Obj]) -> None:
    config = elsewhere["ConfigMap pipeline-install-config"].body["data"]
    assert {config[key] for key in ("dbHost", "mysqlHost")} == {"db.corp.test"}
    assert {config[key] for key in ("dbPort", "mysqlPort")} == {"3307"}
    assert config["dbType"] == "mysql"
    assert elsewhere["Secret mysql-secret"].body["stringData"] == {
        "username": "pipelines",
        "password": "kfp-pw",
    }
    wanted = {"dbHost", "mysqlHost", "dbPort"}
    for name in ("ml-pipeline", "cache-server", "metadata-grpc-deployment"):
        sources = [
            v["configMapKeyRef"]["key"]
            for v in env(elsewhere[f"Deployment {name}"]).values()
            if isinstance(v, dict) and "configMapKeyRef" in v
        ]
        assert wanted & set(sources), name


def test_katib_and_the_registry_are_users_of_their_own(elsewhere: dict[str, Obj]) -> None:
    manager = env(elsewhere["Deployment katib-db-manager"])
    assert manager == {
        "DB_NAME": "mysql",
        "DB_USER": "katib",
        "DB_PASSWORD": {
            "secretKeyRef": {"name": "katib-mysql-secrets", "key": "MYSQL_ROOT_PASSWORD"}
        },
        "KATIB_MYSQL_DB_HOST": {
            "secretKeyRef": {"name": "katib-mysql-secrets", "key": "MYSQL_HOST"}
        },
        "KATIB_MYSQL_DB_PORT": "3307",
        "KATIB_MYSQL_DB_DATABASE": "katib",
    }
    assert elsewhere["Secret katib-mysql-secrets"].body["stringData"] == {
        "MYSQL_ROOT_PASSWORD": "katib-pw",
        "MYSQL_HOST": "db.corp.test",
    }
    secret = elsewhere["Secret model-registry-db-secrets"].body
    assert secret["stringData"] == {
        "POSTGRES_USER": "model_registry",
        "POSTGRES_PASSWORD": "registry-pw",
    }
    assert "data" not in secret
    assert elsewhere["ConfigMap model-registry-db-parameters"].body["data"] == {
        "POSTGRES_HOST": "db.corp.test",
        "POSTGRES_PORT": "3307",
        "POSTGRES_DB": "model_registry",
    }
    template = pod_template(elsewhere["Deployment model-registry-deployment"])
    assert template
    args = template["spec"]["containers"][0]["args"]
    assert args[-2:] == [
        "--embedmd-database-type=mysql",
        "--embedmd-database-dsn=$(POSTGRES_USER):$(POSTGRES_PASSWORD)"
        "@tcp($(POSTGRES_HOST):$(POSTGRES_PORT))/$(POSTGRES_DB)?charset=utf8mb4",
    ]
    assert len(args) == 5
    excluded = "traffic.sidecar.istio.io/excludeOutboundPorts"
    assert template["metadata"]["annotations"][excluded] == "3307"


def test_no_secret_of_a_store_is_anywhere_but_in_secrets(elsewhere: dict[str, Obj]) -> None:
    secrets = (BUCKET.access_key, BUCKET.secret_key, *SERVER.passwords.values())
    for secret in secrets:
        found = mentions(elsewhere, re.escape(str(secret)))
        assert found
        assert all(name.startswith("Secret ") for name in found)


def test_a_plan_with_its_secrets_is_the_stores() -> None:
    said = StoresSettings.model_validate(
        {
            "objects": {"kind": "s3", "bucket": "our.artefacts", "region": "eu-central-1"},
            "database": {"kind": "rds", "host": "db.corp.test", "port": 3307},
        }
    )
    plan = decide_stores(said, ("pipelines", "katib", "model-registry"))
    secrets = {
        "objectStoreAccessKey": BUCKET.access_key,
        "objectStoreSecretKey": BUCKET.secret_key,
        "pipelinesDatabasePassword": "kfp-pw",
        "katibDatabasePassword": "katib-pw",
        "registryDatabasePassword": "registry-pw",
    }
    assert make_stores(plan, secrets) == Stores(objects=BUCKET, database=SERVER)
    assert set(plan.secrets) == set(secrets)
    none = Stores(objects=None, database=None)
    assert make_stores(decide_stores(said, ("notebooks",)), {}) == none
