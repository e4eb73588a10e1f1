"""The account is asked by the first `up`, which makes nothing where it is certain to fail."""

import base64
from collections.abc import Callable
from typing import Any

import dill
import pytest
from pydantic import TypeAdapter

from accounts.errors import AccountError
from accounts.preflight.examine import Wanted
from components.cluster.preflight import _Gate
from rehearsal.session import Session
from tests.ops.digitalocean_api import Api

Open = Callable[..., Session]


def asked(session: Session) -> dict[str, Any]:
    """The inputs that the resource has in a stack."""
    plan = session.plan
    wanted = Wanted(
        project="kubeflow", cluster=plan.cluster, aws=plan.aws, digitalocean=plan.digitalocean
    )
    return {"wanted": TypeAdapter(Wanted).dump_json(wanted).decode()}


def gate() -> _Gate:
    """As Pulumi has it: packed, and unpacked in a process of its own."""
    unpacked: _Gate = dill.loads(base64.b64decode(base64.b64encode(dill.dumps(_Gate()))))
    return unpacked


def test_an_account_that_can_take_the_stack_lets_it_through(
    digitalocean: Api, open_ocean: Open
) -> None:
    inputs = asked(open_ocean())
    assert gate().create(inputs).outs == inputs


def test_digitalocean_is_refused_with_every_reason(digitalocean: Api, open_ocean: Open) -> None:
    digitalocean.account |= {"droplet_limit": 1, "volume_limit": 0}
    with pytest.raises(AccountError) as refused:
        gate().create(asked(open_ocean()))
    said = str(refused.value)
    assert "the account cannot take the stack kf, and nothing was made: 2 of" in said
    assert "  droplets: 1, 0 of it used by others; needed: 4 at first, 5 when" in said
    assert "  volumes: 0, 0 of it used by others; needed: 1" in said


def test_aws_is_refused_without_credentials(
    credentials: None, open_stack: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(AccountError, match=r"1 of \d+ checks say no\n  credentials: "):
        gate().create(asked(open_stack()))


def test_digitalocean_is_refused_without_a_token(
    open_ocean: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DIGITALOCEAN_ACCESS_TOKEN", raising=False)
    with pytest.raises(AccountError, match="token: DIGITALOCEAN_ACCESS_TOKEN is not set"):
        gate().create(asked(open_ocean()))


def test_it_is_asked_once(open_stack: Open) -> None:
    before = asked(open_stack())
    after = {"wanted": before["wanted"].replace("us-east-1", "eu-west-1")}
    assert before != after
    assert gate().diff("preflight", before, after).changes is False
