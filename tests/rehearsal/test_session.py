"""A stack with encrypted values opens for whichever engine can read them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from plan.context import with_context
from rehearsal.builtin import NO_CLUSTER
from rehearsal.errors import RehearsalError
from rehearsal.remembered import FILE, remember_plan, remembered_plan
from rehearsal.session import Session, open_built, open_session
from settings.mistakes import SettingsError
from tests.rehearsal.engine.test_stackfile import project

ROOT = Path(__file__).parent.parent.parent
SANDBOX = (ROOT / "stacks" / "Pulumi.sandbox.yaml").read_text()


def test_a_secret_beside_the_settings_is_no_hindrance(tmp_path: Path) -> None:
    session = open_session(project(tmp_path, SANDBOX + "  kubeflow:tlsKey: {secure: abc}\n"), "dev")
    assert session.stack.encrypted == ("kubeflow:tlsKey",)
    assert "kubeflow:settings" in session.stack.config


@pytest.mark.parametrize("value", ["abc", "{secure: abc}"])
def test_a_key_that_nothing_reads_is_refused_encrypted_or_not(tmp_path: Path, value: str) -> None:
    text = SANDBOX + f"  kubeflow:kubeconfg: {value}\n  aws:region: eu-west-1\n"
    with pytest.raises(SettingsError) as caught:
        open_session(project(tmp_path, text), "dev")
    assert str(caught.value) == (
        "stack dev: keys that nothing reads\n"
        "  kubeflow:kubeconfg: unknown key; did you mean kubeflow:kubeconfig?; to remove it: "
        "pulumi config rm kubeflow:kubeconfg -s dev"
    )


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


@pytest.fixture
def brought_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A session as `up` leaves it, in a cache of the test's own."""
    monkeypatch.setenv("KUBEFLOW_STACK_CACHE", str(tmp_path / "cache"))
    session = open_session(project(tmp_path, SANDBOX), "dev")
    session.folder.mkdir(parents=True)
    remember_plan(session.folder, session.plan)
    return session


@pytest.mark.parametrize("text", ["", "config: [", "config: {kubeflow:settings: {pools: 3}}", None])
def test_what_was_brought_up_can_be_taken_down_whatever_its_file_says(
    brought_up: Session, text: str | None
) -> None:
    path = brought_up.root / "stacks" / "Pulumi.dev.yaml"
    path.unlink()
    if text is not None:
        path.write_text(text)
    with pytest.raises((RehearsalError, SettingsError)):
        open_session(brought_up.root, "dev")
    found = open_built(brought_up.root, "dev")
    assert found.plan == brought_up.plan
    assert (found.stack.name, found.folder) == ("dev", brought_up.folder)


def test_what_was_brought_up_decides_not_what_the_file_says_since(brought_up: Session) -> None:
    built = replace(brought_up.plan, environment="prod")
    remember_plan(brought_up.folder, built)
    assert open_built(brought_up.root, "dev").plan == built
    assert (brought_up.folder / FILE).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("text", ["", '{"stack": "dev"}'])
def test_a_memory_of_another_version_gives_way_to_the_file(brought_up: Session, text: str) -> None:
    (brought_up.folder / FILE).write_text(text)
    assert open_built(brought_up.root, "dev") == brought_up


@pytest.mark.parametrize("stack", ["aws-dev", "README", "README-aws", "README-digitalocean"])
def test_every_kind_of_plan_is_remembered_whole(tmp_path: Path, stack: str) -> None:
    plan = open_session(ROOT, stack).plan
    remember_plan(tmp_path, plan)
    assert remembered_plan(tmp_path) == plan
