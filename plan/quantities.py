"""Kubernetes quantities as numbers, and what a pod asks of a node. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from typing import Any

_SUFFIXES = {
    "": Decimal(1),
    "m": Decimal("0.001"),
    **{unit: Decimal(1000) ** power for power, unit in enumerate("kMGTPE", 1)},
    **{f"{unit}i": Decimal(1024) ** power for power, unit in enumerate("KMGTPE", 1)},
}

Amounts = Mapping[str, Decimal]


def cpu_millicores(quantity: str | float | Decimal) -> int:
    """`500m`, `1`, `0.5` in millicores, rounded up."""
    return _ceiling(amount(quantity) * 1000)


def mebibytes(quantity: str | float | Decimal) -> int:
    """`128Mi`, `1G`, `1048576` in MiB, rounded up."""
    return _ceiling(amount(quantity) / 2**20)


def amount(text: str | float | Decimal) -> Decimal:
    """A quantity such as `250m`, `1.5Gi`, `2e3` as a number."""
    if isinstance(text, Decimal):
        return text
    digits = str(text).rstrip("kKmMGTPEi")
    return Decimal(digits) * _SUFFIXES[str(text)[len(digits) :]]


def is_quantity(value: Any) -> bool:
    """Whether `amount` takes it."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    try:
        amount(value)
    except (InvalidOperation, KeyError):
        return False
    return True


def pod_requests(spec: Mapping[str, Any]) -> Amounts:
    """What the scheduler counts for a pod: its containers and sidecars, or a larger init step."""
    total, peak = _sum(spec["containers"]), dict[str, Decimal]()
    for container in spec.get("initContainers") or ():
        own = _sum([container])
        if container.get("restartPolicy") == "Always":
            total = _each(sum, total, own)
        else:
            peak = _each(max, peak, own)
    return {**_each(max, total, peak), "pods": Decimal(1)}


def _sum(containers: Sequence[Mapping[str, Any]]) -> Amounts:
    total: Amounts = {}
    for container in containers:
        resources = container.get("resources") or {}
        asked = (resources.get("limits") or {}) | (resources.get("requests") or {})
        own = {name: amount(text) for name, text in asked.items()}
        total = _each(sum, total, own)
    return total


def _each(
    combine: Callable[[Iterable[Decimal]], Decimal | int], one: Amounts, other: Amounts
) -> dict[str, Decimal]:
    names = one.keys() | other.keys()
    both = {name: (one.get(name, Decimal()), other.get(name, Decimal())) for name in names}
    return {name: Decimal(combine(pair)) for name, pair in both.items()}


def _ceiling(number: Decimal) -> int:
    return int(number.to_integral_value(ROUND_CEILING))
