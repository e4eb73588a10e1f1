"""The same life with the real engine, where there is one."""

import re
import shutil

import pytest

from tests.e2e.conftest import AT_A_DOMAIN, Project, claims

# ` +- kubernetes:apps/v1:Deployment auth/dex replace`: an operator, a type of three parts, a name.
# An output has an operator too, but no such type.
STEP = re.compile(r"\s*[+~-]{1,2}\s+[\w-]+:[\w./-]+:\w+\s")

with_the_real_engine = pytest.mark.skipif(
    shutil.which("pulumi") is None,
    reason="`pulumi` is not on PATH: the real engine was not tried",
)


def crds(project: Project) -> int:
    client = project.client
    return len(client.list(client.resource("apiextensions.k8s.io/v1", "CustomResourceDefinition")))


def steps(output: str) -> list[str]:
    """The lines of Pulumi's output that tell a change of a resource."""
    return [line for line in output.splitlines() if STEP.match(line)]


@pytest.mark.parametrize("operator", ["+", "~", "-", "++", "+-", "-+", "--"])
@pytest.mark.parametrize(
    "kind",
    [
        "pulumi:pulumi:Stack",
        "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
        "pulumi-python:dynamic/kubeflow:Crds",
        "random:index/randomPassword:RandomPassword",
    ],
)
def test_every_change_of_a_resource_is_seen(operator: str, kind: str) -> None:
    line = f" {operator:<2} {kind} auth/dex updating (0s) [diff: ~data]"
    assert steps(f"Updating (e2e):\n{line}\n") == [line]


@pytest.mark.parametrize(
    "line",
    [
        "    pulumi:pulumi:Stack kubeflow-e2e running",
        "    kubernetes:core/v1:Service auth/dex",
        "  + adminPassword: [secret]",
        "  ~ capacity     : {",
        "    +-23 to replace",
        "    317 unchanged",
    ],
)
def test_what_is_no_change_of_a_resource_is_not_taken_for_one(line: str) -> None:
    assert steps(line) == []


@pytest.mark.rehearsal
@with_the_real_engine
def test_the_real_engine_brings_the_stack_up_once_and_takes_it_down(project: Project) -> None:
    assert steps(project.succeed("preview", "--engine", "pulumi"))
    created = project.succeed("up", "--engine", "pulumi")
    assert steps(created)
    assert "every pod has a node" in created

    before = project.writes()
    assert before > 300
    again = project.succeed("up", "--engine", "pulumi")
    assert steps(again) == []
    assert project.writes() == before
    assert steps(project.succeed("preview", "--engine", "pulumi")) == []

    project.configure(ingress={"auth": {"adminEmail": "grace@hopper.test"}})
    changed = steps(project.succeed("preview", "--engine", "pulumi"))
    assert {line.split()[2] for line in changed} == {"auth/dex"}
    project.configure()
    assert "0 left" in project.succeed("destroy", "--engine", "pulumi")


@pytest.mark.rehearsal
@with_the_real_engine
def test_the_real_engine_keeps_crds_when_told_so(project: Project) -> None:
    project.configure(protection={"crds": "keep"}, kubeflow={"components": ["notebooks"]})
    project.succeed("up", "--engine", "pulumi")
    kept = crds(project)
    said = project.succeed("destroy", "--engine", "pulumi", "--leave-cluster")
    assert "0 left (CRDs kept, as protection.crds says)" in said
    assert crds(project) == kept > 5


@pytest.mark.rehearsal
@with_the_real_engine
def test_the_real_engine_takes_kept_volumes_up_again(project: Project) -> None:
    settings = {"environment": "prod", "kubeflow": {"components": ["model-registry"]}}
    project.configure(**settings, protection={}, ingress=AT_A_DOMAIN)
    project.succeed("up", "--engine", "pulumi")
    before = claims(project)
    assert len(before) > 1
    said = project.succeed("destroy", "--engine", "pulumi", "--leave-cluster")
    assert "namespace kubeflow kept, as protection.volumes says" in " ".join(said.split())
    assert claims(project) == before
    project.succeed("up", "--engine", "pulumi")
    assert claims(project) == before
    assert steps(project.succeed("preview", "--engine", "pulumi")) == []
