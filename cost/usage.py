"""What a month's use amounts to, which no resource says: three sizes, each with its range."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Self

Size = Literal["none", "small", "medium", "large"]
SCENARIOS = ("low", "expected", "high")


@dataclass(frozen=True)
class Range:
    """A number in the three scenarios."""

    low: Decimal
    expected: Decimal
    high: Decimal

    @classmethod
    def of(cls, low: int | str, expected: int | str, high: int | str) -> Self:
        """From plain numbers."""
        return cls(Decimal(low), Decimal(expected), Decimal(high))

    def __add__(self, other: "Range") -> "Range":
        return Range(self.low + other.low, self.expected + other.expected, self.high + other.high)

    def __mul__(self, other: "Range | Decimal | int") -> "Range":
        by = other if isinstance(other, Range) else Range(*(Decimal(other),) * 3)
        return Range(self.low * by.low, self.expected * by.expected, self.high * by.high)


ZERO = Range.of(0, 0, 0)


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Per month and stack, unless it says otherwise."""

    nat_gb: Range = ZERO  # through all NAT gateways: images, packages, data from elsewhere
    egress_gb: Range = ZERO  # to the internet
    interzone_gb: Range = ZERO  # between zones, counted once
    lb_units: Range = ZERO  # capacity units that a load balancer uses on average
    lb_gb: Range = ZERO  # through each load balancer that is billed by volume
    endpoint_gb: Range = ZERO  # through each interface endpoint
    log_gb: Range = ZERO  # written into each log group
    object_gb: Range = ZERO  # kept in each bucket


# Ours, not measured anywhere: a few people trying things, a team, several teams with big models.
USAGES: Mapping[Size, Usage] = {
    "none": Usage(),
    "small": Usage(
        nat_gb=Range.of(10, 30, 100),
        egress_gb=Range.of(1, 5, 20),
        interzone_gb=Range.of(5, 20, 100),
        lb_units=Range.of("0.1", "0.2", 1),
        lb_gb=Range.of(1, 5, 20),
        endpoint_gb=Range.of(1, 5, 20),
        log_gb=Range.of(1, 3, 10),
        object_gb=Range.of(5, 20, 100),
    ),
    "medium": Usage(
        nat_gb=Range.of(30, 100, 500),
        egress_gb=Range.of(5, 50, 200),
        interzone_gb=Range.of(50, 200, 1000),
        lb_units=Range.of("0.2", 1, 3),
        lb_gb=Range.of(5, 50, 200),
        endpoint_gb=Range.of(5, 50, 200),
        log_gb=Range.of(3, 10, 40),
        object_gb=Range.of(20, 100, 1000),
    ),
    "large": Usage(
        nat_gb=Range.of(200, 1000, 5000),
        egress_gb=Range.of(50, 500, 2000),
        interzone_gb=Range.of(500, 2000, 10000),
        lb_units=Range.of(1, 3, 15),
        lb_gb=Range.of(50, 500, 2000),
        endpoint_gb=Range.of(50, 500, 2000),
        log_gb=Range.of(10, 40, 200),
        object_gb=Range.of(500, 2000, 20000),
    ),
}
