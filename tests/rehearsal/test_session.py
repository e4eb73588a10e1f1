"""A stack with encrypted values opens for whichever engine can read them."""

import json
from pathlib import Path

import pytest

from plan.context import with_context
from rehearsal.builtin import NO_CLUSTER
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


def test_a_rehearsal_has_the_context_that_the_stack_names(tmp_path: Path) -> None:
    text = SANDBOX.replace("provider: existing", "provider: existing\n      context: work")
    handed = open_session(project(tmp_path, text), "dev").handed_in(NO_CLUSTER)
    before, after = json.loads(NO_CLUSTER), json.loads(with_context(handed, "work"))
    assert after["current-context"] == "work"
    assert after["clusters"] == before["clusters"]
    assert after["contexts"][0]["context"] == before["contexts"][0]["context"]
