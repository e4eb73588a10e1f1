"""The preview of an upgrade says in words what an operator must know."""

from itertools import pairwise

import pytest

from plan.lock import read_lock
from plan.upgrade import upgrade_words
from upstream.advice import Note, advice
from upstream.pins import known_releases

NOTES = {
    "1": (),
    "2": (Note(text="two is new", source="its notes"),),
    "3": (Note(text="three is new", source="here"), Note(text="one is gone", source="there")),
}


@pytest.mark.parametrize(
    ("running", "planned", "words"),
    [
        (None, "2", None),
        ("2", "2", None),
        ("1", "2", "upgrade of Kubeflow from 1 to 2:\n  2: two is new [its notes]"),
        (
            "1",
            "3",
            "upgrade of Kubeflow from 1 to 3:\n  2: two is new [its notes]\n"
            "  3: three is new [here]\n  3: one is gone [there]",
        ),
        (
            "3",
            "1",
            "going back from Kubeflow 3 to 1: nobody tests the way back, and what the newer "
            "release has written (stored versions of objects, databases) stays as it is",
        ),
        (
            "9",
            "3",
            "the cluster runs Kubeflow 9, which this checkout does not know: nobody can tell what "
            "going to 3 means",
        ),
    ],
)
def test_every_release_on_the_way_is_told_about(
    running: str | None, planned: str, words: str | None
) -> None:
    assert upgrade_words(running, planned, NOTES) == words


def test_every_release_but_the_first_says_what_is_new_and_who_says_so() -> None:
    first, *later = known_releases()
    assert advice(first).notes == ()
    for release in later:
        notes = advice(release).notes
        assert notes
        assert all(note.text and note.source for note in notes)


def brings(release: str) -> set[str]:
    """The CRDs and volume claims of a release, which hold what users and programs wrote."""
    rows = read_lock(release).values()
    return {name for row in rows for name in (*row.crds, *row.claims)}


@pytest.mark.parametrize(("older", "newer"), [*pairwise(known_releases())])
def test_what_a_release_no_longer_brings_is_named_in_its_notes(older: str, newer: str) -> None:
    gone = brings(older) - brings(newer)
    said = " ".join(note.text for note in advice(newer).notes)
    assert [name for name in sorted(gone) if name not in said] == []


def test_there_is_something_to_name() -> None:
    assert len(brings("26.03")) > 70
    gone = brings("26.03") - brings("26.03.1-rc.2")
    assert gone == {"inferencemodels.inference.networking.x-k8s.io"}
