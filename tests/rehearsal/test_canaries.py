"""A secret that somebody hands in is nowhere in what a preview shows, logs, judges or prices."""

import io
import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
import yaml
from rich.console import Console

from rehearsal import builtin, commands
from rehearsal.session import Session, open_session
from tests.e2e.conftest import linked_project

# With these every secret of the stack's is needed but those of another kind of login.
SAID: dict[str, Any] = {
    "ingress": {
        "domain": "ml.corp.test",
        "auth": {
            "adminEmail": "ada@corp.test",
            "provider": {"kind": "github", "clientId": "app", "groups": ["corp"]},
        },
        "tls": {"mode": "letsencrypt", "email": "ada@corp.test", "challenge": "digitalocean"},
    },
    "stores": {
        "objects": {"kind": "spaces", "bucket": "ours", "region": "nyc3"},
        "database": {"kind": "managed", "host": "db.corp.test"},
    },
    "monitoring": {
        "mode": "managed",
        "receivers": {
            "slackChannel": "#alerts",
            "emailTo": ["ada@corp.test"],
            "emailFrom": "kubeflow@corp.test",
            "emailServer": "smtp.corp.test:587",
            "emailUser": "kubeflow",
            "pagerDuty": True,
            "webhook": True,
        },
    },
}
REGISTRY = "registryCredentials"


def canary(key: str) -> str:
    return f"canary-of-{key}-5e1f"


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """A stack with a canary for every secret that it needs, and for the registry."""
    stack = linked_project(tmp_path, "told")
    stack.configure(**SAID)
    needed = open_session(stack.root, "told").plan.secrets
    assert len(needed) >= 10
    file = stack.root / "stacks" / "Pulumi.told.yaml"
    content = yaml.safe_load(file.read_text())
    content["config"].update({f"kubeflow:{key}": canary(key) for key in needed})
    login = b64encode(f"me:{canary(REGISTRY)}".encode()).decode()
    content["config"][f"kubeflow:{REGISTRY}"] = json.dumps({"auths": {"reg.test": {"auth": login}}})
    file.write_text(yaml.safe_dump(content))
    return open_session(stack.root, "told")


def test_a_preview_shows_no_secret_in_any_form(
    session: Session, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said, results, ask = io.StringIO(), [], builtin.preview

    def preview(*words: Any, **more: Any) -> builtin.Result:
        results.append(ask(*words, **more))
        return results[0]

    monkeypatch.setattr(builtin, "preview", preview)
    commands.preview(session, Console(file=said, width=400), as_json=True, lists_all=True)
    shown = said.getvalue() + "".join(capsys.readouterr())
    declared = "".join(str(goal.inputs) for goal in results[0].goals.values())
    for key in (*session.plan.secrets, REGISTRY):
        text = canary(key).encode()
        # In base64 a text looks in three ways, by where it begins; its middle is always there.
        coded = [b64encode(b" " * shift + text).decode()[4:-4] for shift in range(3)]
        forms = (canary(key), *coded)
        assert [form for form in forms if form in declared] != [], f"{key} is not used"
        assert [form for form in forms if form in shown] == [], key
