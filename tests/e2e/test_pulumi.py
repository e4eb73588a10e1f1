"""The same life with the real engine, where there is one."""

import re
import shutil
from itertools import takewhile

import pytest

from tests.e2e.conftest import (
    AT_A_DOMAIN,
    CLAIM,
    MANAGER,
    MODEL,
    NAMESPACE,
    NOTEBOOK,
    PROFILE,
    Project,
    claims,
)
from tests.e2e.test_upgrade import DROPPED, GONE_FIRST, REPLACED, uids

CHANGED = {"components": ["notebooks", "pod-defaults", "kserve", "trainer"]}
TOLD_TO = {"userWorkloads": "delete"}
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


def tally(output: str) -> list[str]:
    """What Pulumi counted at the end: `317 unchanged`, `+-23 replaced`. A refresh tells of every
    resource as it looks at it, so that its lines say nothing.
    """
    _, _, rest = output.partition("\nResources:\n")
    return [line.strip() for line in takewhile(str.strip, rest.splitlines())]


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


def test_what_is_counted_ends_with_an_empty_line() -> None:
    said = "Outputs:\n\nResources:\n    ~ 2 updated\n    317 unchanged\n\nDuration: 9s\n"
    assert tally(said) == ["~ 2 updated", "317 unchanged"]


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
    (counted,) = tally(project.succeed("refresh", "--engine", "pulumi"))
    assert counted.endswith(" unchanged")
    assert steps(project.succeed("preview", "--engine", "pulumi")) == []
    assert project.writes() == before

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


@pytest.mark.rehearsal
@with_the_real_engine
def test_the_real_engine_upgrades_in_one_pass(project: Project) -> None:
    """Of what the next release changes: everything would take twice as long."""
    project.configure(kubeflow=CHANGED | {"release": "26.03"}, teardown=TOLD_TO)
    project.succeed("up", "--engine", "pulumi")
    for body in (NAMESPACE, PROFILE, CLAIM, NOTEBOOK, MODEL):
        project.client.apply(body, MANAGER)
    before = uids(project)

    begun = len(project.done())
    project.configure(kubeflow=CHANGED | {"release": "26.03.1-rc.2"}, teardown=TOLD_TO)
    said = " ".join(project.succeed("preview", "--engine", "pulumi").split())
    assert "upgrade of Kubeflow from 26.03 to 26.03.1-rc.2:" in said
    project.succeed("up", "--engine", "pulumi")
    after = uids(project)
    assert {name: uid for name, uid in before.items() if after.get(name) != uid} == {
        DROPPED: before[DROPPED]
    }
    done = project.done()[begun:]
    for name in REPLACED.values():
        assert done.index(("deleted", name)) < done.index(("created", name)), name
    for first, last in GONE_FIRST:
        assert done.index(("deleted", first)) < done.index(("deleted", last)), last
    (counted,) = tally(project.succeed("refresh", "--engine", "pulumi"))
    assert counted.endswith(" unchanged")
    assert steps(project.succeed("preview", "--engine", "pulumi")) == []
    ended = project.run("destroy", "--engine", "pulumi")
    said = " ".join((ended.stdout + ended.stderr).split())
    # A namespace that somebody made by hand is nobody else's to delete, nor is the volume in it.
    assert "2 left: Namespace ada PersistentVolumeClaim ada/work the cluster was stopped" in said


@pytest.mark.rehearsal
@with_the_real_engine
def test_the_real_engine_ends_a_stack_in_use_as_it_was_told(project: Project) -> None:
    project.configure(kubeflow={"components": ["notebooks"]})
    project.succeed("up", "--engine", "pulumi")
    for body in (NAMESPACE, PROFILE, NOTEBOOK):
        project.client.apply(body, MANAGER)
    writes = project.writes()
    refused = project.run("destroy", "--engine", "pulumi", "--leave-cluster")
    said = refused.stdout + refused.stderr
    assert refused.returncode != 0
    assert "UserWorkloadsError: users have 2 objects on this platform:" in said
    for line in ("Profile grace, ", "Notebook ada/thinking, ", "Nothing was deleted"):
        assert line in said
    assert "Traceback" not in said
    assert project.writes() == writes

    project.configure(kubeflow={"components": ["notebooks"]}, teardown=TOLD_TO)
    changed = steps(project.succeed("up", "--engine", "pulumi"))
    assert {line.split()[2] for line in changed} == {"user-workloads"}
    assert project.writes() == writes, "how it ends is nothing to write"
    ended = project.run("destroy", "--engine", "pulumi")
    said = " ".join((ended.stdout + ended.stderr).split())
    # A namespace that somebody made by hand is nobody else's to delete.
    assert "1 left: Namespace ada the cluster was stopped" in said
