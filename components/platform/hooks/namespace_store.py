"""What a team's namespace needs to keep artefacts in the bucket: the hook of KFP's controller.

The stack ships this file's text to the cluster in place of upstream's `sync.py`, which can only
make users of the in-cluster store. It runs there alone: nothing but the standard library.
"""

import base64
import json
import os
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, NamedTuple

SECRET = "mlpipeline-minio-artifact"
LABEL = "pipelines.kubeflow.org/enabled"
DATE = "/".join(f"{{{{workflow.creationTimestamp.{part}}}}}" for part in "Ymd")


class Store(NamedTuple):
    """The bucket and the keys to it; `endpoint` is a host.

    `team_keys` is JSON: by namespace, an access key and a secret key that are its own.
    """

    bucket: str
    region: str
    endpoint: str
    access_key: str
    secret_key: str
    team_keys: str = "{}"


def answer(request: Mapping[str, Any], store: Store) -> dict[str, Any]:
    """What the controller keeps in the namespace it asks about."""
    metadata = request["object"]["metadata"]
    is_wanted = metadata.get("labels", {}).get(LABEL) == "true"
    return {"attachments": namespace_objects(metadata["name"], store) if is_wanted else []}


def namespace_objects(namespace: str, store: Store) -> list[dict[str, Any]]:
    """The keys, and where the launcher, the metadata client and Argo find what they need."""
    everybodys = (store.access_key, store.secret_key)
    access_key, secret_key = json.loads(store.team_keys).get(namespace, everybodys)
    return [
        _object(
            "Secret",
            namespace,
            SECRET,
            {"accesskey": _encoded(access_key), "secretkey": _encoded(secret_key)},
        ),
        _object(
            "ConfigMap",
            namespace,
            "kfp-launcher",
            launcher(store, f"private-artifacts/{namespace}/v2/artifacts"),
        ),
        _object(
            "ConfigMap",
            namespace,
            "metadata-grpc-configmap",
            {
                "METADATA_GRPC_SERVICE_HOST": "metadata-grpc-service.kubeflow",
                "METADATA_GRPC_SERVICE_PORT": "8080",
            },
        ),
        _object(
            "ConfigMap",
            namespace,
            "artifact-repositories",
            {"default-namespaced": json.dumps(_repository(namespace, store))},
            {"workflows.argoproj.io/default-artifact-repository": "default-namespaced"},
        ),
    ]


def launcher(store: Store, folder: str) -> dict[str, str]:
    """The launcher's configuration: its root is `folder` of the bucket."""
    keys = {"secretName": SECRET, "accessKeyKey": "accesskey", "secretKeyKey": "secretkey"}
    default = {
        "endpoint": f"https://{store.endpoint}",
        "region": store.region,
        "disableSSL": False,
        "credentials": {"fromEnv": False, "secretRef": keys},
    }
    return {
        "defaultPipelineRoot": f"s3://{store.bucket}/{folder}",
        "providers": json.dumps({"s3": {"default": default}}),
    }


def s3_location(store: Store) -> dict[str, Any]:
    """The bucket as Argo says it."""
    return {
        "endpoint": store.endpoint,
        "bucket": store.bucket,
        "region": store.region,
        "insecure": False,
        "accessKeySecret": {"name": SECRET, "key": "accesskey"},
        "secretKeySecret": {"name": SECRET, "key": "secretkey"},
    }


def _repository(namespace: str, store: Store) -> dict[str, Any]:
    key = f"private-artifacts/{namespace}/{{{{workflow.name}}}}/{DATE}/{{{{pod.name}}}}"
    return {"archiveLogs": True, "s3": {**s3_location(store), "keyFormat": key}}


def _object(
    kind: str,
    namespace: str,
    name: str,
    data: Mapping[str, str],
    annotations: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace}
    noted = {"annotations": dict(annotations)} if annotations else {}
    return {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": {**metadata, **noted},
        "data": dict(data),
    }


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


class Hook(BaseHTTPRequestHandler):
    """Answers the controller over HTTP."""

    def do_POST(self) -> None:
        """One namespace asked about, its objects answered; nothing of it is logged."""
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        body = json.dumps(answer(asked, store_from_environment())).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)


def store_from_environment() -> Store:
    """The store as the Deployment says it."""
    said = {field: os.environ.get(f"STORE_{field.upper()}") for field in Store._fields}
    return Store(**{field: value for field, value in said.items() if value is not None})


if __name__ == "__main__":
    HTTPServer(("", 8080), Hook).serve_forever()
