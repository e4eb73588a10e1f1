"""The one thing the cluster said that a person should read."""

from typing import Any

import pytest

from rehearsal.trouble import tell


def event(message: str, name: str = "web", **fields: Any) -> dict[str, Any]:
    return {
        "metadata": {"namespace": "a", "creationTimestamp": "2026-11-24T10:00:00Z"},
        "involvedObject": {"name": name},
        "type": "Normal",
        "reason": "Said",
        "message": message,
        **fields,
    }


def test_the_newest_is_told_with_or_without_a_fraction_of_a_second() -> None:
    older = event("older", lastTimestamp="2026-11-24T10:00:05Z")
    newer = event("newer", lastTimestamp=None, eventTime="2026-11-24T10:00:05.250000Z")
    for events in ([older, newer], [newer, older]):
        assert tell(events, "a", "web") == "Said: newer"


def test_an_event_said_again_counts_from_the_last_time() -> None:
    series = {"count": 9, "lastObservedTime": "2026-11-24T10:09:00.000000Z"}
    again = event("again", eventTime="2026-11-24T10:00:00.000000Z", series=series)
    assert tell([again, event("once", lastTimestamp="2026-11-24T10:05:00Z")], "a", "web") == (
        "Said: again"
    )


def test_a_warning_goes_before_what_is_normal() -> None:
    warning = event("no node fits", type="Warning", lastTimestamp="2026-11-24T10:00:00Z")
    normal = event("scaled up", lastTimestamp="2026-11-24T10:00:09Z")
    assert tell([warning, normal], "a", "web") == "Said: no node fits"


@pytest.mark.parametrize("name", ["web", "web-6b7f9c5d8", "web-6b7f9c5d8-x2x2x", "web-0"])
def test_what_it_made_speaks_for_it(name: str) -> None:
    assert tell([event("here", name)], "a", "web") == "Said: here"


@pytest.mark.parametrize("name", ["webhook", "web-controller-manager", "other"])
def test_others_do_not(name: str) -> None:
    assert tell([event("there", name)], "a", "web") == ""
    assert tell([event("there")], "b", "web") == ""
