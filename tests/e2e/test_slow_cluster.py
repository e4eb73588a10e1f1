"""One pass on clusters where every effect is seconds late, each in an order of its own.

`make soak` tries more of them than CI does.
"""

import json

import pytest

from plan.components import PRESETS
from tests.e2e.conftest import Project

pytestmark = pytest.mark.rehearsal

SLOWEST_SECONDS = 3
EVERYTHING = [*PRESETS["full"], "training-operator"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(1, metafunc.config.getoption("--slow-seeds") + 1))


def test_up_takes_one_pass_and_no_write_is_rejected(project: Project, seed: int) -> None:
    project.configure(kubeflow={"components": EVERYTHING})
    slow = ("--slow", str(SLOWEST_SECONDS), "--seed", str(seed))
    document = json.loads(project.succeed("up", "--json", *slow))
    assert set(document["changes"].values()) == {"create"}
    assert project.rejected() == []
    assert project.writes() > 600
    assert "0 left" in project.succeed("destroy")
