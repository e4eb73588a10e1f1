"""`ops export` of whole stacks: kustomize makes of the folders what the stack registers."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops.__main__ import main
from tests.e2e.conftest import Project, linked_project
from upstream.cache import cache_dir
from upstream.crds import crd_body
from upstream.documents import read_documents
from upstream.kustomize import builder
from upstream.render import OFFLINE
from upstream.renderer import find_renderer

WAVE = "argocd.argoproj.io/sync-wave"
SECRETS = (
    "admin-password-bcrypt",
    "cookie-secret",
    "katib-mysql-password",
    "mysql-password",
    "object-store-secret",
    "oidc-client-secret",
)
Place = tuple[str, str, str, str]
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = linked_project(tmp_path_factory.mktemp("project"), "exported")
    made.configure(
        kubeflow={"components": ["pipelines", "katib"]},
        teams=[{"name": "vision", "owner": "ada@sandbox.test", "size": "small"}],
    )
    return made


@pytest.fixture(scope="module")
def folder(stack: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("export")
    assert main(["export", "exported", "--to", str(to)], stack.root) == 0
    return to


@pytest.fixture(scope="module")
def built(folder: Path) -> dict[Place, dict[str, Any]]:
    renderer = find_renderer(builder(ROOT, cache_dir(), print))
    done = subprocess.run(
        (*renderer.command, str(folder)),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **OFFLINE},
    )
    documents = read_documents(done.stdout)
    assert len({place(one) for one in documents}) == len(documents)
    return {place(one): one for one in documents}


@pytest.fixture(scope="module")
def registered(stack: Project) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(stack.succeed("preview", "--json"))["resources"]
    return found


def place(body: Mapping[str, Any]) -> Place:
    metadata = body["metadata"]
    return (body["apiVersion"], body["kind"], metadata.get("namespace", ""), metadata["name"])


def without(body: Mapping[str, Any], *annotations: str) -> Any:
    """The object without annotations that begin so, wherever it has annotations."""
    if not isinstance(body, Mapping):
        return [without(one, *annotations) for one in body] if isinstance(body, list) else body
    plain = {key: without(value, *annotations) for key, value in body.items()}
    if isinstance(said := body.get("annotations"), Mapping):
        plain["annotations"] = {k: v for k, v in said.items() if not k.startswith(annotations)}
        if not plain["annotations"]:
            del plain["annotations"]
    return plain


def test_kustomize_makes_every_registered_object_and_nothing_else(
    built: dict[Place, dict[str, Any]], registered: list[dict[str, Any]]
) -> None:
    objects = [one["inputs"] for one in registered if one["type"].startswith("kubernetes:")]
    expected = {
        place(one): without(one, "pulumi.com/", "kubeflow-stack/config-checksum")
        for one in objects
        if "[computed]" not in str(one.get("stringData"))
    }
    secrets = {
        ("external-secrets.io/v1", "ExternalSecret", *place(one)[2:])
        for one in objects
        if "[computed]" in str(one.get("stringData"))
    }
    crds = [
        place(crd_body(digest))
        for one in registered
        if one["type"].endswith(":Crds")
        for digest in one["inputs"]["digests"].values()
    ]
    assert len(expected) > 300
    assert len(crds) > 20
    assert len(secrets) > 5
    assert built.keys() == {*expected, *secrets, *crds}
    assert {key: without(built[key], WAVE) for key in expected} == expected
    for key in crds:
        assert built[key]["spec"]["group"] in key[3]


def test_nothing_comes_before_what_it_waits_for(
    built: dict[Place, dict[str, Any]], registered: list[dict[str, Any]]
) -> None:
    waves = {key[1:]: int(one["metadata"]["annotations"][WAVE]) for key, one in built.items()}
    by_urn = {}
    for one in registered:
        if one["type"].startswith("kubernetes:"):
            kind, space, name = place(one["inputs"])[1:]
            hidden = "[computed]" in str(one["inputs"].get("stringData"))
            by_urn[one["urn"]] = waves[("ExternalSecret" if hidden else kind, space, name)]
        elif one["type"].endswith(":Crds"):
            (name, *_) = one["inputs"]["digests"]
            by_urn[one["urn"]] = waves[("CustomResourceDefinition", "", name)]
    edges = [
        (by_urn[need], by_urn[one["urn"]])
        for one in registered
        if one["urn"] in by_urn
        for need in one["dependsOn"]
        if need in by_urn
    ]
    assert len(edges) > 300
    assert all(before < after for before, after in edges)


def test_every_secret_is_named_and_none_is_there(
    stack: Project, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "exported", "--to", str(tmp_path / "again")], stack.root) == 0
    told = capsys.readouterr().out
    assert all(name in told for name in SECRETS)
    whole = "".join(path.read_text() for path in folder.rglob("*.yaml"))
    assert "[computed]" not in whole
    assert "[secret]" not in whole
    assert "[generated" not in whole


def test_a_stack_at_a_domain_is_exported_too(tmp_path: Path) -> None:
    stack = linked_project(tmp_path, "exported")
    stack.configure(
        kubeflow={"components": ["kserve"]},
        teams=[{"name": "vision", "owner": "ada@sandbox.test"}],
        ingress={"domain": "ml.sandbox.test", "auth": {"adminEmail": "ada@sandbox.test"}},
    )
    to = tmp_path / "to"
    assert main(["export", "exported", "--to", str(to)], stack.root) == 0
    objs = [one for path in to.rglob("*.yaml") for one in read_documents(path.read_text())]
    tokens = {
        one["metadata"]["name"]: [rule["issuer"] for rule in one["spec"]["jwtRules"]]
        for one in objs
        if one["kind"] == "RequestAuthentication"
    }
    dex = ["https://ml.sandbox.test/dex"]
    parts = ("predictor", "transformer", "explainer")
    assert tokens == {"dex-jwt": dex, **{f"{part}-tokens": dex for part in parts}}


def test_a_folder_of_others_is_refused_before_anything_is_read(
    stack: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("")
    assert main(["export", "exported", "--to", str(tmp_path)], stack.root) == 1
    assert "holds files that no export wrote" in " ".join(capsys.readouterr().err.split())


def test_every_pull_secret_reads_one_property(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    made = linked_project(tmp_path / "project", "pulling")
    made.configure(
        kubeflow={"components": ["profiles"]},
        teams=[{"name": "vision", "owner": "ada@sandbox.test", "size": "small"}],
    )
    path = made.root / "stacks" / "Pulumi.pulling.yaml"
    content = yaml.safe_load(path.read_text())
    content["config"]["kubeflow:registryCredentials"] = '{"auths": {}}'
    path.write_text(yaml.safe_dump(content))
    assert main(["export", "pulling", "--to", str(tmp_path / "to")], made.root) == 0
    pulling = {
        one["metadata"]["namespace"]: one["spec"]["data"][0]["remoteRef"]["property"]
        for file in (tmp_path / "to" / "waves").rglob("*.yaml")
        for one in read_documents(file.read_text())
        if one["kind"] == "ExternalSecret" and one["metadata"]["name"] == "registry-credentials"
    }
    assert pulling.keys() >= {"vision", "istio-system", "kubeflow"}
    assert set(pulling.values()) == {"registry-credentials"}
