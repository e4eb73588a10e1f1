"""What a check on AWS has to know, as plain values; each may be `Unread`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from accounts.preflight.model import Unread

# What has the name of the stack's bucket: nothing, its own, one that an earlier stack of that name
# left, or one that these credentials may not see.
BucketState = Literal["free", "in use", "left over", "hidden"]


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Whose credentials these are."""

    account: str
    arn: str


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What an account may have of something, and what others than this stack have of it."""

    had: float
    used: float


@dataclass(frozen=True, kw_only=True)
class AwsFacts:
    """One account in one region, as far as it let us look.

    `offered` are the zones of each instance type; `limits` are by the names in `aws_limits.py`;
    `clashes` are things of the stack's names that are not the stack's; `bucket` is None where the
    stack makes none; `database_zones` are those with the stack's class of RDS instances. Of each
    action it is known whether EC2 would have let it happen (`dry_runs`), or what IAM makes of the
    policies (`simulated`).
    """

    identity: Identity | Unread
    region_status: str | Unread
    zones: frozenset[str] | Unread
    offered: Mapping[str, frozenset[str]] | Unread
    versions: frozenset[str] | Unread
    limits: Mapping[str, Limit | Unread]
    clashes: tuple[str, ...] | Unread
    bucket: BucketState | Unread | None
    database_zones: frozenset[str] | Unread
    dry_runs: Mapping[str, bool | Unread]
    simulated: Mapping[str, bool | Unread]
