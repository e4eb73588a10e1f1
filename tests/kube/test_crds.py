"""A CRD is there when its kinds are listed, which comes a moment after it is Established."""

from typing import Any, cast

import pytest

from kube.client import Client
from kube.crds import wait_served
from kube.errors import DeadlineError, NoSuchKindError

CRD: dict[str, Any] = {
    "metadata": {"name": "widgets.example.org"},
    "spec": {
        "group": "example.org",
        "names": {"kind": "Widget"},
        "versions": [{"name": "v1", "served": True}, {"name": "v0", "served": False}],
    },
}


class _Late:
    """An API server that lists a kind only when it has been asked so many times."""

    def __init__(self, looks: int) -> None:
        self.looks = looks
        self.asked: list[tuple[str, str]] = []

    def resource(self, api_version: str, kind: str) -> None:
        self.asked.append((api_version, kind))
        if len(self.asked) <= self.looks:
            raise NoSuchKindError(f"{kind} ({api_version}) is not served")


def test_it_is_asked_for_until_it_is_listed_and_only_in_versions_that_are_served() -> None:
    late = _Late(looks=2)
    wait_served(cast(Client, late), CRD, 5)
    assert late.asked == [("example.org/v1", "Widget")] * 3


def test_one_that_is_never_listed_is_named() -> None:
    with pytest.raises(
        DeadlineError, match=r"^CustomResourceDefinition widgets.example.org: still not served as "
    ):
        wait_served(cast(Client, _Late(looks=1000)), CRD, 0.2)
