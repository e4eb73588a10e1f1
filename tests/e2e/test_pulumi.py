"""The same life with the real engine, where there is one."""

import re
import shutil

import pytest

from tests.e2e.conftest import Project

pytestmark = [
    pytest.mark.rehearsal,
    pytest.mark.skipif(
        shutil.which("pulumi") is None,
        reason="`pulumi` is not on PATH: the real engine was not tried",
    ),
]


def steps(output: str) -> list[str]:
    """The lines of Pulumi's output that tell a change of a resource."""
    return [line for line in output.splitlines() if re.match(r"\s*(\+|~|-|\+-)\s+\w+:", line)]


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
