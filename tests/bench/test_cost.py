"""Pricing is no burden: a thousand resources within a second."""

from bench.cost import overhead_seconds


def test_a_thousand_resources_are_recorded_and_priced_within_a_second() -> None:
    assert min(overhead_seconds() for _ in range(3)) <= 1
