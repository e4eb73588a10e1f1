"""The same life with the real engine, where there is one."""

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


def test_the_real_engine_brings_the_stack_up_once_and_takes_it_down(project: Project) -> None:
    created = project.succeed("up", "--engine", "pulumi")
    assert "every pod has a node" in created
    again = project.succeed("up", "--engine", "pulumi")
    assert "unchanged" in again
    assert not {" created", " updated", " replaced", " deleted"} & set(again.splitlines())
    assert not [line for line in again.splitlines() if line.strip().startswith(("+ ", "~ ", "- "))]
    assert "0 left" in project.succeed("destroy", "--engine", "pulumi")
