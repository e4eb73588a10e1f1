"""The copy of a stack's file says to Pulumi what the checkout says."""

import json
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from rehearsal.errors import RehearsalError
from rehearsal.pulumi_engine import _renew, run
from rehearsal.session import open_session


def test_text_that_looks_like_a_number_stays_text_to_every_reader(tmp_path: Path) -> None:
    copy = tmp_path / "Pulumi.dev.yaml"
    wanted = {"config": {"kubeflow:token": "1e3", "kubeflow:name": "Zoë 😀"}}
    _renew(copy, wanted)
    assert json.loads(copy.read_text()) == wanted == yaml.safe_load(copy.read_text())
    assert copy.stat().st_mode & 0o077 == 0


def test_pulumis_salt_stays_and_nothing_else_of_what_it_wrote(tmp_path: Path) -> None:
    copy = tmp_path / "Pulumi.dev.yaml"
    copy.write_text("encryptionsalt: v1:abc\nconfig:\n  kubeflow:kubeconfig: {secure: x}\n")
    _renew(copy, {"config": {}})
    assert json.loads(copy.read_text()) == {"encryptionsalt": "v1:abc", "config": {}}


@pytest.mark.parametrize("stack", ["aws-dev", "digitalocean-dev"])
@pytest.mark.parametrize("command", ["preview", "up", "refresh", "destroy"])
def test_a_rehearsal_never_calls_a_cloud(command: str, stack: str, project_root: Path) -> None:
    session = open_session(project_root, stack)
    with pytest.raises(RehearsalError, match=f"{stack}: --engine pulumi would make a cluster on"):
        run(command, session, Console(), leaves_cluster=False)
