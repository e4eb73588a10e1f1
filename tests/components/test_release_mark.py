"""The running release is what the cluster's own note says, or unknown."""

from collections.abc import Mapping
from typing import Any

import pytest

from components.platform import release_mark
from components.platform.release_mark import MARK, running_release, say_upgrade
from kube.errors import KubeError


class Cluster:
    """A cluster with a note, or without one, or that does not answer."""

    def __init__(self, found: Mapping[str, Any] | Exception | None) -> None:
        self.found = found

    def get(self, body: Mapping[str, Any]) -> Mapping[str, Any] | None:
        assert body == MARK
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


@pytest.mark.parametrize(
    ("found", "release"),
    [
        (release_mark.release_mark("26.03").body, "26.03"),
        (None, None),
        (KubeError("no answer"), None),
    ],
)
def test_the_release_is_read_from_the_note(
    monkeypatch: pytest.MonkeyPatch, found: Any, release: str | None
) -> None:
    monkeypatch.setattr(release_mark, "Client", lambda _: Cluster(found))
    assert running_release("kubeconfig") == release


def test_only_a_change_of_release_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    mark = release_mark.release_mark("26.03").body
    monkeypatch.setattr(release_mark, "Client", lambda _: Cluster(mark))
    told: list[str] = []
    say_upgrade("kubeconfig", "26.03", told.append)
    assert told == []
    say_upgrade("kubeconfig", "26.03.1-rc.2", told.append)
    (words,) = told
    assert words.startswith("upgrade of Kubeflow from 26.03 to 26.03.1-rc.2:\n")
    assert "inferencemodels" in words
