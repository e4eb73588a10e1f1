"""Workflows ask for no more than they need, run what is pinned, and tell no secret."""

import shlex
from pathlib import Path

import pytest
import yaml

from cost.__main__ import _parser
from tests.workflows import PINNED, faults

ROOT = Path(__file__).parent.parent
WORKFLOWS = [
    *sorted((ROOT / ".github" / "workflows").iterdir()),
    ROOT / "examples/ci_cd/github.yaml",
]
ACTION = ROOT / ".github" / "actions" / "prepare" / "action.yaml"
GOOD = """\
on: {push: {branches: [main]}}
permissions: {}
jobs:
  one:
    environment: dev
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions: {contents: read}
    steps:
    - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
      with: {persist-credentials: false}
    - run: python -m cost dev
      env: {TOKEN: "${{ secrets.TOKEN }}"}
"""
BAD = [
    ("08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0", "v5", "not pinned"),
    ("08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0", "08c6903 # v5.0.0", "not pinned"),
    (" # v5.0.0", "", "not pinned"),
    ("permissions: {}\n", "", "the workflow itself has rights"),
    ("permissions: {contents: read}", "permissions: {contents: write}", "more rights"),
    ("permissions: {contents: read}", "permissions: {packages: read}", "more rights"),
    ("    permissions: {contents: read}\n", "", "does not say its rights"),
    ("    environment: dev\n", "", "secrets outside of an environment"),
    ("    timeout-minutes: 5\n", "", "hang for six hours"),
    ("ubuntu-24.04", "ubuntu-latest", "changes by itself"),
    ("on: {push", "on: {pull_request_target: {}, push", "of anybody"),
    ("python -m cost dev", 'echo "$TOKEN"', "may tell them"),
    ("python -m cost dev", "python -m cost ${{ github.head_ref }}", "part of a program"),
    ("persist-credentials: false", "persist-credentials: true", "token on the disk"),
    ("    permissions: {c", "    env: {A: '${{ secrets.A }}'}\n    permissions: {c", "every step"),
    ("jobs:", "env: {A: '${{ secrets.A }}'}\njobs:", "every job"),
]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_is_as_it_should_be(path: Path) -> None:
    assert faults(path.read_text()) == []


def test_the_good_one_is_good() -> None:
    assert faults(GOOD) == []


@pytest.mark.parametrize(("good", "bad", "fault"), BAD, ids=[bad[2] for bad in BAD])
def test_what_is_wrong_is_said(good: str, bad: str, fault: str) -> None:
    assert good in GOOD
    found = faults(GOOD.replace(good, bad))
    assert len(found) == 1
    assert fault in found[0]


def test_what_they_share_is_pinned_and_knows_no_secret() -> None:
    text = ACTION.read_text()
    used = [line for line in text.splitlines() if "uses:" in line]
    assert used
    assert [line for line in used if not PINNED.search(line)] == []
    assert "secrets." not in text
    assert [s for s in yaml.safe_load(text)["runs"]["steps"] if "${{" in s.get("run", "")] == []


def test_the_cli_they_install_is_of_the_version_that_the_program_is_written_for() -> None:
    (version,) = (
        step["with"]["pulumi-version"]
        for step in yaml.safe_load(ACTION.read_text())["runs"]["steps"]
        if "pulumi-version" in step.get("with", {})
    )
    assert f"pulumi=={version}" in (ROOT / "requirements.txt").read_text().splitlines()


def test_prod_comes_up_after_dev_and_neither_is_cut_off() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/up.yaml").read_text())["jobs"]
    assert list(jobs) == ["dev", "prod"]
    assert jobs["prod"]["needs"] == "dev"
    for name, job in jobs.items():
        assert job["environment"] == name
        assert job["concurrency"] == {"group": f"up-{name}", "cancel-in-progress": False}


def test_a_preview_is_of_a_branch_here_and_in_an_environment_of_its_own() -> None:
    (job,) = yaml.safe_load((ROOT / ".github/workflows/preview.yaml").read_text())["jobs"].values()
    assert "head.repo.full_name == github.repository" in job["if"]
    assert job["environment"] == "${{ matrix.environment }}-preview"
    assert job["strategy"]["matrix"] == {"environment": ["dev", "prod"]}
    (cost,) = (s["run"] for s in job["steps"] if "-m cost" in s.get("run", ""))
    (command,) = (line for line in cost.splitlines() if "-m cost" in line)
    words = shlex.split(command.partition("-m cost ")[2].partition(">")[0].replace("${", "$"))
    asked = _parser(does_compare=False).parse_args([w for w in words if "against" not in w])
    assert asked.markdown
    assert asked.stack == "$STACK"
    assert "--against" in cost
