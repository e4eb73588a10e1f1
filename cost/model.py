"""What passes between the steps: resources, demands for what is sold, and where all of it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal, Protocol

from cost.catalog import Catalog
from cost.teams import Nodes
from cost.usage import ZERO, Range, Usage

UNKNOWN = "[computed]"  # stands for an input that another resource will fill in

Provider = Literal["existing", "aws", "digitalocean"]
Category = Literal["control plane", "nodes", "network", "storage", "database", "logs and keys"]


class UnknownInputError(Exception):
    """An input that the price hangs on is not known before something exists."""


class Resource(Protocol):
    """A registered resource: plain inputs in camelCase, unknown ones as `UNKNOWN`."""

    @property
    def type(self) -> str:
        """The type token."""

    @property
    def name(self) -> str:
        """The logical name."""

    @property
    def inputs(self) -> Mapping[str, Any]:
        """What was asked for."""

    @property
    def component(self) -> str:
        """The name of the component that it is part of."""


@dataclass(frozen=True)
class Place:
    """Whose cloud, and which region of it."""

    provider: Provider
    region: str


@dataclass(frozen=True, kw_only=True)
class Spread:
    """The skus of spot in its cheapest and in its dearest zone, and of what it is bought for."""

    low: str
    high: str
    full: str

    @property
    def skus(self) -> tuple[str, str, str]:
        """All three."""
        return self.low, self.high, self.full


@dataclass(frozen=True, kw_only=True)
class Demand:
    """So many of something that is sold.

    `skus` is what is planned with, first, and then what may take its place: the cheapest of all is
    the low price, the dearest the high one. Where `low_skus` or `high_skus` are given they are it.
    """

    resource: str
    type: str
    item: str
    category: Category
    quantity: Range
    skus: tuple[str, ...]
    low_skus: tuple[str, ...] = ()
    high_skus: tuple[str, ...] = ()
    is_usage: bool = False
    assumption: str = ""
    namespace: str = ""  # whose it is, of what Kubernetes objects ask for
    nodes: Nodes | None = None  # what it pays for, or pays the disks of
    spread: Spread | None = None  # of what is bought on the spot market

    @property
    def all_skus(self) -> frozenset[str]:
        """Every price that its line tells."""
        told = self.spread.skus if self.spread else ()
        return frozenset((*self.skus, *self.low_skus, *self.high_skus, *told))


@dataclass(frozen=True, kw_only=True)
class NotPriced:
    """A resource that the bill says nothing about, and why."""

    resource: str
    type: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What an extractor may look at beside the resource itself."""

    place: Place
    usage: Usage
    day: date
    catalog: Catalog
    resources: tuple[Resource, ...]


def known(resource: Resource, *path: str) -> Any:
    """An input by its path, None when it is not given; raises `UnknownInputError`."""
    value: Any = resource.inputs
    for key in path:
        value = None if value is None else value.get(key)
        if value == UNKNOWN:
            raise UnknownInputError(f"{'.'.join(path)} is not known yet")
    return value


def exactly(number: Decimal | int | str) -> Range:
    """The same in every scenario."""
    value = Decimal(number)
    return Range(value, value, value)


def demand(resource: Resource, item: str, category: Category, quantity: Range, sku: str) -> Demand:
    """So many of one thing, for one resource."""
    return Demand(
        resource=resource.name,
        type=resource.type,
        item=item,
        category=category,
        quantity=quantity,
        skus=(sku,),
        namespace=_namespace(resource),
    )


def _namespace(resource: Resource) -> str:
    if not resource.type.startswith("kubernetes:"):
        return ""
    found = (resource.inputs.get("metadata") or {}).get("namespace")
    return found if isinstance(found, str) else ""


def usage(asked: Demand) -> Iterable[Demand]:
    """The demand as one that hangs on use; none where nothing is used."""
    if asked.quantity != ZERO:
        yield replace(asked, is_usage=True)
