"""What counts as the users', in which order it goes, and what is said when it does not go."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from kube import user_objects
from kube.client import Client, Resource
from kube.errors import DeadlineError
from kube.user_objects import Scope, find_user_objects, remove_user_objects

Body = dict[str, Any]

SCOPE = Scope(
    crds=frozenset({"profiles.kubeflow.org", "notebooks.kubeflow.org"}),
    platform_namespaces=frozenset({"kubeflow"}),
    labels={"kubeflow-stack/name": "x"},
)
VERSIONS = {"Notebook": "kubeflow.org/v1", "Profile": "kubeflow.org/v1"}


def made(kind: str, name: str, namespace: str = "", owner: str = "", **metadata: Any) -> Body:
    references = [{"uid": owner}] if owner else []
    place = {"namespace": namespace} if namespace else {}
    own = {"name": name, "uid": name, "ownerReferences": references, **place, **metadata}
    return {"apiVersion": VERSIONS.get(kind, "v1"), "kind": kind, "metadata": own}


class _Cluster:
    """Objects by kind; what is deleted is noted, and goes unless somebody holds it."""

    def __init__(self, *bodies: Body) -> None:
        self.bodies = list(bodies)
        self.deleted: list[str] = []

    def custom_kinds(self, crds: frozenset[str]) -> tuple[Resource, ...]:
        return tuple(
            self.resource(version, kind)
            for kind, version in VERSIONS.items()
            if f"{kind.lower()}s.kubeflow.org" in crds
        )

    def resource(self, api_version: str, kind: str) -> Resource:
        return Resource(
            api_version=api_version,
            kind=kind,
            plural=f"{kind.lower()}s",
            is_namespaced=True,
            verbs=("list",),
        )

    def list(self, kind: Resource) -> list[Body]:
        return [body for body in self.bodies if body["kind"] == kind.kind]

    def delete(self, body: Body, *, owns: bool) -> str:
        assert owns, "what a custom resource owns goes with it"
        self.deleted.append(body["metadata"]["name"])
        body["metadata"]["deletionTimestamp"] = "now"
        if not body["metadata"].get("finalizers"):
            self.bodies.remove(body)
        return str(body["metadata"]["uid"])


def names(cluster: _Cluster, scope: Scope = SCOPE) -> list[str]:
    return [one.name for one in find_user_objects(cast(Client, cluster), scope)]


@pytest.mark.parametrize(
    ("body", "is_users"),
    [
        pytest.param(made("Notebook", "n", "ada"), True, id="in any namespace"),
        pytest.param(made("Notebook", "n", "kubeflow"), False, id="in the platform's"),
        pytest.param(made("Profile", "p"), True, id="cluster-wide"),
        pytest.param(
            made("Profile", "p", labels={"kubeflow-stack/name": "x"}), False, id="the stack's own"
        ),
        pytest.param(
            made("Profile", "p", labels={"kubeflow-stack/name": "y"}), True, id="another stack's"
        ),
        pytest.param(made("Notebook", "n", "ada", owner="ada"), False, id="of a namespace"),
        pytest.param(made("Notebook", "n", "ada", owner="grace"), False, id="of a Profile"),
        pytest.param(
            made("Notebook", "n", "ada", owner="nobody"), True, id="of what we do not see"
        ),
        pytest.param(
            made("PersistentVolumeClaim", "c", "grace"), True, id="a claim in a team's namespace"
        ),
        pytest.param(made("PersistentVolumeClaim", "c", "ada"), False, id="another claim"),
        pytest.param(made("Deployment", "d", "grace"), True, id="a workload of a team"),
        pytest.param(made("Pod", "p", "grace"), True, id="a pod of a team"),
        pytest.param(made("Deployment", "d", "ada"), False, id="another workload"),
        pytest.param(
            made("Deployment", "d", "grace", owner="grace"), False, id="of a team's namespace"
        ),
        pytest.param(made("ConfigMap", "m", "grace"), False, id="no custom resource"),
    ],
)
def test_what_counts_as_the_users(body: Body, is_users: bool) -> None:
    grace = made("Profile", "grace", labels={"kubeflow-stack/name": "x"})
    cluster = _Cluster(body, grace, made("Namespace", "ada"), made("Namespace", "grace"))
    assert names(cluster) == [body["metadata"]["name"]] * is_users


def test_a_kind_that_is_not_asked_for_is_not_listed() -> None:
    scope = Scope(
        crds=frozenset({"notebooks.kubeflow.org"}),
        platform_namespaces=frozenset(),
        labels={"a": ""},
    )
    assert names(_Cluster(made("Profile", "p"), made("Notebook", "n", "ada")), scope) == ["n"]


def test_pods_of_a_workload_go_with_it() -> None:
    cluster = _Cluster(
        made("Profile", "grace", labels={"kubeflow-stack/name": "x"}),
        made("Deployment", "d", "grace"),
        made("ReplicaSet", "r", "grace", owner="d"),
        made("Pod", "p", "grace", owner="r"),
    )
    assert names(cluster) == ["d"]


def test_only_the_namespaces_that_are_asked_for_are_looked_at() -> None:
    cluster = _Cluster(
        made("Profile", "ada"),
        made("Profile", "grace"),
        made("Notebook", "a", "ada"),
        made("Notebook", "g", "grace"),
    )
    scope = replace(SCOPE, only=frozenset({"grace"}))
    assert names(cluster, scope) == ["g", "grace"]


@pytest.fixture
def gone(monkeypatch: pytest.MonkeyPatch) -> Callable[[_Cluster], None]:
    """Waits end at once: with an error for what somebody holds."""

    def use(cluster: _Cluster) -> None:
        def wait(_client: object, body: Body, _uid: str, seconds: float) -> None:
            assert 0 <= seconds <= 5
            if body in cluster.bodies:
                raise DeadlineError(f"{body['metadata']['name']} is still there")

        monkeypatch.setattr(user_objects, "wait_gone", wait)

    return use


def test_profiles_and_claims_go_last_and_nothing_else_goes(
    gone: Callable[[_Cluster], None],
) -> None:
    keep = made("Notebook", "kept", "kubeflow")
    cluster = _Cluster(
        made("PersistentVolumeClaim", "work", "grace"),
        made("Profile", "grace"),
        made("Notebook", "b", "grace"),
        made("Notebook", "a", "ada"),
        keep,
    )
    gone(cluster)
    remove_user_objects(cast(Client, cluster), SCOPE, 5)
    assert cluster.deleted == ["a", "b", "work", "grace"]
    assert cluster.bodies == [keep]


def test_what_a_finalizer_holds_goes_first_and_is_named_with_its_children(
    gone: Callable[[_Cluster], None],
) -> None:
    cluster = _Cluster(
        made("Profile", "grace"),
        made("Notebook", "a", "ada"),
        made("Notebook", "held", "grace", finalizers=["foregroundDeletion"]),
        made(
            "Notebook", "child", "grace", owner="held", finalizers=["x.y/z"], deletionTimestamp=""
        ),
    )
    gone(cluster)
    with pytest.raises(DeadlineError) as error:
        remove_user_objects(cast(Client, cluster), SCOPE, 5)
    assert str(error.value).splitlines() == [
        "objects of users are still not gone after 5 s",
        "  Notebook grace/child: held by x.y/z (of a controller that we do not know; "
        "set by nobody on record)",
        "  Notebook grace/held: held by foregroundDeletion (of the garbage collector, "
        "once all that it owns is gone)",
    ]
    assert cluster.deleted == ["held"], "the rest waits for its turn"
