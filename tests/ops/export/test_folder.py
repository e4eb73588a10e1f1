"""The folders: what Argo CD and Flux read, and what an export may write over."""

from pathlib import Path

import pytest

from ops.errors import OpsError
from ops.export.bootstrap import Repository
from ops.export.folder import Exported, files, write
from upstream.documents import read_documents, read_yaml

REPOSITORY = Repository(url="https://git.test/ml", folder="clusters/dev")


def config(name: str, wave: int, component: str = "dex") -> Exported:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}
    return Exported(wave=wave, component=component, body=body)


def test_each_wave_is_a_folder_with_a_file_per_component() -> None:
    written = files("dev", [config("b", 1), config("a", 0), config("c", 1, "katib")], None)
    assert sorted(written) == [
        "kustomization.yaml",
        "waves/00/dex.yaml",
        "waves/00/kustomization.yaml",
        "waves/00/wave.yaml",
        "waves/01/dex.yaml",
        "waves/01/katib.yaml",
        "waves/01/kustomization.yaml",
        "waves/01/wave.yaml",
    ]
    assert read_yaml(written["kustomization.yaml"])["resources"] == ["waves/00", "waves/01"]


def test_each_kustomization_of_flux_waits_for_the_wave_before() -> None:
    written = files("dev", [config("a", 0), config("b", 1), config("c", 2)], REPOSITORY)
    _, *waves = read_documents(written["flux/kustomizations.yaml"])
    assert [one["metadata"]["name"] for one in waves] == [
        "kubeflow-dev-00",
        "kubeflow-dev-01",
        "kubeflow-dev-02",
    ]
    assert [one["spec"].get("dependsOn") for one in waves] == [
        None,
        [{"name": "kubeflow-dev-00"}],
        [{"name": "kubeflow-dev-01"}],
    ]
    assert waves[1]["spec"]["path"] == "./clusters/dev/waves/01"
    assert all(one["spec"]["wait"] for one in waves)


def test_the_application_of_argo_cd_is_at_the_folder() -> None:
    written = files("dev", [config("a", 0)], REPOSITORY)
    source = read_yaml(written["argocd/application.yaml"])["spec"]["source"]
    assert source == {
        "repoURL": "https://git.test/ml",
        "targetRevision": "main",
        "path": "clusters/dev",
    }


def test_at_the_repositorys_root_the_path_is_a_dot() -> None:
    assert Repository(url="u", folder="").path() == "."


def test_an_earlier_export_is_replaced_whole(tmp_path: Path) -> None:
    write(tmp_path, files("dev", [config("a", 0), config("b", 1)], REPOSITORY))
    (tmp_path / "notes.md").write_text("mine")
    write(tmp_path, files("dev", [config("a", 0)], None))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "kustomization.yaml",
        "notes.md",
        "waves",
    ]
    assert [path.name for path in (tmp_path / "waves").iterdir()] == ["00"]


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources: []\n")
    with pytest.raises(OpsError, match="holds files that no export wrote"):
        write(tmp_path, files("dev", [config("a", 0)], None))
    assert [path.name for path in tmp_path.iterdir()] == ["kustomization.yaml"]
