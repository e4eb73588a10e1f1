"""A kubeconfig means the context that is named, and says which there are."""

import json

import pytest

from plan.context import UnknownContextError, with_context

KUBECONFIG = """
contexts:
- {name: work, context: {cluster: a, user: a}}
- {name: home, context: {cluster: b, user: b}}
current-context: home
users: [{name: a, user: {token: t}}]
"""


def test_no_context_leaves_it_as_it_is() -> None:
    assert with_context(KUBECONFIG, None) == KUBECONFIG


def test_the_named_one_becomes_the_current_one_and_nothing_else_changes() -> None:
    said = json.loads(with_context(KUBECONFIG, "work"))
    assert said["current-context"] == "work"
    assert said["users"] == [{"name": "a", "user": {"token": "t"}}]


@pytest.mark.parametrize(("text", "has"), [(KUBECONFIG, "home, work"), ("{}", "none")])
def test_an_unknown_one_is_refused_with_those_there_are(text: str, has: str) -> None:
    with pytest.raises(UnknownContextError) as caught:
        with_context(text, "other")
    assert str(caught.value) == (
        f"cluster.context: the kubeconfig has no context 'other'; it has {has}"
    )
