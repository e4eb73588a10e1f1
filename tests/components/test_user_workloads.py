"""Users' objects stop a destroy or go first; an `up` leaves them alone, unless their kind goes."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from pulumi.output import Unknown

from components.platform import user_workloads
from components.platform.user_workloads import (
    DEADLINE_SECONDS,
    UserWorkloadsError,
    _UserWorkloadsProvider,
    inventory,
)
from kube.finalizers import CONTROLLERS
from kube.user_objects import Scope, UserObject
from upstream.model import Release

Props = dict[str, Any]

CRDS = {
    "kserve": ["inferencemodels.networking", "inferenceservices.kserve"],
    "profiles": ["profiles.kubeflow.org"],
}
ONE_LESS = {**CRDS, "kserve": ["inferenceservices.kserve"]}
WITHOUT_PROFILES = {"kserve": CRDS["kserve"]}
ALL = "inferencemodels.networking, inferenceservices.kserve, profiles.kubeflow.org"
OLD: Props = {
    "stack": "mine",
    "kubeconfig": "old",
    "crds": CRDS,
    "namespaces": ["kubeflow"],
    "teams": ["grace"],
    "labels": {"stack": "x"},
    "ending": "refuse",
    "keepsCrds": False,
}
UNKNOWN = Unknown()  # type: ignore[no-untyped-call]  # the SDK's
NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


def user_object(kind: str, name: str, namespace: str = "", **rest: Any) -> UserObject:
    metadata = {"name": name, "creationTimestamp": "2026-03-03T10:30:00Z"}
    metadata |= {"namespace": namespace} if namespace else {}
    version = "v1" if kind == "PersistentVolumeClaim" else "kubeflow.org/v1"
    return UserObject({"apiVersion": version, "kind": kind, "metadata": metadata, **rest})


FOUND = [
    user_object("Notebook", "thinking", "ada"),
    user_object(
        "PersistentVolumeClaim",
        "work",
        "ada",
        spec={"resources": {"requests": {"storage": "1Gi"}}},
        status={"capacity": {"storage": "2Gi"}},
    ),
    user_object("Profile", "grace"),
]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was asked of which cluster, on which three objects are."""
    made: list[str] = []

    def find(client: str, scope: Scope) -> list[UserObject]:
        inside = f" in {', '.join(sorted(scope.only))}" if scope.only else ""
        made.append(f"{client} is asked for {', '.join(sorted(scope.crds))}{inside}")
        return FOUND

    def remove(client: str, scope: Scope, seconds: float) -> None:
        assert seconds == DEADLINE_SECONDS
        assert scope.platform_namespaces == {"kubeflow"}
        inside = f" in {', '.join(sorted(scope.only))}" if scope.only else ""
        made.append(f"{client} loses {', '.join(sorted(scope.crds))}{inside}")

    def remove_crds(client: str, names: Iterable[str]) -> None:
        made.append(f"{client} loses the CRDs {', '.join(sorted(names))}")

    monkeypatch.setattr(user_workloads, "Client", lambda kubeconfig: kubeconfig)
    monkeypatch.setattr(user_workloads, "find_user_objects", find)
    monkeypatch.setattr(user_workloads, "remove_user_objects", remove)
    monkeypatch.setattr(user_workloads, "remove_crds", remove_crds)
    return made


def test_a_destroy_is_refused_with_an_inventory_and_the_way_out(asked: list[str]) -> None:
    with pytest.raises(UserWorkloadsError) as error:
        _UserWorkloadsProvider().delete("", OLD)
    assert str(error.value).splitlines() == [
        "users have 3 objects on this platform:",
        *str(error.value).splitlines()[1:6],
        "Nothing was deleted, for teardown.userWorkloads was `refuse` when the stack was last "
        "brought up.",
        "Remove them yourself, or have them removed, volumes included:",
        "  pulumi config set --path kubeflow:settings.teardown.userWorkloads delete -s mine",
        "  pulumi up -s mine --target '**::user-workloads'",
        "  pulumi destroy -s mine",
    ]
    assert asked == [f"old is asked for {ALL}"]


def test_a_destroy_that_may_deletes_them(asked: list[str]) -> None:
    _UserWorkloadsProvider().delete("", {**OLD, "ending": "delete"})
    assert asked == [f"old loses {ALL}"]


def test_bringing_up_asks_nothing(asked: list[str]) -> None:
    assert _UserWorkloadsProvider().create(OLD).outs == OLD
    assert asked == []


@pytest.mark.parametrize("key", [*user_workloads.WATCHED])
def test_every_input_is_updated_in_place(asked: list[str], key: str) -> None:
    news = {**OLD, key: "other"}
    answer = _UserWorkloadsProvider().diff("", OLD, news)
    assert answer.changes
    assert not answer.replaces, "to replace it would be to delete it"
    assert not _UserWorkloadsProvider().diff("", OLD, dict(OLD)).changes
    assert set(OLD) == set(user_workloads.WATCHED)
    assert asked == []


@pytest.mark.parametrize(
    ("news", "done"),
    [
        pytest.param({"ending": "delete"}, [], id="how it ends"),
        pytest.param({"crds": {**CRDS, "spark": ["more.example"]}}, [], id="one more"),
        pytest.param(
            {"crds": {"hub": CRDS["profiles"], "kserve": CRDS["kserve"]}},
            [],
            id="one comes with another component",
        ),
        pytest.param(
            {"crds": ONE_LESS, "ending": "delete", "kubeconfig": "new"},
            [
                "new loses inferencemodels.networking",
                "new loses the CRDs inferencemodels.networking",
            ],
            id="one leaves and takes its objects along",
        ),
        pytest.param(
            {"crds": WITHOUT_PROFILES, "ending": "delete", "kubeconfig": "new"},
            ["new loses profiles.kubeflow.org"],
            id="a component leaves, and its CRDs go with it",
        ),
    ],
)
def test_an_update_touches_only_what_leaves(asked: list[str], news: Props, done: list[str]) -> None:
    wanted = {**OLD, **news}
    assert _UserWorkloadsProvider().update("", OLD, wanted).outs == wanted
    assert asked == done


@pytest.mark.parametrize(
    ("crds", "before", "now", "kind"),
    [
        (ONE_LESS, False, False, "inferencemodels.networking"),
        (ONE_LESS, True, False, "inferencemodels.networking"),
        (WITHOUT_PROFILES, False, False, "profiles.kubeflow.org"),
        (WITHOUT_PROFILES, False, True, "profiles.kubeflow.org"),
    ],
)
def test_a_kind_whose_crd_goes_is_refused_while_users_have_some_and_its_crd_stays(
    asked: list[str], crds: Props, before: bool, now: bool, kind: str
) -> None:
    olds, news = {**OLD, "keepsCrds": before}, {**OLD, "keepsCrds": now, "crds": crds}
    with pytest.raises(UserWorkloadsError, match="Put the component back"):
        _UserWorkloadsProvider().update("", olds, news)
    assert asked == [f"old is asked for {kind}"]


@pytest.mark.parametrize(
    ("crds", "before", "now"),
    [
        (ONE_LESS, True, True),
        (ONE_LESS, False, True),
        (WITHOUT_PROFILES, True, True),
        (WITHOUT_PROFILES, True, False),
    ],
)
def test_a_kind_whose_crd_stays_may_leave(
    asked: list[str], crds: Props, before: bool, now: bool
) -> None:
    news = {**OLD, "keepsCrds": now, "crds": crds}
    _UserWorkloadsProvider().update("", {**OLD, "keepsCrds": before}, news)
    assert asked == []


def test_an_inventory_is_by_namespace_with_ages_and_sizes() -> None:
    assert inventory(FOUND, NOW).splitlines() == [
        "users have 3 objects on this platform:",
        "  ada",
        "    Notebook ada/thinking, 1 h old",
        "    PersistentVolumeClaim ada/work, 1 h old, volume of 2Gi",
        "  grace",
        "    Profile grace, 1 h old",
    ]


def test_a_long_inventory_is_cut_and_says_so() -> None:
    many = [user_object("Notebook", f"n{n:02}", "ada") for n in range(23)]
    lines = inventory(many, datetime(2026, 3, 5, 12, tzinfo=UTC)).splitlines()
    assert lines[0] == "users have 23 objects on this platform:"
    assert lines[-2:] == ["    Notebook ada/n19, 2 d old", "    and 3 more"]


def test_who_takes_a_finalizer_away_is_a_deployment_of_the_release(release: Release) -> None:
    real = {f"{one.namespace}/{one.name}" for one in release.objects if one.kind == "Deployment"}
    assert set(CONTROLLERS.values()) <= real


def test_a_team_does_not_leave_with_what_people_made_in_it(asked: list[str]) -> None:
    news = {**OLD, "teams": [], "kubeconfig": "new"}
    with pytest.raises(UserWorkloadsError) as error:
        _UserWorkloadsProvider().update("", OLD, news)
    kinds = ALL
    assert asked == [f"new is asked for {kinds} in grace"]
    assert "their teams leave the settings" in str(error.value)
    assert "A namespace cannot be renamed" in str(error.value)

    _UserWorkloadsProvider().update("", OLD, {**news, "ending": "delete"})
    assert asked[1:] == [f"new loses {kinds} in grace"]


def test_a_preview_refuses_what_the_up_would(asked: list[str]) -> None:
    renamed = {**OLD, "teams": ["hopper"], "kubeconfig": "new"}
    (failure,) = _UserWorkloadsProvider().check(OLD, renamed).failures
    assert failure.reason.startswith("users have 3 objects on this platform:")
    assert "A namespace cannot be renamed: add a team" in failure.reason
    assert asked == [f"new is asked for {ALL} in grace"]


@pytest.mark.parametrize(
    ("olds", "news"),
    [
        pytest.param({}, OLD, id="the first time"),
        pytest.param(OLD, OLD, id="nothing leaves"),
        pytest.param(OLD, {**OLD, "teams": [], "ending": "delete"}, id="it may be deleted"),
        pytest.param(OLD, {**OLD, "teams": [], "kubeconfig": UNKNOWN}, id="no cluster yet"),
    ],
)
def test_else_a_preview_asks_nothing(asked: list[str], olds: Props, news: Props) -> None:
    assert not _UserWorkloadsProvider().check(olds, news).failures
    assert asked == []


def test_a_team_more_and_a_state_that_knows_no_teams_ask_nothing(asked: list[str]) -> None:
    _UserWorkloadsProvider().update("", OLD, {**OLD, "teams": ["ada", "grace"]})
    _UserWorkloadsProvider().update("", {k: v for k, v in OLD.items() if k != "teams"}, OLD)
    assert asked == []
