"""Kubernetes versions of EKS and DOKS, and until when each is supported. Dated facts, no clock."""

from dataclasses import dataclass
from datetime import date

SOURCE = "https://endoflife.date/amazon-eks, read 2026-02-14"
STANDARD_USD, EXTENDED_USD = "0.10", "0.60"  # per cluster and hour
NEAR_DAYS = 60


@dataclass(frozen=True, kw_only=True)
class EksVersion:
    """One minor: the last days of standard and of extended support."""

    minor: str
    standard_until: date
    extended_until: date


# Kubeflow 26.03 asks for 1.31 or newer, whose extended support ends on 2026-11-26: left out.
EKS_VERSIONS = (
    EksVersion(
        minor="1.32", standard_until=date(2026, 3, 23), extended_until=date(2027, 3, 23)
    ),
    EksVersion(
        minor="1.33", standard_until=date(2026, 7, 29), extended_until=date(2027, 7, 29)
    ),
    EksVersion(
        minor="1.34", standard_until=date(2026, 12, 2), extended_until=date(2027, 12, 2)
    ),
    EksVersion(
        minor="1.35", standard_until=date(2027, 3, 27), extended_until=date(2028, 3, 27)
    ),
)  # fmt: skip


class UnknownVersionError(Exception):
    """EKS has no such version, or not for long; the message says which it has."""


def eks_version(minor: str) -> EksVersion:
    """The row of a minor; raises `UnknownVersionError` naming the known ones."""
    for row in EKS_VERSIONS:
        if row.minor == minor:
            return row
    known = ", ".join(row.minor for row in EKS_VERSIONS)
    raise UnknownVersionError(f"{minor!r} is not a version to start with; use one of {known}")


def support(row: EksVersion, today: date) -> str:
    """One line for people: how long, and from when it costs more."""
    head = f"EKS {row.minor}: "
    price = f"${EXTENDED_USD} an hour instead of ${STANDARD_USD}"
    if today > row.extended_until:
        return f"{head}NO LONGER SUPPORTED since {row.extended_until}; upgrade"
    if today > row.standard_until:
        return (
            f"{head}OUT OF STANDARD SUPPORT since {row.standard_until}: AWS upgrades it by itself "
            f"(extended support, until {row.extended_until}, would be {price})"
        )
    left = (row.standard_until - today).days
    near = f", {left} DAYS LEFT: plan the upgrade" if left <= NEAR_DAYS else ""
    return f"{head}standard support until {row.standard_until}{near}"


@dataclass(frozen=True, kw_only=True)
class DoksVersion:
    """One minor, and the day the Kubernetes project ends it: DigitalOcean names no day of its own,
    it offers three minors and takes the oldest away when a new one comes.
    """

    minor: str
    upstream_until: date


DOKS_SOURCE = "https://kubernetes.io/releases/, read 2026-11; DOKS has 1.36 since 2026-07"
DOKS_VERSIONS = (
    DoksVersion(minor="1.34", upstream_until=date(2026, 10, 27)),
    DoksVersion(minor="1.35", upstream_until=date(2027, 2, 28)),
    DoksVersion(minor="1.36", upstream_until=date(2027, 6, 28)),
)


def doks_version(minor: str) -> DoksVersion:
    """The row of a minor; raises `UnknownVersionError` naming the known ones."""
    for row in DOKS_VERSIONS:
        if row.minor == minor:
            return row
    known = ", ".join(row.minor for row in DOKS_VERSIONS)
    raise UnknownVersionError(f"{minor!r} is not a version to start with; use one of {known}")


def doks_support(row: DoksVersion, today: date) -> str:
    """One line for people: how long there will be fixes."""
    head = f"DOKS {row.minor}: "
    if today > row.upstream_until:
        return f"{head}NO MORE FIXES since {row.upstream_until}; upgrade before it is forced"
    left = (row.upstream_until - today).days
    near = f", {left} DAYS LEFT: plan the upgrade" if left <= NEAR_DAYS else ""
    return f"{head}fixes until {row.upstream_until}{near}"
