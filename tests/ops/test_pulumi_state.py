"""Whether a stack still exists is asked of Pulumi, and not knowing is not the same as no."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.errors import OpsError
from ops.pulumi_state import live_resources, resources_in_state

Says = Callable[[str], None]
STATE = {
    "version": 3,
    "deployment": {
        "resources": [
            {"urn": "urn:stack", "type": "pulumi:pulumi:Stack", "custom": False},
            {"urn": "urn:provider", "type": "pulumi:providers:aws", "custom": True},
            {"urn": "urn:vpc", "type": "aws:ec2/vpc:Vpc", "custom": True},
        ]
    },
}


def test_only_what_is_outside_pulumi_is_alive() -> None:
    assert live_resources(json.dumps(STATE)) == ["urn:vpc"]
    assert live_resources(json.dumps({"version": 3, "deployment": {}})) == []
    assert live_resources(json.dumps({"version": 3, "deployment": None})) == []


def test_the_stack_that_is_asked_for_is_the_one_that_is_meant(tmp_path: Path, pulumi: Says) -> None:
    (tmp_path / "state").write_text(json.dumps(STATE))
    pulumi(f'test "$*" = "stack export --stack kf --cwd {tmp_path} --non-interactive" || exit 3\n'
           f"cat {tmp_path}/state")  # fmt: skip
    assert resources_in_state(tmp_path, "kf") == ["urn:vpc"]


def test_a_stack_that_pulumi_does_not_know_has_nothing(tmp_path: Path, pulumi: Says) -> None:
    assert resources_in_state(tmp_path, "kf") == []


def test_not_knowing_is_an_error(
    tmp_path: Path, pulumi: Says, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulumi("echo 'error: no Pulumi account' >&2; exit 255")
    with pytest.raises(OpsError, match="failed: error: no Pulumi account"):
        resources_in_state(tmp_path, "kf")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OpsError, match="`pulumi` is not on PATH"):
        resources_in_state(tmp_path, "kf")
