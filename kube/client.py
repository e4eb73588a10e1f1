"""The Kubernetes API as plain dicts; authentication is the official client's.

Typed models are left out on purpose: objects come from manifests and stay what they are.
"""

import json
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import urllib3
import yaml

from kube.errors import ApiStatusError, CutError, KubeconfigError, KubeError, NoSuchKindError

Body = Mapping[str, Any]
Json = dict[str, Any]

APPLY = "application/apply-patch+yaml"
CONNECTIONS = 64
# Kinds whose objects make others, which must be gone with them. What has no dependants would
# wait for the garbage collector all the same.
OWNERS = frozenset(
    {
        ("apps", "Deployment"),
        ("apps", "StatefulSet"),
        ("apps", "DaemonSet"),
        ("apps", "ReplicaSet"),
        ("batch", "Job"),
        ("batch", "CronJob"),
        ("kubeflow.org", "Profile"),  # owns a namespace with all that is in it
    }
)
CONNECT_SECONDS, READ_SECONDS = 5, 60
# Only what the API server itself asks to have again, e.g. "storage is (re)initializing" for a
# kind whose CRD was just established: 429 with the seconds to wait, as client-go honours it.
AS_ASKED = urllib3.Retry(
    total=10,
    connect=0,
    read=0,
    other=0,
    status_forcelist=(429,),
    allowed_methods=None,
    raise_on_status=False,
)


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One kind as the API server serves it."""

    api_version: str
    kind: str
    plural: str
    is_namespaced: bool
    verbs: tuple[str, ...]

    @property
    def crd(self) -> str:
        """The name of the CRD that defines it, if one does."""
        return f"{self.plural}.{self.api_version.rpartition('/')[0]}"

    def path(self, namespace: str = "", name: str = "") -> str:
        """The URL path of the collection, or of one object."""
        root = "/apis" if "/" in self.api_version else "/api"
        place = f"/namespaces/{namespace}" if self.is_namespaced and namespace else ""
        last = f"/{name}" if name else ""
        return f"{root}/{self.api_version}{place}/{self.plural}{last}"


@dataclass(frozen=True)
class _Request:
    method: str
    path: str
    query: Mapping[str, str]
    body: Body | None = None
    content_type: str | None = None


class Client:
    """One API server, one identity; safe to share between threads."""

    def __init__(self, kubeconfig: str) -> None:
        """Raises `KubeconfigError` for what is none."""
        from kubernetes import client, config  # noqa: PLC0415  0.5 s that no preview should pay

        settings = client.Configuration()
        try:
            config.load_kube_config_from_dict(
                yaml.safe_load(kubeconfig), client_configuration=settings, persist_config=False
            )
        except (yaml.YAMLError, AttributeError, TypeError, config.ConfigException) as error:
            # The text of the error may quote the file, and with it a token.
            raise KubeconfigError(
                "the kubeconfig cannot be used: it needs clusters, users, contexts and a "
                "current-context that names one of them"
            ) from error
        settings.connection_pool_maxsize = CONNECTIONS
        self._api = client.ApiClient(settings)
        self._kinds: dict[str, dict[str, Resource]] = {}
        self._kinds_lock = threading.Lock()

    def close(self) -> None:
        """Let go of every connection."""
        self._api.rest_client.close()

    def resource(self, api_version: str, kind: str) -> Resource:
        """How `kind` is served; raises `NoSuchKindError`. Misses are not remembered."""
        with self._kinds_lock:
            known = self._kinds.get(api_version, {}).get(kind)
            if known is None:
                self._kinds[api_version] = self._discover(api_version)
                known = self._kinds[api_version].get(kind)
        if known is None:
            raise NoSuchKindError(f"{kind} ({api_version}) is not served by this cluster")
        return known

    def every_resource(self) -> tuple[Resource, ...]:
        """Every kind that can be listed, once: by its group's preferred version that serves it."""
        return self._listable(("v1", *self._group_versions(lambda _: True)))

    def custom_kinds(self, crds: Collection[str]) -> tuple[Resource, ...]:
        """Those kinds of these CRDs (`plural.group`) that are served, once, as `every_resource`.

        Only their groups are asked: another one's broken APIService is no reason to fail.
        """
        groups = {crd.partition(".")[2] for crd in crds}
        found = self._listable(self._group_versions(groups.__contains__))
        return tuple(kind for kind in found if kind.crd in crds)

    def _listable(self, versions: Iterable[str]) -> tuple[Resource, ...]:
        found: dict[tuple[str, str], Resource] = {}
        for version in versions:
            for kind in self._discover(version).values():
                if "list" in kind.verbs:
                    found.setdefault((version.rpartition("/")[0], kind.kind), kind)
        return tuple(found.values())

    def _group_versions(self, is_wanted: Callable[[str], bool]) -> Iterator[str]:
        """All versions of the groups wanted, the preferred one of each first."""
        for group in self.call("GET", "/apis")["groups"]:
            if not is_wanted(group["name"]):
                continue
            preferred = group["preferredVersion"]["groupVersion"]
            yield preferred
            others = (version["groupVersion"] for version in group["versions"])
            yield from (version for version in others if version != preferred)

    def apply(self, body: Body, manager: str, *, dry_run: bool = False) -> Json:
        """Server-side apply, taking over conflicting fields; gives the live object."""
        query = {"fieldManager": manager, "force": "true"}
        if dry_run:
            query["dryRun"] = "All"
        return self.call("PATCH", self.path_of(body), query, body, APPLY)

    def get(self, body: Body) -> Json | None:
        """The live object of the same identity, or None."""
        try:
            return self.call("GET", self.path_of(body))
        except ApiStatusError as error:
            if error.status == 404:  # noqa: PLR2004  HTTP
                return None
            raise

    def list(self, resource: Resource, labels: str = "") -> Sequence[Json]:
        """Every object of a kind, in all namespaces; `labels` is a label selector."""
        query = {"labelSelector": labels} if labels else {}
        items = self.call("GET", resource.path(), query)["items"]
        shared = {"apiVersion": resource.api_version, "kind": resource.kind}
        return [{**shared, **item} for item in items]

    def delete(self, body: Body, *, owns: bool = False) -> str | None:
        """Delete, owners after what they own; the uid of what is going, None if there was none.

        `owns` says that it is an owner; of some kinds that is known.
        """
        kind = body["apiVersion"].rpartition("/")[0], body["kind"]
        options = {"propagationPolicy": "Foreground" if owns or kind in OWNERS else "Background"}
        try:
            answer = self.call("DELETE", self.path_of(body), None, options, "application/json")
        except ApiStatusError as error:
            if error.status == 404:  # noqa: PLR2004  HTTP
                return None
            raise
        # The object while it is still going, a Status about it once it is gone.
        told = answer["details"] if answer["kind"] == "Status" else answer["metadata"]
        return str(told["uid"])

    def path_of(self, body: Body) -> str:
        """The URL path of the object itself."""
        resource = self.resource(body["apiVersion"], body["kind"])
        metadata = body["metadata"]
        return resource.path(metadata.get("namespace", ""), metadata["name"])

    def watch(
        self, resource: Resource, namespace: str, query: Mapping[str, str], seconds: float
    ) -> Iterator[tuple[str, Json]]:
        """Events `(type, object)`, first every object there is; ends after `seconds`."""
        asked = {**query, "watch": "true", "timeoutSeconds": str(max(1, int(seconds)))}
        response = self._send(_Request("GET", resource.path(namespace), asked), seconds + 5)
        try:
            if response.status >= 400:  # noqa: PLR2004  HTTP
                response.read(cache_content=True)
                raise ApiStatusError(f"watch {asked}", response.status, _parsed(response))
            for line in _lines(response):
                event = json.loads(line)
                if event["type"] == "ERROR":
                    raise ApiStatusError("watch", event["object"].get("code", 0), event["object"])
                yield event["type"], event["object"]
        except urllib3.exceptions.HTTPError as error:
            raise CutError(f"watch {resource.path(namespace)}: cut short: {error}") from error
        finally:
            response.release_conn()

    def call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Body | None = None,
        content_type: str | None = None,
    ) -> Json:
        """One request; raises `ApiStatusError`, or `KubeError` when nobody answers."""
        request = _Request(method, path, query or {}, body, content_type)
        response = self._send(request, READ_SECONDS)
        answer = _parsed(response)
        if response.status >= 400:  # noqa: PLR2004  HTTP
            raise ApiStatusError(f"{method} {path}", response.status, answer)
        return answer

    def _send(self, request: _Request, seconds: float) -> urllib3.BaseHTTPResponse:
        headers = {"Accept": "application/json, */*"}  # keys are of a type of their own
        if request.content_type:
            headers["Content-Type"] = request.content_type
        method, url, headers, _, _ = self._api.param_serialize(
            method=request.method,
            resource_path=request.path,
            query_params=list(request.query.items()),
            header_params=headers,
            auth_settings=["BearerToken"],
        )
        try:
            # Past the official client's own request(): it would parse and re-serialize the body.
            response: urllib3.BaseHTTPResponse = self._api.rest_client.pool_manager.request(
                method,
                url,
                body=None if request.body is None else json.dumps(request.body).encode(),
                headers=headers,
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=seconds),
                preload_content="watch" not in request.query,
                retries=AS_ASKED,
            )
        except urllib3.exceptions.HTTPError as error:
            host = self._api.configuration.host
            raise KubeError(
                f"{request.method} {request.path}: no answer from {host}: {error}"
            ) from error
        return response

    def _discover(self, api_version: str) -> dict[str, Resource]:
        root = "/apis" if "/" in api_version else "/api"
        try:
            found = self.call("GET", f"{root}/{api_version}")["resources"]
        except ApiStatusError as error:
            if error.status == 404:  # noqa: PLR2004  HTTP
                return {}
            raise
        return {
            entry["kind"]: Resource(
                api_version=api_version,
                kind=entry["kind"],
                plural=entry["name"],
                is_namespaced=entry["namespaced"],
                verbs=tuple(entry["verbs"]),
            )
            for entry in found
            if "/" not in entry["name"]
        }


def _parsed(response: urllib3.BaseHTTPResponse) -> Json:
    """The answer's object; an API group that nobody serves is answered in plain text."""
    text = response.data.decode()
    if "json" not in response.headers.get("Content-Type", ""):
        return {"message": text.strip()}
    answer: Json = json.loads(text)
    return answer


def _lines(response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    rest = b""
    for chunk in response.stream(amt=None):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from filter(None, whole)
