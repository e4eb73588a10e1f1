"""A stack with encrypted values opens for whichever engine can read them."""

from pathlib import Path

import pytest

from rehearsal.errors import RehearsalError
from rehearsal.session import open_session
from tests.rehearsal.engine.test_stackfile import project

ROOT = Path(__file__).parent.parent.parent
SANDBOX = (ROOT / "stacks" / "Pulumi.sandbox.yaml").read_text()


def test_a_secret_beside_the_settings_is_no_hindrance(tmp_path: Path) -> None:
    session = open_session(project(tmp_path, SANDBOX + "  kubeflow:token: {secure: abc}\n"), "dev")
    assert session.stack.encrypted == ("kubeflow:token",)
    assert "kubeflow:settings" in session.stack.config


def test_settings_have_to_be_in_clear(tmp_path: Path) -> None:
    text = SANDBOX.replace("admin@sandbox.test", "{secure: abc}")
    with pytest.raises(RehearsalError, match=r"settings\.ingress\.auth\.adminEmail: encrypted"):
        open_session(project(tmp_path, text), "dev")
