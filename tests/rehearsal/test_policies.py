"""A rehearsal's preview says what the policies say, and in prod it fails by them."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from policies import judge
from policies.model import Rule
from policies.rules import RULES
from rehearsal import commands
from rehearsal.errors import RehearsalError
from rehearsal.session import Session, open_session

BROKEN = Rule(
    name="no-cluster", wants="there is none", types=("kubeflow:aws:AwsCluster",),
    holds=lambda *_: False,
)  # fmt: skip


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy that every stack on AWS breaks."""
    monkeypatch.setattr(
        commands, "judge", lambda found, environment: judge.judge(found, environment, [BROKEN])
    )


def previewed(session: Session, *, as_json: bool = False) -> str:
    said = io.StringIO()
    commands.preview(session, Console(file=said, width=300), as_json=as_json, lists_all=False)
    return said.getvalue()


def test_a_sound_stack_says_how_many_policies_it_passed(
    project_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = previewed(open_session(project_root, "aws-prod"), as_json=True)
    assert f"{len(RULES)} policies, 0 broken" in told
    assert json.loads(capsys.readouterr().out)["policies"] == []


@pytest.mark.usefixtures("broken")
def test_a_broken_policy_fails_a_preview_of_prod_once_all_is_said(
    project_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(RehearsalError, match=r"aws-prod: 1 policies are broken, which prod"):
        previewed(open_session(project_root, "aws-prod"), as_json=True)
    (found,) = json.loads(capsys.readouterr().out)["policies"]
    assert (found["rule"], found["name"], found["blocks"]) == ("no-cluster", "cluster", True)


@pytest.mark.usefixtures("broken")
def test_in_dev_it_is_only_said(project_root: Path) -> None:
    assert "no-cluster: AwsCluster cluster" in previewed(open_session(project_root, "aws-dev"))
