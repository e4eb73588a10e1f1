"""AWS regions and the zones of each that every account has. Dated facts: 2026-11."""

from collections.abc import Mapping
from difflib import get_close_matches


class UnknownRegionError(Exception):
    """No row for this region; the message says which are known."""


# us-east-1e and us-west-1's middle zone host no EKS control plane, or not for every account.
ZONES: Mapping[str, str] = {
    "us-east-1": "abcdf",
    "us-east-2": "abc",
    "us-west-2": "abcd",
    "ca-central-1": "abd",
    "sa-east-1": "abc",
    "eu-central-1": "abc",
    "eu-north-1": "abc",
    "eu-south-1": "abc",
    "eu-west-1": "abc",
    "eu-west-2": "abc",
    "eu-west-3": "abc",
    "ap-northeast-1": "acd",
    "ap-northeast-2": "abcd",
    "ap-south-1": "abc",
    "ap-southeast-1": "abc",
    "ap-southeast-2": "abc",
}


def zones_of(region: str) -> tuple[str, ...]:
    """The full names of a region's zones; raises `UnknownRegionError` with the nearest known."""
    if region not in ZONES:
        close = get_close_matches(region, ZONES, n=1)
        hint = f"did you mean {close[0]}?" if close else f"use one of {', '.join(sorted(ZONES))}"
        raise UnknownRegionError(f"{region!r} is not a known AWS region; {hint}")
    return tuple(f"{region}{letter}" for letter in ZONES[region])
