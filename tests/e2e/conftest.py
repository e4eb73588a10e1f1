"""A checkout with a stack of its own, driven as a person drives it: by its command line."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from kube.client import Client
from rehearsal.cluster.cluster import Access, find_cluster, stop_cluster
from rehearsal.cluster.programs import find_programs
from upstream.cache import cache_dir

ROOT = Path(__file__).parent.parent.parent
AT_A_DOMAIN = {"domain": "ml.sandbox.test", "auth": {"adminEmail": "admin@sandbox.test"}}
ENGINE_USER = "rehearsal-engine"
CREATED, REFUSED = 201, 400
MANAGER = "somebody"
NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "ada"}}
PROFILE = {
    "apiVersion": "kubeflow.org/v1",
    "kind": "Profile",
    "metadata": {"name": "grace"},
    "spec": {"owner": {"kind": "User", "name": "grace@hopper.test"}},
}
CLAIM = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "work", "namespace": "ada"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}
NOTEBOOK = {
    "apiVersion": "kubeflow.org/v1",
    "kind": "Notebook",
    "metadata": {"name": "thinking", "namespace": "ada"},
    "spec": {"template": {"spec": {"containers": [{"name": "thinking", "image": "a/b:1"}]}}},
}
MODEL = {
    "apiVersion": "serving.kserve.io/v1beta1",
    "kind": "InferenceService",
    "metadata": {"name": "iris", "namespace": "ada"},
    "spec": {"predictor": {"model": {"modelFormat": {"name": "sklearn"}, "storageUri": "s3://m"}}},
}
WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})


@dataclass(frozen=True)
class Project:
    """The rooms by link and one stack file that tests may rewrite."""

    root: Path
    stack: str

    def configure(self, **sections: Any) -> None:
        """Write the sandbox's settings with some sections replaced."""
        content = yaml.safe_load((ROOT / "stacks" / "Pulumi.sandbox.yaml").read_text())
        content["config"]["kubeflow:settings"].update(sections)
        path = self.root / "stacks" / f"Pulumi.{self.stack}.yaml"
        path.write_text(yaml.safe_dump(content))

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "rehearsal", words[0], self.stack, *words[1:]]

    def start(self, *words: str) -> subprocess.Popen[str]:
        """A command under way."""
        return subprocess.Popen(
            self.command(*words),
            cwd=self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """A command, to its end."""
        return subprocess.run(
            self.command(*words),
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **environment},
        )

    def succeed(self, *words: str) -> str:
        """A command that must succeed; gives its standard output."""
        done = self.run(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def changes(self, *words: str) -> dict[str, str]:
        """What a command with `--json` changed or would change, unchanged resources left out."""
        document = json.loads(self.succeed(*words, "--json"))
        return {urn: op for urn, op in document["changes"].items() if op != "same"}

    @property
    def folder(self) -> Path:
        """Where the stack's state is."""
        return cache_dir() / "rehearsals" / self.stack

    @property
    def access(self) -> Access:
        found = find_cluster(self.stack)
        assert found is not None, "the cluster is not running"
        return found

    @property
    def client(self) -> Client:
        return Client(self.access.kubeconfig)

    def writes(self) -> int:
        """The engine's own writes so far, by the API server's audit log; dry runs are none."""
        return sum(map(_is_write, self._audit()))

    def rejected(self) -> list[str]:
        """The engine's writes, and anybody's new pods, that the API server refused."""
        return [
            f"{event['verb']} {event['requestURI']}: {event['responseStatus']}"
            for event in self._audit()
            if _is_write(event) or _is_new_pod(event)
            if event["responseStatus"].get("code", 0) >= REFUSED
        ]

    def done(self) -> list[tuple[str, str]]:
        """What the engine created, changed and deleted so far, in order, as `resource ns/name`."""
        return [
            (_deed(event), _resource(event["objectRef"]))
            for event in self._audit()
            if _is_write(event) and event["responseStatus"].get("code", 0) < REFUSED
        ]

    def _audit(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.access.audit_log.read_text().splitlines()]


def _is_write(event: dict[str, Any]) -> bool:
    return (
        event["verb"] in WRITES
        and event["user"]["username"] == ENGINE_USER
        and "dryRun=" not in event["requestURI"]
    )


def _deed(event: dict[str, Any]) -> str:
    if event["verb"] == "delete":
        return "deleted"
    return "created" if event["responseStatus"]["code"] == CREATED else "changed"


def _resource(of: dict[str, Any]) -> str:
    place = f"{of['namespace']}/" if "namespace" in of else ""
    return f"{of['resource']} {place}{of['name']}"


def _is_new_pod(event: dict[str, Any]) -> bool:
    of = event["objectRef"]
    return event["verb"] == "create" and of["resource"] == "pods" and "subresource" not in of


def linked_project(folder: Path, stack: str) -> Project:
    """The checkout by links: nothing a test does to its stacks reaches the real one."""
    for entry in ROOT.iterdir():
        if entry.name != "stacks":
            (folder / entry.name).symlink_to(entry)
    (folder / "stacks").mkdir()
    project = Project(folder, stack)
    project.configure()
    return project


@pytest.fixture(scope="module")
def project(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Project]:
    """A project whose cluster is gone when the module is done, whatever happened."""
    find_programs(_quiet)
    name = request.module.__name__.rpartition(".")[2].removeprefix("test_").replace("_", "-")
    made = linked_project(tmp_path_factory.mktemp("project"), f"e2e-{name}")
    forget(made)
    yield made
    forget(made)


def forget(project: Project) -> None:
    """Neither a cluster nor a state is left of what was."""
    stop_cluster(project.stack, _quiet)
    for path in sorted(project.folder.rglob("*"), reverse=True):
        if path.is_file() or path.is_symlink():
            path.unlink()
        else:
            path.rmdir()


def _quiet(_: str) -> None:
    """Tests need no progress."""


def claims(project: Project) -> dict[str, tuple[str, str, str]]:
    """Which claims there are: who each is, what state it is in, and its volume."""
    client = project.client
    return {
        f"{one['metadata']['namespace']}/{one['metadata']['name']}": (
            one["metadata"]["uid"],
            one["status"]["phase"],
            one["spec"]["volumeName"],
        )
        for one in client.list(client.resource("v1", "PersistentVolumeClaim"))
    }


def identities(objects: Sequence[dict[str, Any]]) -> set[str]:
    """What tells objects apart."""
    return {
        f"{o['kind']} {o['metadata'].get('namespace', '')}/{o['metadata']['name']}" for o in objects
    }
