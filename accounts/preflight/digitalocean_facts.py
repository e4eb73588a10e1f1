"""What a check on DigitalOcean has to know, as plain values; each may be `Unread`."""

from collections.abc import Mapping
from dataclasses import dataclass

from accounts.preflight.model import Unread


@dataclass(frozen=True, kw_only=True)
class Account:
    """Whose token it is, and what it may have; a limit is None where the API keeps it to itself."""

    name: str
    status: str
    message: str
    droplet_limit: int | None
    volume_limit: int | None


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What DOKS offers: regions, sizes, and versions as `1.35.1-do.0`."""

    regions: frozenset[str]
    sizes: frozenset[str]
    versions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Network:
    """A VPC. It has no tags, so only a cluster of the stack in it says that it is the stack's."""

    name: str
    region: str
    cidr: str
    is_own: bool
    is_default: bool


@dataclass(frozen=True, kw_only=True)
class DigitalOceanFacts:
    """One account, as far as it let us look.

    `sizes` are the regions of each size; `droplets` and `volumes` are how many others than this
    stack have; `clashes` are clusters and load balancers of the stack's name that are not its own.
    `has_doctl` and `has_rival` are of this machine: the CLI, and a second token that Pulumi's
    provider would take.
    """

    has_doctl: bool
    has_rival: bool
    account: Account | Unread
    offer: Offer | Unread
    sizes: Mapping[str, frozenset[str]] | Unread
    droplets: int | Unread
    volumes: int | Unread
    networks: tuple[Network, ...] | Unread
    clashes: tuple[str, ...] | Unread
    domains: frozenset[str] | Unread
