"""What the CRDs' provider asks of the cluster: no more than what changed, and no lost objects."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from components.platform import crds
from components.platform.crds import MANAGER, _CrdProvider

Props = dict[str, Any]

OLD: Props = {
    "kubeconfig": "old",
    "digests": {"a.example": "1", "b.example": "2"},
    "labels": {"stack": "x"},
    "keepsOnDelete": False,
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was asked of which cluster, in order."""
    made: list[str] = []

    def apply(client: str, bodies: Iterable[Mapping[str, Any]], manager: str) -> None:
        assert manager == MANAGER
        names = [f"{b['metadata']['name']}:{b['metadata']['labels']}" for b in bodies]
        made.append(f"{client} applies {', '.join(sorted(names))}")

    def remove(client: str, names: Iterable[str]) -> None:
        if listed := sorted(names):
            made.append(f"{client} removes {', '.join(listed)}")

    monkeypatch.setattr(crds, "Client", lambda kubeconfig: kubeconfig)
    monkeypatch.setattr(crds, "apply_crds", apply)
    monkeypatch.setattr(crds, "remove_crds", remove)
    monkeypatch.setattr(
        crds, "crd_body", lambda digest: {"metadata": {"name": digest, "labels": {"own": "y"}}}
    )
    return made


LABELS = "{'own': 'y', 'stack': 'x'}"


@pytest.mark.parametrize(
    ("news", "changes", "done"),
    [
        pytest.param({}, False, [], id="nothing"),
        pytest.param({"kubeconfig": "new"}, True, [], id="the way to the cluster: nothing written"),
        pytest.param({"keepsOnDelete": True}, True, [], id="how it ends: nothing written"),
        pytest.param(
            {"labels": {"stack": "z"}},
            True,
            ["old applies 1:{'own': 'y', 'stack': 'z'}, 2:{'own': 'y', 'stack': 'z'}"],
            id="labels",
        ),
        pytest.param(
            {"digests": {"a.example": "1", "b.example": "3"}},
            True,
            [f"old applies 1:{LABELS}, 3:{LABELS}"],
            id="a body",
        ),
        pytest.param(
            {"digests": {"a.example": "1"}},
            True,
            [f"old applies 1:{LABELS}"],
            id="one dropped: whose objects go is asked elsewhere",
        ),
        pytest.param(
            {"digests": {"a.example": "1", "b.example": "3"}, "kubeconfig": "new"},
            True,
            [f"new applies 1:{LABELS}, 3:{LABELS}"],
            id="a body, reached anew",
        ),
    ],
)
def test_an_update_does_what_changed(
    asked: list[str], news: Props, changes: bool, done: list[str]
) -> None:
    wanted = {**OLD, **news}
    provider = _CrdProvider()
    assert provider.diff("crds", OLD, wanted).changes is changes
    assert asked == [], "a diff asks nothing of the cluster"
    assert provider.update("crds", OLD, wanted).outs == {**wanted, "established": True}
    assert asked == done


@pytest.mark.parametrize(
    ("keeps", "done"), [(True, []), (False, ["old removes a.example, b.example"])]
)
def test_delete_keeps_crds_when_told_so(asked: list[str], keeps: bool, done: list[str]) -> None:
    _CrdProvider().delete("crds", {**OLD, "keepsOnDelete": keeps})
    assert asked == done


def test_create_applies_all_of_them(asked: list[str]) -> None:
    assert _CrdProvider().create(OLD).outs == {**OLD, "established": True}
    assert asked == [f"old applies 1:{LABELS}, 2:{LABELS}"]
