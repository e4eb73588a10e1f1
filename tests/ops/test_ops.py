"""What a stack's engineer asks: its images, and how to log in, without a secret on the screen."""

import re
from pathlib import Path

import pytest

from ops.__main__ import main
from tests.e2e.conftest import Project, linked_project
from tests.ops.conftest import CLUSTER, POOLS
from upstream.pins import known_releases


@pytest.fixture
def stack(tmp_path: Path) -> Project:
    return linked_project(tmp_path, "asked")


def test_images_are_listed_one_a_line_as_they_will_be_pulled(
    stack: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.configure(kubeflow={"components": ["katib"]})
    assert main(["images", "asked"], stack.root) == 0
    plain = capsys.readouterr().out.splitlines()
    assert "ghcr.io/kubeflow/katib/katib-controller:v0.19.0" in plain
    assert not [one for one in plain if "kserve" in one]

    stack.configure(
        kubeflow={"components": ["katib"]}, images={"registryMirror": "registry.test/kubeflow"}
    )
    assert main(["images", "asked"], stack.root) == 0
    mirrored = capsys.readouterr().out.splitlines()
    assert all(one.startswith("registry.test/kubeflow/") for one in mirrored)


def test_the_images_of_a_cluster_of_its_own_are_among_them(
    stack: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.configure(
        cluster={"provider": "digitalocean", "region": "fra1"},
        pools=[{"name": "general", "instanceTypes": ["s-4vcpu-16gb-amd"], "nodes": 3}],
        kubeflow={"components": ["katib"]},
    )
    assert main(["images", "asked"], stack.root) == 0
    assert "docker.io/library/busybox:1.37.0" in capsys.readouterr().out.splitlines()


VERSION = re.compile(r".+(:[\w][\w.-]*|@sha256:[0-9a-f]{64})")


@pytest.mark.parametrize("release", known_releases())
def test_every_image_of_everything_has_a_version_that_stays(
    stack: Project, capsys: pytest.CaptureFixture[str], release: str
) -> None:
    stack.configure(
        cluster=CLUSTER,
        pools=POOLS,
        kubeflow={"release": release, "components": "full"},
        monitoring={"mode": "managed"},
        stores={"database": {"kind": "rds"}},
    )
    assert main(["images", "asked"], stack.root) == 0
    found = capsys.readouterr().out.splitlines()
    assert len(found) > 100
    loose = [one for one in found if not VERSION.fullmatch(one) or one.endswith(":latest")]
    assert loose == []


def test_credentials_tell_the_way(stack: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["credentials", "asked"], stack.root) == 0
    told = capsys.readouterr().out
    assert "admin@sandbox.test" in told
    assert "pulumi stack output adminPassword --show-secrets -s asked" in told


def test_a_stack_that_was_never_rehearsed_has_no_password(
    stack: Project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("KUBEFLOW_STACK_CACHE", str(tmp_path / "cache"))
    assert main(["credentials", "asked", "--show"], stack.root) == 1
    assert "python -m rehearsal up asked" in capsys.readouterr().err.replace("\n", " ")
