"""A refusal reaches a person as its message alone, a bug with its places, by every provider."""

import re
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest
from pulumi import dynamic

from components import plainly
from components.plainly import PlainProvider
from kube.errors import KubeError


class Provider(PlainProvider):
    """Raises what it was told to."""

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        raise props["error"]


def told(error: Exception, provider: Provider) -> str:
    """What the SDK sends to the real engine when creating fails."""
    with pytest.raises(type(error)) as raised:
        provider.create({"error": error})
    return "".join(traceback.format_exception(raised.value))


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> Provider:
    """A provider as the SDK's own process has it."""
    monkeypatch.setattr(sys, "tracebacklimit", 1000, raising=False)
    provider = Provider()
    provider.configure(dynamic.ConfigureRequest(dynamic.Config({}, "")))
    return provider


def test_a_refusal_is_what_it_says(apart: Provider) -> None:
    assert told(KubeError("users have 3 objects"), apart) == (
        "kube.errors.KubeError: users have 3 objects\n"
    )


def test_a_bug_keeps_its_places(apart: Provider) -> None:
    assert told(KeyError("x"), apart).startswith("Traceback")


def test_a_bug_after_a_refusal_keeps_its_places_too(apart: Provider) -> None:
    told(KubeError("no"), apart)
    assert told(KeyError("x"), apart).startswith("Traceback")


@pytest.mark.parametrize("step", ["check", "diff", "create", "read", "update", "delete"])
def test_whatever_is_asked_is_refused_plainly(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise KubeError("no")

    monkeypatch.setattr(sys, "tracebacklimit", 1000, raising=False)
    monkeypatch.setattr(Provider, step, refuse)
    provider = Provider()
    provider.configure(dynamic.ConfigureRequest(dynamic.Config({}, "")))
    with pytest.raises(KubeError):
        getattr(provider, step)("id", {}, {})
    assert sys.tracebacklimit == 0


def test_every_refusal_of_a_provider_is_one_that_is_told_plainly() -> None:
    home = Path(plainly.__file__).parent
    raised = {
        name
        for path in home.rglob("*.py")
        if "PlainProvider" in (text := path.read_text())
        for name in re.findall(r"class (\w+)\(Exception\)", text)
    }
    assert raised == set()


def test_where_nobody_tells_by_traceback_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "tracebacklimit", 1000, raising=False)
    assert told(KubeError("no"), Provider()).startswith("Traceback")
    assert sys.tracebacklimit == 1000


def test_every_provider_of_ours_is_such_a_one() -> None:
    home = Path(plainly.__file__)
    providers = [path for path in home.parent.rglob("*.py") if "Provider)" in path.read_text()]
    assert len(providers) > 8
    others = [path for path in providers if "(dynamic.ResourceProvider)" in path.read_text()]
    assert others == [home]
